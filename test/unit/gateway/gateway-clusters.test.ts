import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GatewayError } from '../../../src/core/errors.ts';
import type { Discovery } from '../../../src/discovery/discovery.ts';
import { EngineClusters } from '../../../src/engine/engine-clusters.ts';
import { engineRef } from '../../../src/engine/engine-ref.ts';
import { Engines } from '../../../src/engine/engines.ts';
import type { EngineSettings } from '../../../src/engine/engines.ts';
import { GatewayClusters } from '../../../src/gateway-clusters.ts';
import type { GatewayClustersOptions } from '../../../src/gateway-clusters.ts';
import type { ClusterSpec, KubernetesSpec } from '../../../src/preset/cluster-spec.ts';
import type { Placements } from '../../../src/preset/placement.ts';
import { collectedLog } from '../../support/collected-log.ts';
import { fakeDiscovery, newFakeStore } from '../../support/fake-discovery.ts';
import type { FakeStore } from '../../support/fake-discovery.ts';
import { FakeLauncher } from '../../support/fake-launcher.ts';
import { FakePlatform } from '../../support/fake-platform.ts';
import { hastyClock } from '../../support/hasty-clock.ts';
import { newRefInput } from '../../support/ref-input.ts';
import { newSecret } from '../../support/secrets.ts';
import { specOf } from '../launch/kubernetes/engine-job.ts';

const clock = hastyClock(500);
const never = new AbortController().signal;

let specs: Map<string, ClusterSpec>;
let changed: () => void;
let store: FakeStore;
let platforms: FakePlatform[];
let fleets: string[];
let made: GatewayClusters[];

beforeEach(() => {
  specs = new Map();
  changed = () => {};
  store = newFakeStore();
  platforms = [];
  fleets = [];
  made = [];
});

afterEach(async () => {
  await Promise.all(made.map((each) => each.stop()));
});

function cluster(name: string, more: Partial<KubernetesSpec> = {}): void {
  specs.set(name, specOf({ name, ...more }));
}

const settings: EngineSettings = {
  masterSecret: newSecret(),
  host: 'here',
  reregisterWaitMs: 50,
  isSecret: () => false,
  cluster: 'east',
  resolveSecrets: (conf) => Promise.resolve({ conf, secretKeys: new Set() }),
  launchConf: (ref) => new Map([['kyuubi.ha.namespace', ref.paths.space]]),
};

async function clustersOf(
  more: Partial<GatewayClustersOptions> = {},
): Promise<{ readonly engines: EngineClusters; readonly clusters: GatewayClusters }> {
  const discovery = await fakeDiscovery(store);
  const engines = new EngineClusters(
    new Engines({ discovery, launcher: new FakeLauncher(), clock, settings }),
  );
  // Only what these parts ask of placements.
  const placements = {
    clusters: () => specs,
    onChange: (listener: () => void) => (changed = listener),
  } as unknown as Placements;
  const clusters = new GatewayClusters({
    placements,
    engines,
    discovery,
    newDiscovery: () => discovery,
    settingsOf: () => settings,
    kindOf: (_spec, fleet) => {
      const platform = new FakePlatform();
      platforms.push(platform);
      fleets.push(fleet);
      return Promise.resolve({
        platform,
        kindConf: new Map(),
        mainOf: () => ({ resource: 'local:///engine.jar', mainClass: 'Main' }),
      });
    },
    ownEngines: () => engines.of(undefined),
    namespace: 'kyuubi',
    spaceVersion: '1',
    reconcile: { mode: 'on', periodMs: 60_000, graceMs: 1000, abandonedAfterMs: 3_600_000 },
    secretKeys: /password/,
    serverOnlyPrefixes: [],
    tellBill: undefined,
    clock,
    log: collectedLog().log,
    ...more,
  });
  made.push(clusters);
  await clusters.start();
  return { engines, clusters };
}

describe('GatewayClusters', () => {
  it('a cluster that can not be set up keeps no other from it, says why, and is tried again', async () => {
    cluster('east', { zookeeper: 'down:2181' });
    cluster('west');
    let isDown = true;
    const { engines } = await clustersOf({
      newDiscovery: () =>
        ({
          start: () =>
            isDown
              ? Promise.reject(new GatewayError('DISCOVERY_UNAVAILABLE', 'down:2181 is silent'))
              : Promise.resolve(),
          stop: () => Promise.resolve(),
          sharedText: () => Promise.resolve('fleet'),
          lock: (_path: string, _ms: number, signal: AbortSignal) =>
            new Promise((_, reject) => {
              signal.addEventListener('abort', () => reject(signal.reason as Error));
            }),
        }) as unknown as Discovery, // what setting a cluster up asks for
    });
    expect(engines.of('west')).toBeInstanceOf(Engines);
    expect(() => engines.of('east')).toThrow(/down:2181 is silent/);
    isDown = false;
    await vi.waitFor(() => expect(engines.of('east')).toBeInstanceOf(Engines));
  });

  it('what has not changed stays as it is', async () => {
    cluster('east');
    const { engines } = await clustersOf();
    const before = engines.of('east');
    cluster('west');
    changed();
    await vi.waitFor(() => expect(engines.of('west')).toBeInstanceOf(Engines));
    expect(engines.of('east')).toBe(before);
    expect(platforms).toHaveLength(2);
  });

  it('a launch that is under way when its cluster changes comes to its end', async () => {
    cluster('east');
    const { engines } = await clustersOf();
    const old = engines.of('east');
    const ref = engineRef(newRefInput());
    const search = old.acquire(
      {
        ref,
        conf: new Map(),
        asked: new Map(),
        owner: { user: 'alice', group: undefined, session: 's', preset: undefined },
        references: new Map(),
        sidecars: [],
        revision: undefined,
        initializeTimeoutMs: 3_600_000,
        say: () => {},
      },
      never,
    );
    const [platform] = platforms;
    await vi.waitFor(() => expect(platform?.submitted).toHaveLength(1));
    cluster('east', { namespace: 'others' });
    changed();
    await vi.waitFor(() => expect(engines.of('east')).not.toBe(old));
    const [job] = platform?.submitted ?? [];
    store.addNode(ref.paths.space, `serverUri=h:1;version=1;refId=${job?.tag};sequence=`);
    expect(await search).toMatchObject({ refId: job?.tag });
    expect(platform?.killed).toEqual([]);
  });

  it('says that engines of a cluster that is gone leave no bill', async () => {
    cluster('east');
    for (const path of ['east/a', 'gone/b', 'gone/c']) {
      store.texts.set(`/kyuubi_1_bills/${path}`, '{"ref":"job","startedMs":1,"owner":{}}');
    }
    const { log, lines } = collectedLog();
    await clustersOf({ log, tellBill: () => Promise.resolve(true) });
    const warned = lines.filter((line) => line.includes('unbilled'));
    expect(warned.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 'warn', cluster: 'gone', engines: 2, path: '/kyuubi_1_bills/gone' },
    ]);
  });

  it('gateways of one store are one fleet, those of another are not', async () => {
    cluster('east');
    await clustersOf();
    await clustersOf();
    store = newFakeStore();
    await clustersOf();
    expect(fleets[0]).toMatch(/^[0-9a-f]{12}$/);
    expect(fleets[1]).toBe(fleets[0]);
    expect(fleets[2]).not.toBe(fleets[0]);
  });
});
