import { expect, it } from 'vitest';
import { fromArguments } from '../../../../src/launch/local/process-table.ts';

it('finds the tag and the log on a command line', () => {
  const args = ['java', '--conf', 'spark.kyuubi.ha.engine.ref.id=a-1', '--conf', 'spark.kyuubi.engine.engineLog.path=/w/a/l.0']; // prettier-ignore
  expect(fromArguments(7, args)).toEqual({ pid: 7, tag: 'a-1', logPath: '/w/a/l.0' });
});

it('takes nobody for an engine who only speaks of one', () => {
  expect(fromArguments(7, ['grep', 'x spark.kyuubi.ha.engine.ref.id=a-1'])).toBeUndefined();
});
