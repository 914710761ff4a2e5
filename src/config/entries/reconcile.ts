import { entry } from '../entry.ts';
import { interval, oneOf } from '../kinds.ts';

/** Comparing what runs on clusters with what is wanted. */
export const reconcileEntries = {
  mode: entry('torii.clusters.reconcile', oneOf('on', 'dry-run', 'off').default('on'), {
    doc: 'Ends engines of this fleet that run on a cluster and that nobody owns; `dry-run` only tells of them in the log. One gateway at a time does it.',
    setBy: 'server',
  }),
  periodMs: entry('torii.clusters.reconcile.interval', interval.default('PT1M'), {
    doc: 'Time between two comparisons of a cluster.',
    setBy: 'server',
  }),
  graceMs: entry('torii.clusters.reconcile.grace', interval.default('PT20S'), {
    doc: 'An engine that nobody owns is looked at again after this time before it is ended.',
    setBy: 'server',
  }),
  abandonedAfterMs: entry('torii.clusters.reconcile.abandoned.after', interval.default('PT1H'), {
    doc: "A launch that has brought no engine up for this long is nobody's: well above the longest `kyuubi.session.engine.initialize.timeout`.",
    setBy: 'server',
  }),
} as const;
