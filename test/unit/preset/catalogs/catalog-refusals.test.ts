import { describe, expect, it } from 'vitest';
import { catalogSchema } from '../../../../src/preset/catalogs/catalog.ts';
import { newSecret } from '../../../support/secrets.ts';

const folder = 's3://bucket/warehouse';
const rest = { kind: 'icebergRest', name: 'lake', uri: 'https://catalog.example.com' };
const sidecar = {
  kind: 'hiveMetastore',
  form: 'sidecar',
  image: 'metastore',
  warehouse: folder,
  database: {
    url: 'jdbc:postgresql://db:5432/hive',
    user: 'hive',
    password: 'kubernetes:db/password',
  },
};

/** Path and message of each thing that is wrong. */
function problems(catalog: object): string[] {
  const parsed = catalogSchema.safeParse(catalog);
  return parsed.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}

describe('a catalog is refused', () => {
  it.each([
    ['a kind that there is not', { kind: 'nessie' }, /^kind: .*'icebergRest'/],
    ['a form that there is not', { kind: 'hiveMetastore', form: 'own' }, /^form: .*'sidecar'/],
    ['a key that there is not', { kind: 'glue', acount: '1' }, /Unrecognized key: "acount"/],
    [
      'a name that would be two steps of a key',
      { kind: 'iceberg', name: 'a.b', warehouse: folder },
      /^name: a catalog name has letters/,
    ],
    [
      'a folder that could be anywhere',
      { kind: 'iceberg', name: 'a', warehouse: 'warehouse' },
      /^warehouse: expected the URI of a folder/,
    ],
    [
      'a folder with a password',
      { kind: 'delta', warehouse: 's3a://key:secret@bucket/w' },
      /^warehouse: .*without user and query/,
    ],
    [
      'a folder that would be two values of a list',
      { kind: 'delta', warehouse: 's3a://bucket/a,b' },
      /^warehouse: expected/,
    ],
    [
      'an address with a password',
      { ...rest, uri: 'https://user:word@catalog' },
      /^uri: expected an http or https URL without user/,
    ],
    ['an address of no web service', { ...rest, uri: 'thrift://catalog' }, /^uri: expected/],
    [
      'two ways to log in',
      { ...rest, token: 'env:T', credential: 'env:C' },
      /^: credential, token and sigv4 are three ways to log in/,
    ],
    [
      'a scope of nothing',
      { ...rest, token: 'env:T', scope: 'ALL' },
      /^: oauth2ServerUri and scope/,
    ],
    [
      'a metastore without a port',
      { kind: 'hiveMetastore', form: 'external', uris: ['thrift://host'] },
      /^uris\.0: expected a metastore as thrift:\/\/host:port/,
    ],
    [
      'a database whose address has a password',
      { ...sidecar, database: { ...sidecar.database, url: 'jdbc:postgresql://db/h?password=x' } },
      /^database\.url: .*without user, password and options/,
    ],
    [
      'a password of the pod that the gateway would have to read',
      { ...sidecar, database: { ...sidecar.database, password: 'secretsmanager:hive' } },
      /^database\.password: .*kubernetes:<secret>\/<key>/,
    ],
    [
      'an account that YAML took for a number',
      { kind: 'glue', account: 123 },
      /put it into quotes/,
    ],
    ['an account of eleven digits', { kind: 'glue', account: '12345678901' }, /has 12 digits/],
    ['a jar that is none', { kind: 'delta', jars: ['delta.zip'] }, /^jars/],
  ])('for %s', (_, catalog, words) => {
    expect(problems(catalog).join('\n')).toMatch(words);
  });

  it('for a secret in the open, which the refusal does not repeat', () => {
    const secret = newSecret();
    const server = { workspace: 'https://example.cloud.databricks.com' };
    for (const catalog of [
      { ...rest, token: secret },
      { ...rest, credential: `id:${secret}` },
      { kind: 'unityDelta', name: 'main', server, token: secret },
      { kind: 'unityIceberg', name: 'main', server, token: secret },
      { ...sidecar, database: { ...sidecar.database, password: secret } },
    ]) {
      const said = problems(catalog);
      expect(said).toHaveLength(1);
      expect(said[0]).toMatch(/(token|credential): a secret is named|password: the metastore's/);
      expect(said[0]).not.toContain(secret);
    }
  });
});
