import { describe, expect, it } from 'vitest';
import { messageFrom, placedBy, question, snapshotOf } from '../../support/clusters-text.ts';

const role = (name: string): string => `arn:aws:iam::111122223333:role/${name}`;

const file = `
clusters:
  emr:
    kind: emr-serverless
    region: eu-central-1
    applications: [00fapplication1, 00fapplication2]
    engineJar: s3://jars/torii-spark-engine.jar
    secretsKmsKey: alias/torii
    allowedExecutionRoles: ['${role('own')}']
    roles:
      phi: { groups: [analysts], presets: [phi], executionRole: '${role('phi')}' }
      admin: { users: [root], executionRole: '${role('admin')}' }
      reader: { groups: [analysts], executionRole: '${role('reader')}' }
  open:
    kind: emr-serverless
    region: eu-central-1
    applications: [00fapplication3]
    engineJar: s3://jars/torii-spark-engine.jar
    secretsKmsKey: alias/torii
    executionRole: '${role('everybody')}'
  bare:
    kind: emr-serverless
    region: eu-central-1
    applications: [00fapplication4]
    engineJar: s3://jars/torii-spark-engine.jar
    secretsKmsKey: alias/torii
  steps:
    kind: emr-ec2
    region: eu-central-1
    cluster: j-1ABCDEFGHIJKL
    engineJar: s3://jars/torii-spark-engine.jar
    allowedExecutionRoles: ['${role('own')}']
    roles:
      reader: { groups: [analysts], executionRole: '${role('reader')}' }
      node: { users: [root] }
  eks:
    kind: emr-eks
    region: eu-central-1
    virtualCluster: vc0123456789
    releaseLabel: emr-7.10.0-latest
    engineJar: s3://jars/torii-spark-engine.jar
    allowedExecutionRoles: ['${role('own')}']
    executionRole: '${role('everybody')}'
  plain: { kind: local }
presets:
  phi: { cluster: emr }
`;
const snapshot = snapshotOf(file);
const on = (cluster: string, more: Readonly<Record<string, string>> = {}) => ({
  'kyuubi.session.cluster': cluster,
  ...more,
});
const asked = (name: string) => ({ 'torii.session.execution.role': role(name) });
const setting = 'spark.emr.execution.role';

describe('the IAM role of an engine', () => {
  it("is that of the user's role on the cluster, by user, group and preset", () => {
    const held = (own: Readonly<Record<string, string>>) =>
      placedBy(snapshot, own).launchConf.get(setting);
    expect(held(on('emr'))).toBe(role('reader'));
    expect(held(on('emr', { 'torii.session.preset': 'phi' }))).toBe(role('phi'));
    expect(held(on('open'))).toBe(role('everybody'));
    expect(held(on('steps'))).toBe(role('reader'));
    expect(held(on('steps', asked('own')))).toBe(role('own'));
    const node = snapshot.place(question(on('steps'), { user: 'root', groups: [] }));
    expect(node.rules.fixed.get(setting)?.value).toBe('');
    expect(held(on('eks'))).toBe(role('everybody'));
    expect(held(on('eks', asked('own')))).toBe(role('own'));
    const root = snapshot.place(question(on('emr'), { user: 'root', groups: [] }));
    expect(root.rules.fixed.get(setting)?.value).toBe(role('admin'));
  });

  it('is not had without a role, and nobody can name one by the setting itself', () => {
    expect(messageFrom(() => snapshot.place(question(on('emr'), { groups: ['others'] })))).toBe(
      'alice has no role on the cluster emr',
    );
    const { launchConf, ignored } = placedBy(snapshot, on('bare', { [setting]: role('admin') }));
    expect(launchConf.get(setting)).toBe('');
    expect(ignored.has(setting)).toBe(true);
    const short = placedBy(snapshot, on('open', { 'emr.execution.role': role('admin') }));
    expect(short.launchConf.get(setting)).toBe(role('everybody'));
    expect([...short.launchConf.values()]).not.toContain(role('admin'));
  });

  it('may be asked for by a session where the cluster allows it, and is another engine then', () => {
    const own = placedBy(snapshot, on('emr', asked('own')));
    expect(own.launchConf.get(setting)).toBe(role('own'));
    const place = (more: Readonly<Record<string, string>>) =>
      snapshot.place(question(on('emr', more))).placement.keySuffix;
    expect(place(asked('own'))).not.toBe(place({}));
    const refusal = (cluster: string, name: string) =>
      messageFrom(() => snapshot.place(question(on(cluster, asked(name)))));
    expect(refusal('emr', 'admin')).toBe(
      `torii.session.execution.role = ${role('admin')} is not allowed on the cluster emr`,
    );
    expect(refusal('open', 'everybody')).toMatch(/is not allowed on the cluster open/);
    expect(refusal('eks', 'admin')).toMatch(/is not allowed on the cluster eks/);
    expect(refusal('plain', 'own')).toBe(
      'torii.session.execution.role: engines of the cluster plain have no IAM role',
    );
  });

  it('is part of the key by which engines are shared', () => {
    const key = (user: string, groups: readonly string[], preset?: string) =>
      snapshot.place(
        question(on('emr', preset === undefined ? {} : { 'torii.session.preset': preset }), {
          user,
          groups,
        }),
      ).placement.keySuffix;
    expect(key('alice', ['analysts'])).toBe(key('bob', ['analysts']));
    expect(key('alice', ['analysts'])).not.toBe(key('root', []));
    expect(key('alice', ['analysts'], 'phi')).not.toBe(key('alice', ['analysts']));
  });
});
