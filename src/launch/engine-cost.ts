import { decimalText, dividedRounded, parseDecimal } from '../core/decimal.ts';
import { pricePlaces, type Prices } from '../preset/prices.ts';
import type { JobUsage } from './job-platform.ts';

/** Decimal places of a cost: an engine of a few seconds is to cost something, too. */
const costPlaces = 8;
const leastPlaces = 4;
/** Uses are counted in thousandths. */
const parts = 1000n;
const secondsPerHour = 3600n;
const mibPerGb = 1024n;

/**
 * What an engine has cost, as a decimal with four to eight places, or undefined where something that has a price is not known:
 * a cost is never guessed.
 */
export function engineCost(usage: JobUsage | undefined, prices: Prices): string | undefined {
  const shares = [
    share(usage?.vcpuSeconds, prices.perVcpuHour, 1n),
    share(usage?.memoryMibSeconds, prices.perMemoryGbHour, mibPerGb),
    share(usage?.storageGbSeconds, prices.perStorageGbHour, 1n),
  ];
  let sum = priceUnits(prices.perEngine) * divisor;
  for (const one of shares) {
    if (one === undefined) return undefined;
    sum += one;
  }
  const scale = 10n ** BigInt(pricePlaces - costPlaces);
  return decimalText(dividedRounded(sum, divisor * scale), costPlaces, leastPlaces);
}

/** What all shares are multiplied by, so that only the sum is rounded. */
const divisor = parts * secondsPerHour * mibPerGb;

/** In units of a price, times the divisor. `perUnit`: how many of what is counted are one of what is priced. */
function share(
  seconds: number | undefined,
  perHour: string | undefined,
  perUnit: bigint,
): bigint | undefined {
  const price = priceUnits(perHour);
  if (price === 0n) return 0n;
  if (seconds === undefined) return undefined;
  return (price * BigInt(Math.round(seconds * Number(parts))) * mibPerGb) / perUnit;
}

function priceUnits(text: string | undefined): bigint {
  return parseDecimal(text ?? '0', pricePlaces) ?? 0n;
}
