package dev.supervisor;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the library logs while this is open; kept from the console. */
public class RecordedLog extends Handler implements AutoCloseable {

    private static final Pattern LEFT_OUT = Pattern.compile("(\\d+) failures? of .* not logged, to limit the rate");

    private final Logger logger = Logger.getLogger("dev.supervisor");
    private final boolean useParentHandlers = logger.getUseParentHandlers();
    private final Queue<LogRecord> records = new ConcurrentLinkedQueue<>();

    @SuppressWarnings("this-escape")   // subclasses add no state
    public RecordedLog() {
        logger.setUseParentHandlers(false);
        logger.addHandler(this);
    }

    /** The number of failures that this message reports as left out; 0 if it reports none. */
    public static long leftOut(String message) {
        Matcher matcher = LEFT_OUT.matcher(message);
        return matcher.matches() ? Long.parseLong(matcher.group(1)) : 0;
    }

    @Override
    public void publish(LogRecord record) {
        records.add(record);
    }

    public List<LogRecord> records() {
        return List.copyOf(records);
    }

    /** The messages that contain this part. */
    public List<String> messages(String part) {
        return records.stream().map(new SimpleFormatter()::formatMessage).filter(m -> m.contains(part)).toList();
    }

    /** The number of failures of supervisors with this name that were logged, or that the log reports as left out. */
    public long toldOf(String name) {
        return messages("of supervisor " + name + " ").stream().mapToLong(RecordedLog::leftOut).sum()
                + messages("of Supervisor[" + name + ",").size();
    }

    @Override
    public void flush() { }

    @Override
    public void close() {
        logger.removeHandler(this);
        logger.setUseParentHandlers(useParentHandlers);
    }
}
