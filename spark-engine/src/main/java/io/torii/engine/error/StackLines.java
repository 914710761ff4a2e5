package io.torii.engine.error;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * An exception chain in the encoding that JDBC drivers turn back into exceptions: for each, a head
 * `*class:message:frames:lastIndex`, then its own frames `class:method:file:line`; frames shared with the parent are left out.
 */
final class StackLines {
  private static final int MAX_EXCEPTIONS = 8;
  private static final int MAX_FRAMES = 60;
  private static final int MAX_MESSAGE_CHARS = 16 * 1024;

  private StackLines() {}

  static List<String> of(Throwable failure) {
    List<String> lines = new ArrayList<>();
    StackTraceElement[] parent = null;
    Throwable cause = failure;
    for (int count = 0; cause != null && count < MAX_EXCEPTIONS; count++, cause = cause.getCause()) {
      parent = append(lines, cause, parent);
    }
    return lines;
  }

  private static StackTraceElement[] append(List<String> lines, Throwable failure, StackTraceElement[] parent) {
    StackTraceElement[] frames = failure.getStackTrace();
    int own = parent == null ? frames.length : frames.length - shared(frames, parent);
    if (own > MAX_FRAMES || parent != null && frames.length - own > parent.length) {
      own = Math.min(own, MAX_FRAMES);
      // Readers rebuild a cut trace from what is listed alone, so the head must not promise more.
      frames = Arrays.copyOf(frames, own);
    }
    lines.add("*" + failure.getClass().getName() + ":" + message(failure) + ":" + frames.length + ":" + (own - 1));
    for (int i = 0; i < own; i++) {
      StackTraceElement frame = frames[i];
      String file = frame.getFileName() == null ? "" : frame.getFileName();
      lines.add(frame.getClassName() + ":" + frame.getMethodName() + ":" + file + ":" + frame.getLineNumber());
    }
    return frames;
  }

  private static int shared(StackTraceElement[] frames, StackTraceElement[] parent) {
    int count = 0;
    while (count < frames.length && count < parent.length
        && frames[frames.length - 1 - count].equals(parent[parent.length - 1 - count])) {
      count++;
    }
    return count;
  }

  private static String message(Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    return message.length() > MAX_MESSAGE_CHARS ? message.substring(0, MAX_MESSAGE_CHARS) : message;
  }
}
