import { expect, test } from 'vitest';
import { redactSettings, redactText, redacted, secretsOf } from '../../../src/config/redaction.ts';

const pattern = /secret|password|token|access[.]key/i;
const settings = new Map([
  ['spark.hadoop.fs.s3a.access.key', 'AKIA123'],
  ['kyuubi.ha.zookeeper.auth.digest', 'torii:pw12'],
  ['spark.x', '1'],
]);

test('values of secret keys are hidden, by the pattern or by the entry', () => {
  expect([...redactSettings(settings, pattern).values()]).toEqual([redacted, redacted, '1']);
});

test('known secrets and values of secret keys are taken out of free text', () => {
  const line = 'spark-submit --conf my.password="a b" --conf spark.x=1 AKIA123 for torii:pw12';
  expect(redactText(line, secretsOf(settings, pattern), pattern)).toBe(
    `spark-submit --conf my.password=${redacted} --conf spark.x=1 ${redacted} for ${redacted}`,
  );
});
