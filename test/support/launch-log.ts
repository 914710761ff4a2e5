import { setTimeout as sleep } from 'node:timers/promises';
import type { Hs2Session } from './hs2-client.ts';

/** What a session's first statement is told while it waits for the engine. */
export async function launchLogOf(session: Hs2Session): Promise<string> {
  const operation = await session.execute('select 1', { async: true });
  const lines: string[] = [];
  let isOver = false;
  const finished = operation.finish().finally(() => {
    isOver = true;
  });
  finished.catch(() => {}); // thrown below
  while (!isOver) {
    lines.push(...(await operation.fetchLog()));
    await sleep(50);
  }
  await finished;
  await operation.close();
  return lines.join('\n');
}
