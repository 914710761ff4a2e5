import type { Finding } from '../../src/core/finding.ts';
import { type ClusterCheck, runChecks } from '../../src/launch/cluster-check.ts';

/** All that the checks find. */
export async function found(checks: readonly ClusterCheck[]): Promise<readonly Finding[]> {
  const all: Finding[] = [];
  for await (const finding of runChecks(checks, new AbortController().signal)) all.push(finding);
  return all;
}
