import { backoffMs } from '../../core/backoff.ts';

const firstMs = 100;

/** How long to wait before try number `round`, in milliseconds: the first one, number 0, is made at once. */
export function reconnectDelayMs(round: number, capMs: number, random: number): number {
  return round === 0 ? 0 : backoffMs(round, { firstMs, longestMs: capMs }, random);
}
