const firstMs = 100;

/** Grows from nothing to the cap, with half of it random, so that a fleet does not come back at once. */
export function reconnectDelayMs(round: number, capMs: number, random: number): number {
  if (round === 0) return 0;
  const fullMs = Math.min(capMs, firstMs * 2 ** (Math.min(round, 20) - 1));
  return fullMs / 2 + (fullMs / 2) * random;
}
