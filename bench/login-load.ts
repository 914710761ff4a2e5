import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { reasonOf } from '../src/core/errors.ts';
import { ChildProgram } from './child-program.ts';
import { RawConnection } from './raw-connection.ts';
import { checkInfo, getInfoFrame, type RawSession } from './raw-session.ts';

const userSchema = z.object({ uid: z.string(), password: z.string() });
export type LoginUser = z.infer<typeof userSchema>;

const timeSchema = z.object({
  ms: z.number(),
  /** Missing where it was let in. */
  refusal: z.string().exactOptional(),
});
/** One login from its first byte to its answer. */
export type LoginTime = z.infer<typeof timeSchema>;

/** What the program of logins is told. */
export const loginOrderSchema = z.object({
  port: z.number(),
  users: z.array(userSchema),
  /** Missing: each user once, all at the same time. */
  repeated: z.object({ durationMs: z.number(), clients: z.number() }).exactOptional(),
});
export type LoginOrder = z.infer<typeof loginOrderSchema>;

/** A process that logs in: what it takes to do so holds up nobody else. */
export class LoginLoad {
  readonly #child = new ChildProgram('login-load-program.ts', []);

  async run(order: LoginOrder): Promise<readonly LoginTime[]> {
    this.#child.tell(order);
    return z.array(timeSchema).parse(await this.#child.next());
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }
}

/** Carries out what the program was told. */
export function logIn({ port, users, repeated }: LoginOrder): Promise<LoginTime[]> {
  if (repeated === undefined) return Promise.all(users.map((user) => timedLogin(port, user)));
  return loginsFor(repeated.durationMs, repeated.clients, port, users);
}

const pauseMs = 10;

/** A connection that logs in and leaves. Throws nothing: whatever ends the login is its refusal. */
export async function timedLogin(port: number, user: LoginUser): Promise<LoginTime> {
  const startMs = performance.now();
  try {
    const connection = await RawConnection.open({ port, user: user.uid, password: user.password });
    const ms = performance.now() - startMs;
    connection.end();
    return { ms };
  } catch (failure) {
    const refusal = reasonOf(failure);
    return { ms: performance.now() - startMs, refusal };
  }
}

/** By several clients at once, one after the other each, until the time is over. */
async function loginsFor(
  durationMs: number,
  clients: number,
  port: number,
  users: readonly LoginUser[],
): Promise<LoginTime[]> {
  const times: LoginTime[] = [];
  const until = performance.now() + durationMs;
  const serve = async (client: number): Promise<void> => {
    for (let at = client; performance.now() < until; at += clients) {
      const user = users[at % users.length];
      if (user !== undefined) times.push(await timedLogin(port, user));
      await sleep(pauseMs);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, client) => serve(client)));
  return times;
}

/** Milliseconds that each call of an open session took while something else went on. Throws for a wrong answer. */
export async function callsMeanwhile<T>(
  session: RawSession,
  work: Promise<T>,
): Promise<{ readonly result: T; readonly callMs: readonly number[] }> {
  const frame = getInfoFrame(session);
  const callMs: number[] = [];
  let isOver = false;
  const over = work.finally(() => (isOver = true));
  over.catch(() => {}); // awaited below
  while (!isOver) {
    const startMs = performance.now();
    checkInfo(await session.connection.exchange(frame));
    callMs.push(performance.now() - startMs);
    await sleep(pauseMs);
  }
  return { result: await over, callMs };
}
