package io.torii.engine.net;

import io.torii.engine.StartFailure;

/** The ports that the engine may listen on: `40000-40100`, one port, or 0 for any. */
final class PortRange {
  final int first;
  final int last;

  private PortRange(int first, int last) {
    this.first = first;
    this.last = last;
  }

  static PortRange parse(String text) {
    String[] parts = text.trim().split("-", 2);
    try {
      int first = Integer.parseInt(parts[0].trim());
      int last = parts.length == 2 ? Integer.parseInt(parts[1].trim()) : first;
      if (first < 0 || last > 65535 || first > last) {
        throw new NumberFormatException();
      }
      return new PortRange(first, last);
    } catch (NumberFormatException e) {
      throw new StartFailure("torii.engine.port.range has to be like 40000-40100 or 0, but is '" + text + "'");
    }
  }
}
