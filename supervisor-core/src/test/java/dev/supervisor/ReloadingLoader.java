package dev.supervisor;

import java.net.URL;
import java.net.URLClassLoader;

/**
 * Loads the library anew. Once {@code closed} is set, it loads no further class of the library. Once
 * {@code outOfMemory} is set, it loads no class from elsewhere.
 */
final class ReloadingLoader extends URLClassLoader {

    volatile boolean closed;
    volatile boolean outOfMemory;

    ReloadingLoader(URL[] path) {
        super(path, ReloadingLoader.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!name.startsWith("dev.supervisor.")) {
            if (outOfMemory) {
                throw new OutOfMemoryError("to load " + name);
            }
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            if (loaded == null && closed) {
                throw new ClassNotFoundException(name + " is loaded too late");
            }
            return loaded != null ? loaded : findClass(name);
        }
    }
}
