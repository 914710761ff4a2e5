import { expect, it } from 'vitest';
import { majorVersion, sparkOptions } from '../../../../src/launch/local/java-runtime.ts';

it('reads the version of old and new Javas', () => {
  expect(majorVersion('openjdk version "1.8.0_402"')).toBe(8);
  expect(majorVersion('openjdk version "17.0.15" 2025-04-15')).toBe(17);
  expect(majorVersion('openjdk version "21" 2023-09-19')).toBe(21);
  expect(majorVersion('what?')).toBe(0);
});

it("takes Spark's options out of what its launcher prints", () => {
  const printed = ['\0\n/java', '-cp', '/a:/b', '-Xmx1g', '-XX:+X', '--add-opens=a=b', 'org.apache.spark.deploy.SparkSubmit', '--class', 'any', 'any', ''].join('\0'); // prettier-ignore
  expect(sparkOptions(printed)).toEqual(['-XX:+X', '--add-opens=a=b']);
  expect(sparkOptions('Error')).toBeUndefined();
});
