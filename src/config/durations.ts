const iso =
  /^P(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,12})(?:[.,](\d{0,9}))?S)?)?$/i;

/** ISO-8601 as Java's `Duration.parse` takes it, or plain milliseconds. Undefined for anything else, negatives included. */
export function parseDuration(from: string): number | undefined {
  if (/^\d{1,15}$/.test(from)) return Number(from);
  const match = iso.exec(from);
  if (match === null || /[PT]$/i.test(from)) return undefined;
  const [, days, hours, minutes, seconds, fraction] = match;
  const whole =
    ((Number(days ?? 0) * 24 + Number(hours ?? 0)) * 60 + Number(minutes ?? 0)) * 60 +
    Number(seconds ?? 0);
  const ms = whole * 1000 + Number((fraction ?? '').padEnd(3, '0').slice(0, 3));
  return Number.isSafeInteger(ms) ? ms : undefined;
}
