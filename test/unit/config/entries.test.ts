import { describe, expect, test } from 'vitest';
import { readEntry } from '../../../src/config/entry.ts';
import { isKnown, mayBeSetByClient, reachesEngine } from '../../../src/config/key-audience.ts';
import { passedKeys } from '../../../src/config/kyuubi-engine-keys.ts';
import { unusedServerKeys } from '../../../src/config/kyuubi-server-keys.ts';
import { allEntries, entryByKey } from '../../../src/config/topics.ts';

describe('the entries', () => {
  test('have each key once', () => {
    const keys = allEntries.map((one) => one.key);
    expect(keys).toEqual([...new Set(keys)]);
  });

  test('are not listed as unused or merely passed at the same time', () => {
    const twice = [...entryByKey.keys()].filter(
      (key) => unusedServerKeys.has(key) || passedKeys.has(key),
    );
    expect(twice).toEqual([]);
    expect([...unusedServerKeys].filter((key) => passedKeys.has(key))).toEqual([]);
  });

  test.each(allEntries.map((one) => [one.key, one] as const))(
    '%s reads its own default and is documented in a sentence',
    (key, one) => {
      const { defaultText, unset } = one.value;
      const written = new Map(defaultText === undefined ? [] : [[key, defaultText]]);
      expect(readEntry(one, written)).toEqual(unset);
      expect(one.doc).toMatch(/[.]$/);
    },
  );
});

describe('who may set a key and who sees it', () => {
  test.each<[key: string, isKnown: boolean, byClient: boolean, inEngine: boolean]>([
    ['kyuubi.authentication', true, false, false],
    ['kyuubi.authentication.ldap.bindpw', true, false, false],
    ['kyuubi.frontend.thrift.binary.bind.port', true, false, false],
    ['kyuubi.frontend.bind.host', true, false, false],
    ['kyuubi.frontend.thrift.max.message.size', true, false, true],
    ['kyuubi.frontend.something.new', false, false, false],
    ['kyuubi.metadata.store.jdbc.datasource.password', false, false, false],
    ['kyuubi.server.info.provider', true, true, false],
    ['kyuubi.ha.addresses', true, false, true],
    ['kyuubi.ha.something.new', false, false, true],
    ['kyuubi.engine.doAs.enabled', true, false, true],
    ['kyuubi.engine.share.level', true, true, true],
    ['kyuubi.session.engine.idle.timeout', true, true, true],
    ['kyuubi.engine.flink.memory', false, true, false],
    ['kyuubi.engineEnv.FOO', true, true, true],
    ['kyuubi.something.new', false, true, true],
    ['kyuubi.client.version', true, true, true],
    ['kyuubi.session.real.user', true, false, true],
    ['torii.session.max', true, false, false],
    ['torii.engine.port.range', true, false, true],
    ['torii.engine.key', false, false, false],
    ['kyuubi.internal.security.secret.provider.simple.secret', true, false, false],
    ['kyuubi.engine.security.secret.provider.simple.secret', true, false, false],
    ['spark.sql.shuffle.partitions', false, true, true],
    ['foo.bar', false, true, true],
    ['hadoop.proxyuser.hue.users', false, false, false],
    ['hadoop.security.x', false, true, true],
    ['torii.authentication.throttle.user.failures', true, false, false],
  ])('%s', (key, known, byClient, inEngine) => {
    expect([isKnown(key), mayBeSetByClient(key), reachesEngine(key, [])]).toEqual([
      known,
      byClient,
      inEngine,
    ]);
  });

  test('a prefix that the operator keeps for the server reaches no engine', () => {
    expect(reachesEngine('company.secret', ['company.'])).toBe(false);
  });
});
