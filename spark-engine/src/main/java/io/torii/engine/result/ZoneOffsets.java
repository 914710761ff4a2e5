package io.torii.engine.result;

import java.time.Instant;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;

/** A zone's offset at an instant; remembers the last answer and how long it holds, since rows tend to lie close together. */
final class ZoneOffsets {

  private final ZoneRules rules;
  private long validFrom = Long.MAX_VALUE;
  private long validUntil = Long.MIN_VALUE;
  private int offset;

  ZoneOffsets(ZoneId zone) {
    rules = zone.getRules();
  }

  int at(long epochSecond) {
    if (epochSecond < validFrom || epochSecond >= validUntil) look(epochSecond);
    return offset;
  }

  private void look(long epochSecond) {
    Instant instant = Instant.ofEpochSecond(epochSecond);
    offset = rules.getOffset(instant).getTotalSeconds();
    ZoneOffsetTransition next = rules.nextTransition(instant);
    validFrom = epochSecond;
    validUntil = next == null ? Long.MAX_VALUE : next.toEpochSecond();
    // Looking back is for rows in falling order; the transition at the very instant counts as the one before.
    ZoneOffsetTransition previous = rules.previousTransition(instant.plusSeconds(1));
    validFrom = previous == null ? Long.MIN_VALUE : previous.toEpochSecond();
  }
}
