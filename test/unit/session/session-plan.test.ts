import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { staticGroups } from '../../../src/auth/group-provider.ts';
import { Impersonation } from '../../../src/auth/impersonation.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { SessionProfiles } from '../../../src/config/session-profiles.ts';
import { sessionDefaultsOf } from '../../../src/config/session-settings.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { ConfiguredPlacements } from '../../../src/preset/configured-placements.ts';
import { planSession } from '../../../src/session/session-plan.ts';
import type { PlannerParts, SessionPlan } from '../../../src/session/session-plan.ts';
import { AuditLog } from '../../../src/telemetry/audit-log.ts';
import { createLog } from '../../../src/telemetry/log.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';

const clustersFile = `
clusters:
  east: { kind: local, superusers: [hue] }
  west: { kind: local }
presets:
  bi:
    cluster: east
    shareLevel: GROUP
    fixedConf: { spark.executor.memory: 4g }
    defaultConf: { spark.executor.cores: 2 }
routes:
  - match: { group: analysts }
    use: { preset: bi }
`;

let dir: string;
let parts: PlannerParts;
let placements: ConfiguredPlacements;

beforeAll(async () => {
  dir = makeTempDir('plan');
  const path = join(dir, 'clusters.yaml');
  mkdirSync(dir, { recursive: true });
  writeFileSync(path, clustersFile);
  const loaded = loadConfig({ environment: {}, currentDir: dir, confArguments: [] });
  const log = createLog({ level: 'error', format: 'json' });
  const groups = staticGroups(new Map([['ann', ['analysts']]]));
  const audit = await AuditLog.start({
    config: loaded.config.audit,
    redact: (text) => text,
    clock: systemClock,
    log,
  });
  placements = new ConfiguredPlacements({
    path,
    reloadMs: 3_600_000,
    secrets: { resolve: () => Promise.reject(new Error('no secrets here')) },
    isSecret: () => false,
    clock: systemClock,
    log,
  });
  await placements.start();
  parts = {
    defaults: sessionDefaultsOf(loaded),
    profiles: new SessionProfiles({ confDir: dir, reloadMs: 1000 }, systemClock),
    groups,
    impersonation: new Impersonation({
      rules: loaded.config.proxyUsers,
      superusers: new Set(),
      groups,
      shortNames: loaded.config.authentication.shortNames,
      lookup: () => Promise.resolve([]),
      audit,
    }),
    placements,
    counter: { nextCount: () => Promise.resolve(0) },
    administrators: new Set(),
    namespace: 'kyuubi',
    serverUser: 'gateway',
  };
});

afterAll(async () => {
  await placements.stop();
  removeTempDir(dir);
});

function planFor(user: string, configuration: Record<string, string> = {}): Promise<SessionPlan> {
  const request = {
    principal: { user, isAuthenticated: true },
    configuration: new Map(Object.entries(configuration)),
    clientAddress: '10.0.0.1',
  };
  return planSession(request, 'session-1', parts);
}

describe('planSession with clusters', () => {
  it('a route gives cluster and preset, and they decide share level, key and settings', async () => {
    const plan = await planFor('ann', { 'spark.executor.memory': '64g' });
    expect(plan).toMatchObject({ cluster: 'east', preset: 'bi', group: 'analysts' });
    expect(plan.ref).toMatchObject({ shareLevel: 'GROUP', routingUser: 'analysts' });
    expect(plan.ref.leaf).toMatch(/^default--[0-9a-f]{12}$/);
    expect(plan.revision?.id).toMatch(/^[0-9a-f]{12}$/);
    expect(plan.settings.launchConf.get('spark.executor.memory')).toBe('4g');
    expect(plan.settings.launchConf.get('spark.executor.cores')).toBe('2');
    expect(plan.notes.join('\n')).toMatch(/spark\.executor\.memory/);
    expect(plan.settings.engineSessionConf.has('spark.executor.memory')).toBe(false);
  });

  it('without cluster and preset everything is as if there were none', async () => {
    const plan = await planFor('bob', { 'spark.executor.memory': '64g' });
    expect(plan.cluster).toBeUndefined();
    expect(plan.revision).toBeUndefined();
    expect(plan.ref.paths.space).toBe('/kyuubi_1_USER_SPARK_SQL/bob/default');
    expect(plan.settings.launchConf.get('spark.executor.memory')).toBe('64g');
    expect(plan.notes).toEqual([]);
  });

  it('two presets are two engines', async () => {
    const [east, west] = await Promise.all([
      planFor('bob', { 'kyuubi.session.cluster': 'east' }),
      planFor('bob', { 'kyuubi.session.cluster': 'west' }),
    ]);
    expect(east.ref.leaf).not.toBe(west.ref.leaf);
  });

  it('a superuser of a cluster acts for anybody there, and nowhere else', async () => {
    const asAnn = { 'hive.server2.proxy.user': 'ann' };
    expect(await planFor('hue', asAnn)).toMatchObject({ user: 'ann', realUser: 'hue' });
    const there = { ...asAnn, 'kyuubi.session.cluster': 'west' };
    await expect(planFor('hue', there)).rejects.toMatchObject({ code: 'PROXY_USER_DENIED' });
    const asBob = { 'hive.server2.proxy.user': 'bob' };
    await expect(planFor('hue', asBob)).rejects.toMatchObject({ code: 'PROXY_USER_DENIED' });
    await expect(planFor('mallory', asAnn)).rejects.toMatchObject({ code: 'PROXY_USER_DENIED' });
  });

  it('a cluster that nobody knows is refused by name', async () => {
    await expect(planFor('bob', { 'kyuubi.session.cluster': 'nowhere' })).rejects.toThrow(
      /nowhere/,
    );
  });
});
