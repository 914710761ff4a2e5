import type { Preset } from '../format/preset-schema.ts';

/** Whom an engine serves, how many there are of it, and how long it waits for its next session. */
export function sharingSettings({
  shareLevel,
  pool,
  idleTimeout,
}: Pick<Preset, 'shareLevel' | 'pool' | 'idleTimeout'>): Map<string, string> {
  const sharing: [string, string | undefined][] = [
    ['kyuubi.engine.share.level', shareLevel],
    ['kyuubi.engine.pool.name', pool?.name],
    ['kyuubi.engine.pool.size', pool === undefined ? undefined : String(pool.size)],
    ['kyuubi.engine.pool.selectPolicy', pool?.pick?.toUpperCase()],
    ['kyuubi.session.engine.idle.timeout', idleTimeout],
  ];
  return new Map(sharing.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}
