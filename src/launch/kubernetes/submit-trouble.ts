import { SubmitError, type SubmitTrouble } from '../job-platform.ts';
import type { KubeError } from './kube-error.ts';

interface Verdict {
  readonly trouble: SubmitTrouble;
  readonly hint?: string;
}

const rbacHint =
  'Let the service account of the gateway get, list, watch, create and delete pods, secrets and services, get pods/log, and list and watch events in the namespace (for the Spark operator, sparkapplications too).';

/** Each kind of refusal by its status and text; the first that fits counts. */
const verdicts: readonly (readonly [number, RegExp, Verdict])[] = [
  [
    403,
    /exceeded quota/i,
    {
      trouble: 'busy',
      hint: 'Wait until other engines have ended, or have the quota of the namespace raised.',
    },
  ],
  [
    403,
    /failed quota/i,
    {
      trouble: 'refused',
      hint: 'The quota of the namespace asks for a limit that the engine does not set: set it by spark.kubernetes.driver.limit.cores or in the pod template.',
    },
  ],
  [
    403,
    /violates PodSecurity/i,
    {
      trouble: 'refused',
      hint: 'Set the securityContext that the namespace asks for in the pod template.',
    },
  ],
  [
    403,
    /usage per (?:Pod|Container)|limit to request ratio/i,
    {
      trouble: 'refused',
      hint: 'Choose spark.driver.memory and spark.driver.cores within the LimitRange of the namespace.',
    },
  ],
  [
    403,
    /being terminated/i,
    {
      trouble: 'refused',
      hint: 'The namespace is being deleted: name another one in the cluster.',
    },
  ],
  [
    403,
    /service account .* not found|serviceaccount/i,
    {
      trouble: 'refused',
      hint: 'Make the service account of the drivers, or name another one in the cluster (serviceAccount).',
    },
  ],
  [403, /./, { trouble: 'refused', hint: rbacHint }],
  [
    401,
    /./,
    {
      trouble: 'refused',
      hint: 'The API server does not take the credentials of the gateway: check the kubeconfig or the token of its service account.',
    },
  ],
  [
    404,
    /namespaces? /i,
    {
      trouble: 'refused',
      hint: 'Make the namespace, or name another one in the cluster (namespace).',
    },
  ],
  [
    404,
    /./,
    {
      trouble: 'refused',
      hint: 'The cluster does not know this kind of object: is the Spark operator installed?',
    },
  ],
  [409, /./, { trouble: 'busy' }],
  [429, /./, { trouble: 'busy' }],
  [503, /./, { trouble: 'busy' }],
];

/** Why a job was not started, from the API server's refusal. */
export function submitTrouble(error: KubeError): SubmitError {
  const fields = error.fields.length === 0 ? '' : `; fields: ${error.fields.join('; ')}`;
  const verdict = verdictOn(error);
  return new SubmitError(verdict.trouble, `${error.message}${fields}`, {
    hint: verdict.hint,
    retryAfterMs: error.retryAfterMs,
    cause: error,
  });
}

function verdictOn(error: KubeError): Verdict {
  const { status } = error;
  if (status === undefined || (status >= 500 && status !== 503)) return { trouble: 'unclear' };
  const known = verdicts.find(
    ([code, pattern]) => code === status && pattern.test(error.message),
  )?.[2];
  return (
    known ?? {
      trouble: 'refused',
      hint: 'The API server does not take the objects as they are: check the settings and the pod template that the message names.',
    }
  );
}
