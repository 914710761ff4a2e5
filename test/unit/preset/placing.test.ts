import { describe, expect, test } from 'vitest';
import { messageFrom, question, snapshotOf } from '../../support/clusters-text.ts';
import type { PlacementQuestion } from '../../../src/preset/placement.ts';

const file = `
clusters:
  analytics: { kind: local, defaultPreset: bi }
  science: { kind: local }
  sealed:
    kind: local
    roles:
      reader: { users: [bob], groups: [readers] }
      writer: { groups: [writers] }
presets:
  bi: { cluster: [analytics, science] }
  phi: { cluster: science, groups: [clinical], users: [carol] }
  any: {}
routes:
  - match: { group: clinical }
    use: { cluster: science, preset: phi }
    force: true
  - match: { user: [dave, erin], conf: { spark.app.kind: [batch] } }
    use: { preset: any }
  - match: { group: [data, ml] }
    use: { cluster: science }
`;
const snapshot = snapshotOf(file);

function goes(asked: PlacementQuestion): (string | undefined)[] {
  const { cluster, preset } = snapshot.place(asked).placement;
  return [cluster?.name, preset];
}

const cluster = (name: string) => ({ 'kyuubi.session.cluster': name });
const preset = (name: string) => ({ 'torii.session.preset': name });

describe('a session goes', () => {
  test.each<[string, PlacementQuestion, (string | undefined)[]]>([
    ['nowhere in particular when nobody says so', question(), [undefined, undefined]],
    [
      'to the cluster that it names, with its default preset',
      question(cluster('analytics')),
      ['analytics', 'bi'],
    ],
    [
      'to the first cluster of the preset that it names',
      question(preset('bi')),
      ['analytics', 'bi'],
    ],
    [
      'to both that it names',
      question({ ...cluster('science'), ...preset('bi') }),
      ['science', 'bi'],
    ],
    ['to a preset without any cluster', question(preset('any')), [undefined, 'any']],
    [
      "nowhere in particular with Kyuubi's default",
      question(cluster('default')),
      [undefined, undefined],
    ],
    ['by the route of its group', question({}, { groups: ['x', 'ml'] }), ['science', undefined]],
    [
      'where it says rather than by a route',
      question(cluster('analytics'), { groups: ['ml'] }),
      ['analytics', 'bi'],
    ],
    [
      'by a route of users and settings',
      question({ 'spark.app.kind': 'batch' }, { user: 'erin' }),
      [undefined, 'any'],
    ],
    [
      'by a route of settings in another spelling',
      question({ 'app.kind': 'batch' }, { user: 'erin' }),
      [undefined, 'any'],
    ],
    [
      'not by a route of which a part does not hold',
      question({ 'spark.app.kind': 'sql' }, { user: 'erin' }),
      [undefined, undefined],
    ],
    [
      "by a route rather than by the gateway's default",
      question({}, { groups: ['ml'], gateway: cluster('analytics') }),
      ['science', undefined],
    ],
    [
      "by the gateway's default where no route matches",
      question({}, { gateway: cluster('analytics') }),
      ['analytics', 'bi'],
    ],
    ['by a forced route', question({}, { groups: ['clinical'] }), ['science', 'phi']],
    [
      'by a forced route although it says the same',
      question({ ...cluster('science'), ...preset('phi') }, { groups: ['clinical'] }),
      ['science', 'phi'],
    ],
  ])('%s', (_, asked, expected) => {
    expect(goes(asked)).toEqual(expected);
  });
});

describe('a session is refused', () => {
  test.each<[string, PlacementQuestion, string, string]>([
    [
      'for an unknown cluster',
      question(cluster('analitics')),
      'INVALID_ARGUMENT',
      'kyuubi.session.cluster: there is no cluster analitics',
    ],
    [
      'for an unknown preset',
      question(preset('b')),
      'INVALID_ARGUMENT',
      'torii.session.preset: there is no preset b',
    ],
    [
      'for a preset of other clusters',
      question({ ...cluster('analytics'), ...preset('phi') }, { user: 'carol' }),
      'INVALID_ARGUMENT',
      'the session goes to the cluster analytics, and its preset phi is for science',
    ],
    [
      'for a preset of others',
      question(preset('phi')),
      'CONFIG_RESTRICTED',
      'alice may not use the preset phi',
    ],
    [
      'where a forced route says otherwise',
      question(cluster('analytics'), { groups: ['clinical'] }),
      'CONFIG_RESTRICTED',
      'the session asks for the cluster analytics, and route 1 sends it to the cluster science',
    ],
    [
      'without a role',
      question(cluster('sealed')),
      'CONFIG_RESTRICTED',
      'alice has no role on the cluster sealed',
    ],
  ])('%s', (_, asked, code, message) => {
    expect(() => snapshot.place(asked)).toThrow(expect.objectContaining({ code, message }));
  });
});

test('the nearest name is told', () => {
  expect(() => snapshot.place(question(cluster('analitics')))).toThrow(
    expect.objectContaining({ hint: 'Did you mean analytics?' }),
  );
});

describe('roles', () => {
  test.each([
    ['bob', ['x'], 'reader'],
    ['eve', ['writers'], 'writer'],
    ['bob', ['writers'], 'reader'],
  ])('%s of %j is %s', (user, groups, role) => {
    const { placement } = snapshot.place(question(cluster('sealed'), { user, groups }));
    expect(placement.role).toBe(role);
  });

  test('make engines of their own', () => {
    const suffixes = ['readers', 'writers'].map(
      (group) =>
        snapshot.place(question(cluster('sealed'), { groups: [group] })).placement.keySuffix,
    );
    expect(new Set(suffixes).size).toBe(2);
  });
});

describe('the suffix of an engine', () => {
  test('is not there without cluster and preset', () => {
    const { placement } = snapshot.place(question());
    expect([placement.keySuffix, placement.revision]).toEqual([undefined, undefined]);
  });

  test('stays the same for ever: other gateways find engines by it', () => {
    const { placement } = snapshot.place(question(cluster('analytics')));
    expect(placement.keySuffix).toBe('d15ecb7e9b35');
  });

  test('tells apart whatever the names are', () => {
    const suffixes = ['clusters: { a: { kind: local } }', 'presets: { a: {} }'].map(
      (text, index) => {
        const own = index === 0 ? cluster('a') : preset('a');
        return snapshotOf(text).place(question(own)).placement.keySuffix;
      },
    );
    expect(suffixes[0]).toMatch(/^[0-9a-f]{12}$/);
    expect(suffixes[0]).not.toBe(suffixes[1]);
  });
});

describe('the revision', () => {
  const revisionOf = (text: string): string | undefined =>
    snapshotOf(text).place(question({ ...cluster('a'), ...preset('p') })).placement.revision?.id;
  const before = revisionOf(
    'clusters: { a: { kind: local } }\npresets: { p: { fixedConf: { spark.x: 1, spark.y: 2 } } }',
  );

  test.each([
    [
      'the order of keys',
      'presets: { p: { fixedConf: { spark.y: 2, spark.x: 1 } } }\nclusters: { a: { kind: local } }',
    ],
    [
      'limits, users, routes and comments',
      '# new\nclusters: { a: { kind: local, limits: { maxEngines: 3 }, superusers: [x] } }\npresets: { p: { groups: [analysts], fixedConf: { spark.x: 1, spark.y: 2 } } }\nroutes: [{ use: { preset: p } }]',
    ],
    [
      'how many engines there are',
      'clusters: { a: { kind: local } }\npresets: { p: { pool: { size: 3 }, shareLevel: GROUP, fixedConf: { spark.x: 1, spark.y: 2 } } }',
    ],
    [
      'a setting that moves to the cluster',
      'clusters: { a: { kind: local, fixedConf: { spark.x: 1 } } }\npresets: { p: { fixedConf: { spark.y: 2 } } }',
    ],
  ])('stays with %s', (_, text) => {
    expect(revisionOf(text)).toBe(before);
  });

  test.each([
    [
      'a setting',
      'clusters: { a: { kind: local } }\npresets: { p: { fixedConf: { spark.x: 1, spark.y: 3 } } }',
    ],
    [
      'a default',
      'clusters: { a: { kind: local, defaultConf: { spark.z: 1 } } }\npresets: { p: { fixedConf: { spark.x: 1, spark.y: 2 } } }',
    ],
    [
      'the environment',
      'clusters: { a: { kind: local, environment: { A: b } } }\npresets: { p: { fixedConf: { spark.x: 1, spark.y: 2 } } }',
    ],
    [
      'the ZooKeeper',
      'clusters: { a: { kind: local, zookeeper: "zk:2181" } }\npresets: { p: { fixedConf: { spark.x: 1, spark.y: 2 } } }',
    ],
  ])('changes with %s', (_, text) => {
    expect(revisionOf(text)).toMatch(/^[0-9a-f]{12}$/);
    expect(revisionOf(text)).not.toBe(before);
  });
});

describe('names that lead nowhere are refused with their line:', () => {
  test.each([
    [
      'clusters:\n  a: { kind: local, defaultPreset: p }\n',
      'clusters.yaml:2: clusters.a: there is no preset p',
    ],
    [
      'clusters:\n  a: { kind: local, defaultPreset: p }\n  b: { kind: local }\npresets: { p: { cluster: b } }\n',
      'clusters.yaml:2: clusters.a: its preset p is for b',
    ],
    ['presets:\n  p: { cluster: a }\n', 'clusters.yaml:2: presets.p: there is no cluster a'],
    ['routes:\n  - use: { cluster: a }\n', 'clusters.yaml:2: routes[0]: there is no cluster a'],
    ['routes:\n  - use: { preset: a }\n', 'clusters.yaml:2: routes[0]: there is no preset a'],
    [
      'clusters: { a: { kind: local }, b: { kind: local } }\npresets: { p: { cluster: b } }\nroutes:\n  - use: { cluster: a, preset: p }\n',
      'clusters.yaml:4: routes[0]: the preset p is for b, not for a',
    ],
  ])('%j', (text, expected) => {
    expect(messageFrom(() => snapshotOf(text))).toBe(expected);
  });
});
