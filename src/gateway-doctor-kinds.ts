import type { Environment } from './config/environment.ts';
import type { LoadedConfig } from './config/gateway-config.ts';
import { engineJarOf } from './gateway-engine-jar.ts';
import type { Clock } from './core/clock.ts';
import type { CheckFacts, ClusterCheck } from './launch/cluster-check.ts';
import type { ClusterSpec } from './preset/cluster-spec.ts';
import type { Log } from './telemetry/log.ts';

/** What looking at a cluster takes of the gateway. */
export interface DoctorParts {
  readonly loaded: LoadedConfig;
  readonly environment: Environment;
  readonly osUser: string;
  readonly clock: Clock;
  readonly log: Log;
}

type Kind = ClusterSpec['kind'];
type SpecOf<K extends Kind> = Extract<ClusterSpec, { kind: K }>;

/** What each kind of cluster looks at: a kind's clients are loaded when it is its turn. */
const byKind: {
  readonly [K in Kind]: (
    spec: SpecOf<K>,
    facts: CheckFacts,
    parts: DoctorParts,
  ) => Promise<readonly ClusterCheck[]>;
} = {
  local: async (_spec, _facts, { loaded, environment }) => {
    const { localChecks } = await import('./launch/local/local-check.ts');
    const { sparkHome, javaHome } = loaded.config.installation;
    return localChecks({
      ...{ sparkHome, javaHome, environment },
      engineJar: engineJarOf(loaded.config.installation, environment),
    });
  },
  yarn: async (spec, _facts, { loaded, osUser }) => {
    const { yarnChecks } = await import('./launch/yarn/yarn-check.ts');
    return yarnChecks({ spec, sparkHome: loaded.config.installation.sparkHome, osUser });
  },
  kubernetes: async (spec) =>
    (await import('./launch/kubernetes/kubernetes-check.ts')).kubernetesChecks(spec),
  'emr-serverless': async (spec, facts, { environment }) =>
    (await import('./launch/emr-serverless/serverless-check.ts')).serverlessChecks(
      spec,
      facts,
      environment,
    ),
  'emr-eks': async (spec, facts, { environment }) =>
    (await import('./launch/emr-eks/eks-check.ts')).eksChecks(spec, facts, environment),
  'emr-ec2': async (spec, facts, { environment }) =>
    (await import('./launch/emr-ec2/ec2-check.ts')).ec2Checks(spec, facts, environment),
};

export function kindChecks<K extends Kind>(
  spec: SpecOf<K>,
  facts: CheckFacts,
  parts: DoctorParts,
): Promise<readonly ClusterCheck[]> {
  const checks = byKind[spec.kind as K];
  return checks(spec, facts, parts);
}
