import { describe, expect, test } from 'vitest';
import { ConnectionPool } from '../../../../src/auth/ldap/connection-pool.ts';
import { LdapTrouble } from '../../../../src/auth/ldap/ldap-trouble.ts';

class FakeConnection {
  isOpen = true;
  close(): void {
    this.isOpen = false;
  }
}

const never = new AbortController().signal;

function poolOf(limit: number): {
  readonly pool: ConnectionPool<FakeConnection>;
  readonly opened: FakeConnection[];
} {
  const opened: FakeConnection[] = [];
  const pool = new ConnectionPool<FakeConnection>(limit, () => {
    const connection = new FakeConnection();
    opened.push(connection);
    return Promise.resolve(connection);
  });
  return { pool, opened };
}

describe('a pool of connections', () => {
  test('hands out the kept ones before it opens another, and never more than its limit at once', async () => {
    const { pool, opened } = poolOf(3);
    let inUse = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inUse += 1;
      most = Math.max(most, inUse);
      await Promise.resolve();
      inUse -= 1;
    };
    await Promise.all(Array.from({ length: 20 }, () => pool.use(work, never)));
    expect([most, opened.length]).toEqual([3, 3]);
  });

  test('serves who waits in the order of their coming, and forgets who left', async () => {
    const { pool } = poolOf(1);
    const served: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = pool.use(() => gate.promise, never);
    const leaver = new AbortController();
    const waiting = ['a', 'b', 'c'].map((name) =>
      pool.use(() => Promise.resolve(served.push(name)), name === 'b' ? leaver.signal : never),
    );
    const left = new Error('left');
    leaver.abort(left);
    await expect(waiting[1]).rejects.toBe(left);
    gate.resolve();
    await Promise.all([first, waiting[0], waiting[2]]);
    expect(served).toEqual(['a', 'c']);
  });

  test('does not keep one that was closed in use, nor hand out one that was closed when kept', async () => {
    const { pool, opened } = poolOf(1);
    await pool.use((connection) => Promise.resolve(connection.close()), never);
    await pool.use(() => Promise.resolve(), never);
    opened[1]?.close();
    const third = await pool.use((connection) => Promise.resolve(connection), never);
    expect(opened.indexOf(third)).toBe(2);
  });

  test('does the work again on a new one when a kept one turns out to be lost, once', async () => {
    const { pool, opened } = poolOf(2);
    await Promise.all([1, 2].map(() => pool.use(() => Promise.resolve(), never)));
    const seen: FakeConnection[] = [];
    const lost = new LdapTrouble('lost', 'gone');
    const result = pool.use((connection) => {
      seen.push(connection);
      connection.close();
      return Promise.reject(lost);
    }, never);
    await expect(result).rejects.toBe(lost);
    expect(seen).toEqual([opened[1], opened[2]]);
    expect(opened[0]?.isOpen).toBe(false);
  });

  test('does not do it again for any other failure', async () => {
    const { pool } = poolOf(1);
    await pool.use(() => Promise.resolve(), never);
    const slow = new LdapTrouble('slow', 'no answer');
    let rounds = 0;
    const work = (): Promise<void> => {
      rounds += 1;
      return Promise.reject(slow);
    };
    await expect(pool.use(work, never)).rejects.toBe(slow);
    expect(rounds).toBe(1);
  });

  test('turns those away who wait behind a time-out', async () => {
    const { pool, opened } = poolOf(1);
    const slow = new LdapTrouble('slow', 'no answer');
    const uses = [slow, undefined, undefined].map((trouble) =>
      pool.use(() => (trouble === undefined ? Promise.resolve() : Promise.reject(trouble)), never),
    );
    for (const use of uses) await expect(use).rejects.toBe(slow);
    await pool.use(() => Promise.resolve(), never);
    expect(opened).toHaveLength(1);
  });

  test('closes all of them at its stop, and hands out none afterwards', async () => {
    const { pool, opened } = poolOf(2);
    const gate = Promise.withResolvers<void>();
    await pool.use(() => Promise.resolve(), never);
    const busy = [1, 2].map(() => pool.use(() => gate.promise, never));
    await Promise.resolve();
    pool.stop();
    gate.resolve();
    await Promise.all(busy.map((each) => each.catch(() => 'stopped')));
    expect(opened.every(({ isOpen }) => !isOpen)).toBe(true);
    await expect(pool.use(() => Promise.resolve(), never)).rejects.toThrow('stopping');
  });
});
