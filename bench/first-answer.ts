import { setTimeout as sleep } from 'node:timers/promises';
import { connectHs2, type Hs2Client, type Hs2Session } from '../test/support/hs2-client.ts';
import { requireAnswer } from './part.ts';

/** A new user's way to the last row of a first statement. */
export async function firstAnswer(client: Hs2Client): Promise<Hs2Session> {
  const session = await client.openSession();
  await checkSelectOne(session);
  return session;
}

export async function checkSelectOne(session: Hs2Session): Promise<void> {
  const { rows } = await session.run('select 1');
  requireAnswer(rows.length === 1 && rows[0]?.[0] === 1, 'select 1', rows);
}

const pollMs = 20;

/** A client of a server that is not there yet: it tries again until it gets in. */
export async function connectOnceUp(
  port: number,
  user: string,
  limitMs: number,
): Promise<Hs2Client> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    try {
      return await connectHs2({ port, user });
    } catch (cause) {
      if (performance.now() > deadline) throw new Error(`nobody answers at ${port}`, { cause });
      await sleep(pollMs);
    }
  }
}
