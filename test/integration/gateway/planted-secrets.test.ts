import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startGateway } from '../../support/gateway.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import { meantToLeak } from '../../support/secret-search.ts';
import { newSecret } from '../../support/secrets.ts';

test('a secret that is put where anybody may read it fails the test when its gateway stops', async () => {
  const gateway = await startGateway({ conf: { 'spark.my.label': newSecret() } });
  const client = await connectHs2({ port: gateway.port, user: 'alice', password: newSecret() });
  const session = await client.openSession();
  expect((await session.run('select 1', { async: true })).rows).toEqual([[1]]);
  const remark = newSecret();
  await session.run(`create table remarks using csv as select '${remark}' as text`, {
    async: true,
  });
  const failure: unknown = await meantToLeak(() => gateway.stop()).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const text = String(failure);
  expect(text).toContain('a command line:1 (plain)');
  expect(text).toMatch(new RegExp(`${join(gateway.dir, 'warehouse')}/remarks/[^:]*:1 `));
  expect(text).not.toContain(remark);
});
