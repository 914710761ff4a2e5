import { ApiException, CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { reasonOf } from '../../../core/errors.ts';
import { SecretError } from '../secret-source.ts';
import type { SecretSource, SecretTrouble } from '../secret-source.ts';

/**
 * Secrets of the Kubernetes cluster in which the gateway runs; outside of one, of the current context of $KUBECONFIG or
 * ~/.kube/config. `kubeconfig`: of another file's.
 */
export function kubernetesSecrets(kubeconfig?: string): SecretSource<'kubernetes'> {
  let api: CoreV1Api | undefined;
  return {
    kind: 'kubernetes',
    async read({ namespace, secret, key }) {
      try {
        api ??= apiOf(kubeconfig);
        const { data = {} } = await api.readNamespacedSecret({ name: secret, namespace });
        const encoded = Object.hasOwn(data, key) ? data[key] : undefined;
        if (encoded === undefined) {
          throw new SecretError(
            'no-such-key',
            `the secret ${namespace}/${secret} has no key ${key}`,
          );
        }
        return Buffer.from(encoded, 'base64').toString('utf8');
      } catch (cause) {
        throw troubleOf(`${namespace}/${secret}`, cause);
      }
    },
  };
}

function apiOf(kubeconfig: string | undefined): CoreV1Api {
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  return config.makeApiClient(CoreV1Api);
}

const troubles: Readonly<Record<number, SecretTrouble>> = {
  401: 'denied',
  403: 'denied',
  404: 'not-found',
};

function troubleOf(secret: string, cause: unknown): SecretError {
  if (cause instanceof SecretError) return cause;
  if (cause instanceof ApiException) {
    const trouble = troubles[cause.code] ?? 'unavailable';
    return new SecretError(trouble, `Kubernetes answered ${cause.code} for the secret ${secret}`);
  }
  const reason = reasonOf(cause);
  return new SecretError('unavailable', `no answer for the secret ${secret}: ${reason}`, { cause });
}
