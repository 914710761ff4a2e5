import { entry } from '../entry.ts';
import { interval, matching, text } from '../kinds.ts';

/** A name as files of clusters have it. */
export const placeName = matching(
  /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
  'a name of at most 63 letters, digits, dots, hyphens and underscores',
);

const iamRole = matching(
  /^arn:aws[a-zA-Z0-9-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
  'the ARN of an IAM role',
);

/** Clusters, presets and routes: their file, and what sessions choose by. */
export const clustersEntries = {
  path: entry('torii.clusters.path', text.optional(), {
    doc: 'A YAML file of clusters, presets and routes, or a folder of them (docs/clusters.md); engines run on this host where it is not set.',
    setBy: 'server',
  }),
  reloadMs: entry('torii.clusters.reload.interval', interval.default('PT10S'), {
    doc: 'Time between two looks whether a file of clusters has changed.',
    setBy: 'server',
  }),
  secretLimitMs: entry('torii.clusters.secret.timeout', interval.default('PT10S'), {
    doc: 'How long a launch waits for a secret that a file of clusters refers to.',
    setBy: 'server',
  }),
  secretCacheMs: entry('torii.clusters.secret.cache', interval.default('PT1M'), {
    doc: 'How long such a secret is remembered.',
    setBy: 'server',
  }),
  preset: entry('torii.session.preset', placeName.optional(), {
    doc: 'The preset that the engine is launched with.',
    setBy: 'session',
    reachesEngine: false,
  }),
  executionRole: entry('torii.session.execution.role', iamRole.optional(), {
    doc: 'ARN of the IAM role under which the engine runs, on EMR: one of those that the cluster allows.',
    setBy: 'session',
    reachesEngine: false,
  }),
} as const;
