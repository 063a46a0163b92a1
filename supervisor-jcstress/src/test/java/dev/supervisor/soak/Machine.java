package dev.supervisor.soak;

import dev.supervisor.threads.SharedPool;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.management.JMException;
import javax.management.ObjectName;

/** What the JVM says about itself. */
final class Machine {

    private Machine() { }

    /** Collects garbage, and returns the bytes of the heap that were in use after that. */
    static long heapAfterCollection() {
        System.gc();
        long used = 0;
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            if (pool.getType() == MemoryType.HEAP && pool.getCollectionUsage() != null) {
                used += pool.getCollectionUsage().getUsed();
            }
        }
        return used;
    }

    static int platformThreads() {
        return ManagementFactory.getThreadMXBean().getThreadCount();
    }

    static Set<Thread> threads() {
        return Set.copyOf(Thread.getAllStackTraces().keySet());
    }

    /**
     * The threads that have come since and are still there; without those of the JVM and of its ForkJoinPools, which
     * come and go by their own rules, and without the alarm's, which goes after a minute (AlarmTest).
     */
    static List<Thread> threadsSince(Set<Thread> before) {
        List<Thread> since = new ArrayList<>();
        for (Thread thread : threads()) {
            if (!before.contains(thread) && !isOfJvm(thread) && !thread.getName().equals("supervisor-alarm")) {
                since.add(thread);
            }
        }
        return since;
    }

    private static boolean isOfJvm(Thread thread) {
        ThreadGroup group = thread.getThreadGroup();
        // The library's shared pool is in the root group, too.
        return group == null || group.getName().equals("InnocuousThreadGroup")
                || group.getParent() == null && !thread.getName().startsWith("supervisor-")
                || thread.getName().startsWith("ForkJoinPool");
    }

    /** They would stay for a minute, on JDK 17. The library keeps its pool to itself. */
    static void endIdleThreadsOfSharedPool() {
        try {
            Field pool = SharedPool.class.getDeclaredField("POOL");
            pool.setAccessible(true);
            ((ThreadPoolExecutor) pool.get(null)).setKeepAliveTime(1, TimeUnit.MILLISECONDS);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** The threads of ForkJoinPools that the JVM owns: the common one, and the one that runs virtual threads. */
    static long idleForkJoinThreads() {
        return threads().stream().filter(thread -> thread.getName().startsWith("ForkJoinPool")).count();
    }

    /** Prints where all threads stand; virtual ones go to a file, if there are any. */
    static void printStacks(Path fileForVirtual) {
        Thread.getAllStackTraces().forEach((thread, frames) -> {
            System.out.println("\n" + thread + " " + thread.getState());
            for (StackTraceElement frame : frames) {
                System.out.println("    at " + frame);
            }
        });
        try {
            ManagementFactory.getPlatformMBeanServer().invoke(
                    new ObjectName("com.sun.management:type=HotSpotDiagnostic"), "dumpThreads",
                    new Object[] {fileForVirtual.toAbsolutePath().toString(), "TEXT_PLAIN"},
                    new String[] {String.class.getName(), String.class.getName()});
            System.out.println("All threads, virtual ones too, are in " + fileForVirtual);
        } catch (JMException beforeJdk21) {
            System.out.println("No dump of virtual threads: " + beforeJdk21);
        }
    }

    static String describe() {
        return System.getProperty("java.vendor.version", "") + " JDK " + Runtime.version() + ", "
                + Runtime.getRuntime().availableProcessors() + " processors, at most "
                + (Runtime.getRuntime().maxMemory() >> 20) + " MiB of heap";
    }
}
