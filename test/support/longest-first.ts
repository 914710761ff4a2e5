import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take a minute or more, the longest first: where two go at a time, one of them alone at the end is time lost. */
const long = [
  'services/engine/java-tests',
  'services/gateway/kubernetes-kills',
  'services/gateway/emr-kills',
  'integration/results/sizes',
  'integration/values/values',
  'integration/clients/matrix',
  'integration/clients/kerberos-jdbc',
  'integration/clients/jdbc',
];

/** Vitest goes by the times of the run before; on a fresh machine there is none. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const at = long.findIndex((name) => moduleId.includes(`/test/${name}.test.ts`));
  return at < 0 ? long.length : at;
}
