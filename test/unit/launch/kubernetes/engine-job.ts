import type { EngineJob } from '../../../../src/launch/job-platform.ts';
import type { KubernetesSpec } from '../../../../src/preset/cluster-spec.ts';

export const tag = '0d4c8b6e-6a53-4f0f-9f7c-2f8a1f0b7c11';
export const name = `torii-${tag}`;

/** A job of alice's with these settings. */
export function jobOf(
  conf: Readonly<Record<string, string>> = {},
  more: Partial<EngineJob> = {},
): EngineJob {
  return {
    tag,
    fleet: '0123456789ab',
    appUser: 'alice',
    appName: 'engine of alice',
    conf: new Map(Object.entries(conf)),
    isSecret: (key) => /password|secret/i.test(key),
    environment: new Map(),
    sidecars: [],
    main: { resource: 'local:///opt/torii/engine.jar', mainClass: 'io.torii.engine.EngineMain' },
    engineKey: 'the-engine-key',
    owner: { user: 'alice@example.org', group: undefined, session: 's-1', preset: 'small' },
    ...more,
  };
}

export function specOf(more: Partial<KubernetesSpec> = {}): KubernetesSpec {
  return {
    kind: 'kubernetes',
    name: 'blue',
    zookeeper: undefined,
    environment: new Map(),
    limits: { maxEngines: undefined, maxEnginesPerUser: undefined, maxLaunches: undefined },
    superusers: new Set(),
    launcher: 'pod',
    kubeconfig: undefined,
    context: undefined,
    namespace: 'engines',
    serviceAccount: 'spark',
    image: 'registry.example/spark:3.5.9',
    imagePullSecrets: [],
    engineJar: 'local:///opt/torii/engine.jar',
    sparkHome: '/opt/spark',
    podTemplate: undefined,
    driverService: false,
    ...more,
  };
}
