package io.torii.engine.operation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** The newest lines that were logged for one operation, bounded in number and size; a reader is told how many were lost. */
public final class OperationLog {
  private static final int MAX_LINES = 1000;
  private static final int MAX_CHARS = 512 * 1024;
  private static final int MAX_LINE_CHARS = 8 * 1024;

  private final ArrayDeque<String> lines = new ArrayDeque<>();
  private int chars;
  /** Number of the oldest line kept, counted from the operation's first. */
  private long first;
  /** Number of the line that the next reader in sequence gets. */
  private long next;

  public synchronized void add(String text) {
    for (String part : text.split("\\r?\\n")) {
      String line = part.length() > MAX_LINE_CHARS ? part.substring(0, MAX_LINE_CHARS) + "..." : part;
      lines.add(line);
      chars += line.length();
      while (lines.size() > MAX_LINES || chars > MAX_CHARS) {
        chars -= lines.poll().length();
        first++;
      }
    }
  }

  /** The lines that no earlier call in sequence has returned, at most so many. */
  synchronized List<String> next(long maxRows) {
    List<String> batch = new ArrayList<>();
    long limit = maxRows <= 0 ? Long.MAX_VALUE : maxRows;
    if (next < first) {
      batch.add("... " + (first - next) + " lines were dropped, the log keeps the newest ...");
      next = first;
    }
    Iterator<String> all = lines.iterator();
    for (long number = first; all.hasNext() && batch.size() < limit; number++) {
      String line = all.next();
      if (number >= next) {
        batch.add(line);
        next = number + 1;
      }
    }
    return batch;
  }

  synchronized List<String> fromStart(long maxRows) {
    next = 0;
    return next(maxRows);
  }
}
