import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { sharedArchives } from '../../support/class-archives.ts';
import { startGateway } from '../../support/gateway.ts';
import { connectHs2 } from '../../support/hs2-client.ts';

// How a gateway has its own made, and leaves out a damaged one, is in test/long.
it("the engines of tests' gateways are given the archive that was made before all tests", async () => {
  const gateway = await startGateway();
  try {
    const session = await (await connectHs2({ port: gateway.port, user: 'alice' })).openSession();
    await session.run('select 1'); // once the engine is up
    const engines = gateway
      .processes()
      .filter(({ commandLine }) => commandLine.includes('io.torii.engine.EngineMain'));
    const mapped = engines.map(({ pid }) => mappedArchives(pid));
    expect(mapped).toEqual([[expect.stringContaining(`${sharedArchives}/`)]]);
    await session.close();
  } finally {
    await gateway.stop();
  }
});

/** The JDK's own archive apart. */
function mappedArchives(pid: number): readonly string[] {
  const paths = readFileSync(`/proc/${pid}/maps`, 'utf8').match(/\/\S+\.jsa$/gm) ?? [];
  return [...new Set(paths)].filter((path) => !path.includes('/lib/server/'));
}
