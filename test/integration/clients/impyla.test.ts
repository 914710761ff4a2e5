import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runPython } from '../../support/client-programs.ts';
import { stopAllProcesses } from '../../support/processes.ts';
import { startServer, type TestedServer } from '../../support/server.ts';

let server: TestedServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(async () => {
  await server.stop();
  await stopAllProcesses();
});

const seenByEach = {
  // impyla has no name for what an array is, and gives its text as bytes.
  types: [[true, 1, 4, 0.1, '12.50', 'é', '2024-02-29', "b'[1]'", null]],
  batches: 25_000,
  empty: [],
  description: [['1', 'INT']],
  schemas: [['default']],
  error:
    '[TABLE_OR_VIEW_NOT_FOUND] The table or view `no_such_table` cannot be found. Verify the spelling and correctness of the schema and catalog.',
};

describe('impyla', () => {
  it('works over PLAIN, NOSASL and HTTP on the same port', async () => {
    const seen = await runPython('impyla_client.py', ['127.0.0.1', String(server.port)]);
    expect(seen).toEqual({ plain: seenByEach, noSasl: seenByEach, http: seenByEach });
  });
});
