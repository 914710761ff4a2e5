import { expect, it } from 'vitest';
import { secretSettings } from '../../../src/launch/setting-places.ts';

it('a variable that a secret setting brings is secret wherever it goes, whatever it is called', () => {
  const isSecret = secretSettings(/$^/, new Set(['kyuubi.engineEnv.DB_URL', 'spark.my.setting']));
  for (const key of [
    'DB_URL',
    'kyuubi.engineEnv.DB_URL',
    'spark.kyuubi.engineEnv.DB_URL',
    'spark.yarn.appMasterEnv.DB_URL',
    'spark.kubernetes.driverEnv.DB_URL',
    'spark.emr-serverless.driverEnv.DB_URL',
    'spark.executorEnv.DB_URL',
    'spark.my.setting',
  ]) {
    expect([key, isSecret(key)]).toEqual([key, true]);
  }
  for (const key of ['DB_NAME', 'spark.executorEnv.DB_NAME', 'spark.sql.DB_URL', 'my.setting']) {
    expect([key, isSecret(key)]).toEqual([key, false]);
  }
});
