import { describe, expect, test } from 'vitest';
import { messageFrom, placedBy, question, snapshotOf } from '../../support/clusters-text.ts';

const onMain = { 'kyuubi.session.cluster': 'main', 'torii.session.preset': 'p' };

/** A local cluster and a preset, each with these lines. */
function both(cluster: string, preset: string) {
  return snapshotOf(
    `clusters: { main: { kind: local, ${cluster} } }\npresets: { p: { ${preset} } }`,
  );
}

describe('a fixed setting', () => {
  const snapshot = both('fixedConf: { spark.a: 1 }', 'fixedConf: { spark.b: 2 }');

  test("wins over the client's and the gateway's, and the client is told", () => {
    const placed = placedBy(
      snapshot,
      { ...onMain, 'spark.a': '9', 'spark.c': '3' },
      { 'spark.b': '8' },
    );
    expect(placed.launchConf.get('spark.a')).toBe('1');
    expect(placed.settings.get('spark.b')).toBe('2');
    expect(placed.launchConf.get('spark.c')).toBe('3');
    expect(placed.notes).toEqual(['spark.a = 9 is ignored: fixedConf of cluster main makes it 1']);
    expect([...placed.ignored]).toEqual(['spark.a']);
  });

  test('is not worth a word to who asks for the same', () => {
    const placed = placedBy(snapshot, { ...onMain, 'spark.a': '1' });
    expect(placed.notes).toEqual([]);
  });

  test.each([
    ['spark.hadoop.hadoop.x', 'hadoop.x'],
    ['spark.dynamicAllocation.enabled', 'dynamicAllocation.enabled'],
    ['spark.hadoop.hive.metastore.uris', 'spark.hive.metastore.uris'],
    ['hive.metastore.uris', 'spark.hadoop.hive.metastore.uris'],
    ['kyuubi.session.engine.share.level', 'kyuubi.engine.share.level'],
    ['kyuubi.engine.share.level', 'kyuubi.session.engine.share.level'],
    ['kyuubi.x', 'spark.kyuubi.x'],
  ])('%s holds although the client spells it %s', (fixed, asked) => {
    const placed = placedBy(both(`fixedConf: { "${fixed}": GROUP }`, ''), {
      ...onMain,
      [asked]: 'USER',
    });
    expect([...placed.launchConf.values(), ...placed.settings.values()]).not.toContain('USER');
    expect([...placed.settings.values()]).toContain('GROUP');
    expect(placed.notes).toHaveLength(1);
  });

  test('shows no secret in what it says', () => {
    const placed = placedBy(
      both('fixedConf: { spark.x.password: "env:PW", spark.y.token: "ssm:t" }', ''),
      {
        ...onMain,
        'spark.x.password': 'hunter2',
        'spark.y.token': 'hunter3',
      },
    );
    expect(placed.notes.join('\n')).not.toMatch(/hunter|env:PW|ssm:t/);
    expect(placed.notes[0]).toBe(
      'spark.x.password = *********(redacted) is ignored: fixedConf of cluster main makes it *********(redacted)',
    );
  });
});

describe('a default', () => {
  const snapshot = both('defaultConf: { spark.a: 1, spark.b: 1 }', 'defaultConf: { spark.a: 2 }');

  test("of the preset stands above the cluster's, both above the gateway's", () => {
    const placed = placedBy(snapshot, onMain, { 'spark.a': '0', 'spark.b': '0' });
    expect([placed.launchConf.get('spark.a'), placed.settings.get('spark.b')]).toEqual(['2', '1']);
  });

  test("stands below the client's, whatever the client calls it", () => {
    const placed = placedBy(snapshot, { ...onMain, 'spark.a': '9', b: '8' });
    expect(placed.launchConf.get('spark.a')).toBe('9');
    expect([placed.launchConf.get('b'), placed.launchConf.has('spark.b')]).toEqual(['8', false]);
    expect(placed.notes).toEqual([]);
  });

  test('counts for nothing where the key is fixed', () => {
    const placed = placedBy(
      both('fixedConf: { spark.a: 1 }', 'defaultConf: { spark.a: 2 }'),
      onMain,
    );
    expect(placed.launchConf.get('spark.a')).toBe('1');
  });
});

test('lists of all join, the operator first', () => {
  const snapshot = both(
    'fixedConf: { spark.jars: "/c.jar" }, defaultConf: { spark.jars: "/d.jar" }',
    'fixedConf: { spark.jars: "/p.jar" }, catalogs: [{ kind: delta, jars: image }]',
  );
  const placed = placedBy(snapshot, {
    ...onMain,
    'spark.jars': '/own.jar,/c.jar',
    'spark.sql.extensions': 'my.Ext',
  });
  expect(placed.launchConf.get('spark.jars')).toBe('/c.jar,/p.jar,/own.jar,/d.jar');
  expect(placed.launchConf.get('spark.sql.extensions')).toBe(
    'io.delta.sql.DeltaSparkSessionExtension,my.Ext',
  );
  expect(placed.notes).toEqual([]);
});

test('without cluster and preset everything stays as it was', () => {
  const placed = placedBy(both('', ''), { 'spark.a': '1' }, { 'spark.jars': '/a.jar , /a.jar' });
  expect([...placed.launchConf]).toEqual([
    ['spark.jars', '/a.jar , /a.jar'],
    ['spark.a', '1'],
  ]);
});

describe('two that fix a setting differently are refused, both named:', () => {
  test.each([
    [
      'fixedConf: { spark.a: 1 }',
      'cluster: main, fixedConf: { spark.a: 2 }',
      /: spark\.a is one thing for fixedConf of cluster main and another for fixedConf of preset p\./,
    ],
    [
      '',
      'catalogs: [{ kind: delta }, { kind: unityDelta, name: uc, server: { uri: "https://uc" }, token: "env:T" }]',
      /spark\.sql\.catalog\.spark_catalog is one thing for catalog delta of preset p and another for catalog unityDelta uc of preset p\./,
    ],
    [
      '',
      'sizes: { driver: { cores: 2 } }, fixedConf: { spark.driver.cores: 4 }',
      /spark\.driver\.cores is one thing for sizes of preset p and another for fixedConf of preset p\./,
    ],
    [
      'dynamicAllocation: enforced',
      'cluster: main, sizes: { executor: { min: 2 } }',
      /minExecutors is one thing for dynamicAllocation of cluster main and another for sizes of preset p\./,
    ],
    [
      '',
      'shareLevel: USER, lakeFormation: true',
      /share\.level is one thing for sharing of preset p and another for lakeFormation of preset p\./,
    ],
    [
      'environment: { A: b }',
      'cluster: main, environment: { A: c }',
      /kyuubi\.engineEnv\.A is one thing for environment of cluster main and another/,
    ],
  ])('%s / %s', (cluster, preset, expected) => {
    const message = messageFrom(() => both(cluster, preset));
    expect(message).toMatch(/^clusters\.yaml:2: presets\.p: /);
    expect(message).toMatch(expected);
  });

  test('no value is shown, which may be a secret', () => {
    const message = messageFrom(() =>
      both('fixedConf: { spark.a: hunter2 }', 'cluster: main, fixedConf: { spark.a: hunter3 }'),
    );
    expect(message).not.toMatch(/hunter/);
  });

  test('a preset of no cluster in particular may not fit one of them: its sessions are told', () => {
    const snapshot = both('fixedConf: { spark.a: 1 }', 'fixedConf: { spark.a: 2 }');
    expect(() => snapshot.place(question(onMain))).toThrow(
      /spark\.a is one thing for fixedConf of cluster main/,
    );
    expect(snapshot.place(question({ 'torii.session.preset': 'p' })).placement.preset).toBe('p');
  });
});

test('environment variables are settings of the launch', () => {
  const placed = placedBy(both('environment: { A: 1 }', 'environment: { B: "x y" }'), {
    ...onMain,
    'kyuubi.engineEnv.A': '2',
  });
  expect(placed.launchConf.get('kyuubi.engineEnv.A')).toBe('1');
  expect(placed.launchConf.get('kyuubi.engineEnv.B')).toBe('x y');
});

describe('references', () => {
  const snapshot = both(
    'secrets: { spark.hadoop.plain: "file:/run/secret" }, environment: { DB_PASSWORD: "secretsmanager:db#password" }',
    'fixedConf: { spark.a.token: "file:/run/token", spark.warehouse: "file:/srv/warehouse" }, defaultConf: { spark.d: "ssm:/d", spark.e.secret: "kubernetes:ns/s/k" }',
  );

  test('are known by key', () => {
    const { references } = placedBy(snapshot, onMain);
    expect(Object.fromEntries(references)).toEqual({
      'spark.hadoop.plain': 'file:/run/secret',
      'kyuubi.engineEnv.DB_PASSWORD': 'secretsmanager:db#password',
      'spark.a.token': 'file:/run/token',
      'spark.d': 'ssm:/d',
      'spark.e.secret': 'kubernetes:ns/s/k',
    });
  });

  test('stand unresolved among the settings', () => {
    const { launchConf } = placedBy(snapshot, onMain);
    expect(launchConf.get('spark.a.token')).toBe('file:/run/token');
  });

  test("are never a client's, nor the gateway's defaults'", () => {
    const own = {
      ...onMain,
      'spark.d': 'ssm:/d',
      'spark.own.password': 'file:/etc/shadow',
      'spark.e.secret': 'env:HOME',
    };
    const { references, launchConf } = placedBy(snapshot, own, { 'spark.gw.password': 'env:HOME' });
    expect(launchConf.get('spark.own.password')).toBe('file:/etc/shadow');
    expect([...references.keys()].toSorted()).toEqual([
      'kyuubi.engineEnv.DB_PASSWORD',
      'spark.a.token',
      'spark.hadoop.plain',
    ]);
  });
});

describe('a secret is refused', () => {
  test.each([
    [
      'in the open',
      'fixedConf: { spark.x.password: hunter2 }',
      /spark\.x\.password in fixedConf of preset p holds a secret in the open\. Put it where/,
    ],
    [
      'in the open, in the environment',
      'environment: { AWS_SECRET_ACCESS_KEY: hunter2 }',
      /AWS_SECRET_ACCESS_KEY in environment of preset p holds a secret/,
    ],
    [
      'in the open, as a default',
      'defaultConf: { spark.hadoop.fs.s3a.secret.key: hunter2 }',
      /holds a secret in the open/,
    ],
    [
      'among secrets without a reference',
      'secrets: { spark.x: hunter2 }',
      /spark\.x in secrets of preset p has to be a reference: secretsmanager:/,
    ],
    [
      'by half a reference',
      'fixedConf: { spark.x: "kubernetes:only-one" }',
      /spark\.x in fixedConf of preset p has to be a reference/,
    ],
    [
      'in a list',
      'fixedConf: { spark.jars: "env:JARS" }',
      /spark\.jars in fixedConf of preset p is a list and can not be a reference/,
    ],
  ])('%s', (_, preset, expected) => {
    const message = messageFrom(() => both('', preset));
    expect(message).toMatch(expected);
    expect(message).not.toContain('hunter2');
  });

  test.each([
    'spark.hadoop.fs.s3a.aws.credentials.provider: a.B',
    'spark.x.token: "true"',
    'spark.tokens.max: 5',
  ])('but not %s', (setting) => {
    expect(placedBy(both('', `fixedConf: { ${setting} }`), onMain).references.size).toBe(0);
  });
});

describe('a key that can have no effect is refused:', () => {
  test.each([
    [
      'kyuubi.frontend.thrift.binary.bind.port',
      'is a setting of the whole gateway: it belongs into its own configuration',
    ],
    ['kyuubi.session.cluster', 'has been decided before the file is asked: use a route'],
    ['torii.session.presett', 'is not a setting; did you mean torii.session.preset?'],
    ['torii.nothing.of.the.kind.at.all', 'is not a setting'],
  ])('%s', (key, expected) => {
    expect(messageFrom(() => both(`fixedConf: { ${key}: x }`, ''))).toBe(
      `clusters.yaml:1: clusters.main: ${key} in fixedConf of cluster main ${expected}`,
    );
  });

  test('one key in two spellings', () => {
    expect(messageFrom(() => both('fixedConf: { spark.a: 1, a: 2 }', ''))).toMatch(
      /a in fixedConf of cluster main is there a second time, as spark\.a/,
    );
  });
});

describe('queues of the cluster', () => {
  const yarn =
    'kind: yarn, resourceManagers: ["http://rm:8088"], hadoopConfDir: /etc/hadoop, queues: [etl, bi]';
  const snapshot = snapshotOf(
    `clusters: { main: { ${yarn} } }\npresets: { p: { queue: bi }, any: {} }`,
  );

  test('take an engine', () => {
    expect(placedBy(snapshot, onMain).launchConf.get('spark.yarn.queue')).toBe('bi');
  });

  test.each(['spark.yarn.queue', 'yarn.queue'])(
    'refuse another before the cluster is asked (%s)',
    (key) => {
      const own = {
        'kyuubi.session.cluster': 'main',
        'torii.session.preset': 'any',
        [key]: 'sales',
      };
      expect(() => placedBy(snapshot, own)).toThrow(
        expect.objectContaining({
          code: 'INVALID_ARGUMENT',
          message: `${key} = sales is not a queue of the cluster`,
          hint: 'Its queues are etl, bi.',
        }),
      );
    },
  );
});

describe('Lake Formation', () => {
  const snapshot = both('', 'lakeFormation: true, catalogs: [{ kind: glue }]');

  test('gives each session an engine of its own', () => {
    const placed = placedBy(snapshot, { ...onMain, 'kyuubi.engine.share.level': 'USER' });
    expect(placed.settings.get('kyuubi.engine.share.level')).toBe('CONNECTION');
    expect(placed.notes).toHaveLength(1);
  });

  test.each(['spark.jars', 'spark.jars.packages', 'jars', 'spark.kubernetes.container.image'])(
    'refuses %s of a client',
    (key) => {
      expect(() => placedBy(snapshot, { ...onMain, [key]: 'x' })).toThrow(
        expect.objectContaining({
          code: 'CONFIG_RESTRICTED',
          message: `${key}: the preset p has Lake Formation, which allows no image and no jars of one's own`,
        }),
      );
    },
  );

  test("leaves the gateway's own jars out", () => {
    expect(
      placedBy(snapshot, onMain, { 'spark.jars': '/a.jar' }).launchConf.has('spark.jars'),
    ).toBe(false);
  });

  test.each([
    ['fixedConf: { spark.jars: /a.jar }', 'fixedConf of preset p sets spark.jars'],
    ['catalogs: [{ kind: delta }]', 'catalog delta of preset p sets spark.jars.packages'],
    [
      'defaultConf: { spark.driver.extraClassPath: /a }',
      'defaultConf of preset p sets spark.driver.extraClassPath',
    ],
  ])('has no preset with jars: %s', (preset, expected) => {
    expect(messageFrom(() => both('', `lakeFormation: true, ${preset}`))).toContain(expected);
  });
});
