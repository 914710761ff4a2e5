import type { V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import type { Settings } from '../../config/entry.ts';
import { SubmitError } from '../job-platform.ts';
import { settingsBelow } from './job-labels.ts';

export interface MountedVolumes {
  readonly volumes: V1Volume[];
  readonly mounts: V1VolumeMount[];
}

const prefix = 'spark.kubernetes.driver.volumes.';

type Options = Readonly<Record<string, string>>;

const kinds: Readonly<Record<string, (options: Options, key: string) => Omit<V1Volume, 'name'>>> = {
  hostPath: (options, key) => ({
    hostPath: { path: needed(options, 'path', key), ...picked(options, ['type']) },
  }),
  emptyDir: (options) => ({ emptyDir: picked(options, ['medium', 'sizeLimit']) }),
  nfs: (options, key) => ({
    nfs: { server: needed(options, 'server', key), path: needed(options, 'path', key) },
  }),
  persistentVolumeClaim: (options, key) => {
    const claimName = needed(options, 'claimName', key);
    if (claimName.includes('OnDemand')) {
      throw new SubmitError(
        'refused',
        `${key}.options.claimName: a driver's claim has to exist before`,
      );
    }
    return { persistentVolumeClaim: { claimName } };
  },
};

/** The driver's volumes that `spark.kubernetes.driver.volumes.<kind>.<name>.*` and `.secrets.*` ask for. */
export function driverVolumes(conf: Settings): MountedVolumes {
  const volumes: V1Volume[] = [];
  const mounts: V1VolumeMount[] = [];
  for (const [path, settings] of grouped(settingsBelow(conf, prefix))) {
    const [kind = '', name = ''] = path.split('.');
    const key = `${prefix}${path}`;
    const source = kinds[kind]?.(settingsBelow(settings, 'options.'), key);
    if (source === undefined) {
      const known = Object.keys(kinds).join(', ');
      throw new SubmitError('refused', `${key}: volumes of drivers are of the kinds ${known}`);
    }
    const readOnly = settings.get('mount.readOnly');
    volumes.push({ name, ...source });
    mounts.push({
      name,
      mountPath: needed(Object.fromEntries(settings), 'mount.path', key),
      ...(readOnly === undefined ? {} : { readOnly: readOnly.trim() === 'true' }),
      ...picked(settingsBelow(settings, 'mount.'), ['subPath', 'subPathExpr']),
    });
  }
  for (const [secret, path] of Object.entries(
    settingsBelow(conf, 'spark.kubernetes.driver.secrets.'),
  )) {
    volumes.push({ name: `${secret}-volume`, secret: { secretName: secret } });
    mounts.push({ name: `${secret}-volume`, mountPath: path });
  }
  return { volumes, mounts };
}

/** `<kind>.<name>.<rest>` by `<kind>.<name>`. */
function grouped(below: Options): Map<string, Map<string, string>> {
  const groups = new Map<string, Map<string, string>>();
  for (const [key, value] of Object.entries(below)) {
    const parts = /^([^.]+\.[^.]+)\.(.+)$/.exec(key);
    const [, path = key, rest = ''] = parts ?? [];
    const group = groups.get(path) ?? new Map<string, string>();
    group.set(rest, value);
    groups.set(path, group);
  }
  return groups;
}

function needed(options: Options, name: string, key: string): string {
  const value = options[name];
  if (value !== undefined) return value;
  const at = name.startsWith('mount.') ? name : `options.${name}`;
  throw new SubmitError('refused', `${key}.${at} is missing`);
}

function picked<Name extends string>(
  options: Options,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  return Object.fromEntries(
    names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  ) as Partial<Record<Name, string>>;
}
