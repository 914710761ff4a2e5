// A client in a process of its own that reads results raw, told by messages what to do (row-orders.ts).
import { reasonOf } from '../src/core/errors.ts';
import { VoidRun } from './part.ts';
import { type RowAnswer, type RowOrder, rowOrderSchema } from './row-orders.ts';
import { type Reading, RowSession } from './row-session.ts';

const sessions = new Map<string, RowSession>();
let unfinished: Promise<Reading> | undefined;

process.on('message', (message) => {
  carryOut(rowOrderSchema.parse(message))
    .catch((error: unknown): RowAnswer => ({
      kind: 'failed',
      message: reasonOf(error),
      isVoid: error instanceof VoidRun,
    }))
    .then((answer) => process.send?.(answer))
    .catch((error: unknown) => {
      process.stderr.write(`row reader: ${String(error)}\n`);
      process.exit(1);
    });
});
process.on('disconnect', () => process.exit());

async function carryOut(order: RowOrder): Promise<RowAnswer> {
  switch (order.order) {
    case 'open': {
      sessions.set(order.session, await RowSession.open(order.address));
      return { kind: 'done' };
    }
    case 'execute': {
      return { kind: 'executed', ms: await session(order.session).execute(order.statement) };
    }
    case 'read': {
      const { maxRows, again } = order;
      const readings = order.sessions.map((name) => session(name).read(maxRows, again));
      return { kind: 'read', readings: await Promise.all(readings) };
    }
    case 'run': {
      const executeMs = await session(order.session).execute(order.statement);
      return { kind: 'ran', executeMs, ...(await session(order.session).read(order.maxRows)) };
    }
    case 'verify': {
      const { digest, wireBytes } = await session(order.session).verify(order.maxRows);
      return { kind: 'verified', digest: { ...digest, columns: [...digest.columns] }, wireBytes };
    }
    case 'stall': {
      const stalled = session(order.session);
      unfinished = stalled.read(order.maxRows, true);
      unfinished.catch(() => {}); // whoever finishes it is told
      await Promise.race([stalled.connection.stallAfter(order.afterBytes), unfinished]);
      return { kind: 'done' };
    }
    case 'finish': {
      session(order.session).connection.resume();
      if (unfinished === undefined) throw new Error('nothing was stalled');
      return { kind: 'read', readings: [await unfinished] };
    }
    case 'close': {
      for (const name of order.sessions) {
        await session(name).close();
        session(name).connection.end();
        sessions.delete(name);
      }
      return { kind: 'done' };
    }
  }
}

function session(name: string): RowSession {
  const found = sessions.get(name);
  if (found === undefined) throw new Error(`no session ${name}`);
  return found;
}
