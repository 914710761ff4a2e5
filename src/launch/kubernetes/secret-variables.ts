import type { KubernetesSpec } from '../../preset/cluster-spec.ts';
import type { EngineJob } from '../job-platform.ts';
import { objectName } from './job-labels.ts';

/** These name secrets, and hold none, whatever their own names look like. */
const namesOfSecrets =
  /^spark\.kubernetes\.(?:container\.image\.pullSecrets$|(?:driver|executor)\.(?:secrets|secretKeyRef)\.)/;

export function holdsSecret(job: EngineJob, key: string): boolean {
  return !namesOfSecrets.test(key) && job.isSecret(key);
}

/**
 * Takes environment variables that are secret out of the settings, which end up in what everybody can read of a pod: they are
 * referred to in the job's own secret. Returns what that has to hold.
 */
export function takeSecretVariables(
  conf: Map<string, string>,
  job: EngineJob,
  spec: KubernetesSpec,
): Record<string, string> {
  const taken: Record<string, string> = {};
  const take = (role: 'driver' | 'executor', variable: string, value: string): void => {
    const key = `${role}.${variable}`;
    taken[key] = value;
    conf.set(`spark.kubernetes.${role}.secretKeyRef.${variable}`, `${objectName(job.tag)}:${key}`);
  };
  for (const [variable, value] of [...spec.environment, ...job.environment]) {
    if (job.isSecret(variable)) take('driver', variable, value);
  }
  for (const [key, value] of [...conf]) {
    const parts = /^spark\.(kubernetes\.driver|executor)Env\.(.+)$/.exec(key);
    if (parts === null || !holdsSecret(job, key)) continue;
    const [, role, variable = ''] = parts;
    conf.delete(key);
    take(role === 'executor' ? 'executor' : 'driver', variable, value);
  }
  return taken;
}
