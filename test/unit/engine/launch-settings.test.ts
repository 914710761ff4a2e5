import { describe, expect, it } from 'vitest';
import { launchSettings, settingDifferences } from '../../../src/engine/launch-settings.ts';
import { newSecret } from '../../support/secrets.ts';

const password = newSecret();

const isSecret = (key: string): boolean => key.includes('password');

describe('settingDifferences', () => {
  const running = launchSettings(
    new Map([
      ['spark.executor.memory', '2g'],
      ['spark.sql.shuffle.partitions', '7'],
      ['spark.ssl.keyPassword.password', password],
      ['kyuubi.engine.share.level', 'USER'],
    ]),
    isSecret,
  );

  it('keeps launch settings only, secrets as digests', () => {
    expect(Object.keys(running)).toEqual([
      'spark.executor.memory',
      'spark.ssl.keyPassword.password',
    ]);
    expect(JSON.stringify(running)).not.toContain(password);
  });

  it('tells key by key what the engine was not started with', () => {
    const asked = new Map([
      ['spark.executor.memory', '4g'],
      ['spark.executor.cores', '8'],
      ['spark.sql.shuffle.partitions', '9'],
      ['spark.sql.extensions', 'x.Y'],
    ]);
    expect(settingDifferences(asked, running, isSecret)).toEqual([
      { key: 'spark.executor.memory', asked: '4g', running: '2g' },
      { key: 'spark.executor.cores', asked: '8', running: undefined },
      { key: 'spark.sql.extensions', asked: 'x.Y', running: undefined },
    ]);
  });

  it('compares secrets without showing them', () => {
    const key = 'spark.ssl.keyPassword.password';
    expect(settingDifferences(new Map([[key, password]]), running, isSecret)).toEqual([]);
    const [other] = settingDifferences(new Map([[key, 'other']]), running, isSecret);
    expect(other).toEqual({ key, asked: '(secret)', running: '(another secret)' });
  });
});
