import type { CallRate } from '../rate-bucket.ts';

/** Of what the account was granted, this share is ours: the console and other programs call as well. */
const shareOfGranted = 0.95;

/**
 * The rate of a call where AWS grants the account other than the usual calls a second. A second's calls at least may come at
 * once, unless the call is not for bursts at all.
 */
export function grantedRate(usual: CallRate, perSecond: number | undefined): CallRate {
  if (perSecond === undefined) return usual;
  const ours = perSecond * shareOfGranted;
  const burst = usual.burst === 1 ? 1 : Math.max(usual.burst, Math.floor(ours));
  return { perSecond: ours, burst };
}
