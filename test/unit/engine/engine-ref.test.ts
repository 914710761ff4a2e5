import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/core/errors.ts';
import {
  engineName,
  engineRef,
  engineRoots,
  poolCounterPath,
} from '../../../src/engine/engine-ref.ts';
import type { ShareLevel } from '../../../src/engine/engine-ref.ts';
import { newRefInput } from '../../support/ref-input.ts';

const alice = newRefInput();

describe('engineRef', () => {
  it.each([
    ['CONNECTION', '/kyuubi_1_CONNECTION_SPARK_SQL/alice/session-a'],
    ['USER', '/kyuubi_1_USER_SPARK_SQL/alice/default'],
    ['GROUP', '/kyuubi_1_GROUP_SPARK_SQL/analysts/default'],
    ['SERVER', '/kyuubi_1_SERVER_SPARK_SQL/gateway/default'],
  ] as const)('puts a %s engine at %s', (shareLevel, space) => {
    expect(engineRef({ ...alice, shareLevel }).paths.space).toBe(space);
  });

  it('names lock and intent beside the space', () => {
    expect(engineRef({ ...alice, subdomain: 'ETL' }).paths).toEqual({
      space: '/kyuubi_1_USER_SPARK_SQL/alice/etl',
      lock: '/kyuubi_1_USER_SPARK_SQL_lock/alice/etl',
      intent: '/kyuubi_1_USER_SPARK_SQL_intent/alice/etl',
      draining: '/kyuubi_1_USER_SPARK_SQL_draining',
    });
  });

  it('sets engines of a cluster, preset or role apart by the end of the leaf', () => {
    const placed = { ...alice, subdomain: 'ETL', placeSuffix: '0123456789ab' };
    expect(engineRef(placed).leaf).toBe('etl--0123456789ab');
    expect(engineRef({ ...placed, shareLevel: 'CONNECTION' }).leaf).toBe(alice.sessionId);
  });

  it('knows the roots of all share levels', () => {
    expect(engineRoots({ namespace: '/kyuubi', spaceVersion: '1' })).toEqual([
      '/kyuubi_1_CONNECTION_SPARK_SQL',
      '/kyuubi_1_USER_SPARK_SQL',
      '/kyuubi_1_GROUP_SPARK_SQL',
      '/kyuubi_1_SERVER_SPARK_SQL',
    ]);
  });

  const others = {
    'the same user again': { sessionId: 'session-b' },
    'another user of the group': { sessionId: 'session-b', user: 'bob' },
    'a user of another group': { sessionId: 'session-b', user: 'carol', group: 'finance' },
    'the same user in another subdomain': { sessionId: 'session-b', subdomain: 'etl' },
  };
  const shares: Record<ShareLevel, Record<keyof typeof others, boolean>> = {
    CONNECTION: {
      'the same user again': false,
      'another user of the group': false,
      'a user of another group': false,
      'the same user in another subdomain': false,
    },
    USER: {
      'the same user again': true,
      'another user of the group': false,
      'a user of another group': false,
      'the same user in another subdomain': false,
    },
    GROUP: {
      'the same user again': true,
      'another user of the group': true,
      'a user of another group': false,
      'the same user in another subdomain': false,
    },
    SERVER: {
      'the same user again': true,
      'another user of the group': true,
      'a user of another group': true,
      'the same user in another subdomain': false,
    },
  };
  const table = Object.entries(shares).flatMap(([level, row]) =>
    Object.entries(row).map(([who, shared]) => ({ level, who, shared })),
  );
  it.each(table)('$level: $who shares the engine: $shared', ({ level, who, shared }) => {
    const shareLevel = level as ShareLevel; // the table's keys are the levels
    const ours = engineRef({ ...alice, shareLevel });
    const theirs = engineRef({ ...alice, shareLevel, ...others[who as keyof typeof others] }); // likewise
    expect(ours.paths.space === theirs.paths.space).toBe(shared);
  });

  it('runs an engine as its user, or as the gateway where it may not act for users', () => {
    expect(engineRef(alice).appUser).toBe('alice');
    expect(engineRef({ ...alice, doAs: false }).appUser).toBe('gateway');
  });

  it.each(['a/b', '..', '.', '', 'a\u0000b', 'a\nb', '\ud800', 'x'.repeat(201)])(
    'refuses the subdomain %j, which is no path segment',
    (subdomain) => {
      expect(() => engineRef({ ...alice, subdomain })).toThrow(GatewayError);
    },
  );

  it('never makes one space of two keys, and never leaves its root', () => {
    const segment = fc.string({
      minLength: 1,
      maxLength: 8,
      unit: fc.constantFrom('a', 'b', '/', '.', '_', 'A'),
    });
    fc.assert(
      fc.property(segment, segment, segment, segment, (user, sub, otherUser, otherSub) => {
        const space = (name: string, subdomain: string): string | undefined => {
          try {
            return engineRef({ ...alice, user: name, subdomain }).paths.space;
          } catch {
            return undefined;
          }
        };
        const first = space(user, sub);
        const second = space(otherUser, otherSub);
        if (first === undefined || second === undefined) return;
        expect(first === second).toBe(
          user === otherUser && sub.toLowerCase() === otherSub.toLowerCase(),
        );
        expect(first.split('/')).toHaveLength(4);
      }),
    );
  });
});

describe('names', () => {
  it('carry the launch tag', () => {
    expect(engineName(engineRef(alice), 'tag')).toBe('torii_USER_SPARK_SQL_alice_default_tag');
    expect(engineName(engineRef({ ...alice, shareLevel: 'CONNECTION' }), 'tag')).toBe(
      'torii_CONNECTION_SPARK_SQL_alice_tag',
    );
  });

  it('put the pool counter where Kyuubi has it', () => {
    expect(poolCounterPath(alice, 'engine-pool')).toBe(
      '/kyuubi_1_USER_SPARK_SQL_seqNum/alice/engine-pool',
    );
  });
});
