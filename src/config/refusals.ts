import { GatewayError } from '../core/errors.ts';
import type { Settings } from './entry.ts';

interface Refusal {
  readonly keys: readonly string[];
  readonly matters: (value: string) => boolean;
  /** Completes "this version of the gateway ...". */
  readonly lack: string;
}

const isTrue = (value: string): boolean => value.toLowerCase() === 'true';
const isGiven = (value: string): boolean => value !== '';

/** Settings of Kyuubi that protect something: to go on without what they ask for would open a door. */
const refusals: readonly Refusal[] = [
  {
    keys: ['kyuubi.frontend.thrift.http.use.SSL'],
    matters: isTrue,
    lack: 'has no HTTP door, and so no TLS for it',
  },
  {
    keys: ['kyuubi.ha.etcd.ssl.enabled'],
    matters: isTrue,
    lack: 'has no TLS to etcd',
  },
  {
    keys: ['kyuubi.session.user.sign.enabled'],
    matters: isTrue,
    lack: 'does not sign the names of users',
  },
  {
    keys: ['kyuubi.session.local.dir.allow.list'],
    matters: isGiven,
    lack: 'does not check local paths',
  },
  {
    keys: ['kyuubi.kubernetes.context.allow.list', 'kyuubi.kubernetes.namespace.allow.list'],
    matters: isGiven,
    lack: 'does not launch on Kubernetes',
  },
];

export function refuseWhatIsMissing(settings: Settings): void {
  for (const { keys, matters, lack } of refusals) {
    for (const key of keys) {
      const value = settings.get(key);
      if (value === undefined || !matters(value)) continue;
      throw new GatewayError(
        'CONFIG_INVALID',
        `${key} = '${value}': this version of the gateway ${lack}`,
        {
          hint: `Take ${key} out, if it is safe to do without.`,
        },
      );
    }
  }
}
