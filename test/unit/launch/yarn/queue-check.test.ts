import { describe, expect, it } from 'vitest';
import { allowedQueue, queueTrouble } from '../../../../src/launch/yarn/queue-check.ts';
import { schedulerAnswer } from '../../../../src/launch/yarn/rest-schemas.ts';

function rootOf(queues: readonly object[], type = 'capacityScheduler') {
  const schedulerInfo = { type, queueName: 'root', queues: { queue: queues } };
  const root = schedulerAnswer.parse({ scheduler: { schedulerInfo } });
  if (root === undefined) throw new Error('no queues');
  return root;
}

const root = rootOf([
  { queueName: 'default', state: 'RUNNING' },
  { queueName: 'closed', state: 'STOPPED' },
  { queueName: 'teams', queues: { queue: [{ queueName: 'etl', state: 'RUNNING' }] } },
]);

describe('a queue', () => {
  it.each(['default', 'root.default', 'etl', 'root.teams.etl'])('%s is usable', (queue) => {
    expect(queueTrouble(queue, root)).toBeUndefined();
  });

  it.each(['nope', 'teams', 'root.etl'])('%s is not there', (queue) => {
    expect(queueTrouble(queue, root)).toEqual({
      message: `YARN has no queue ${queue} that takes applications`,
      hint: 'Set spark.yarn.queue to one of: default, closed, etl.',
    });
  });

  it('that is closed is named with those that are open', () => {
    expect(queueTrouble('closed', root)).toEqual({
      message: "YARN's queue root.closed is STOPPED and takes no applications",
      hint: 'Wait until it is opened again, or set spark.yarn.queue to one of: default, etl.',
    });
  });

  it('that nobody asked for may be placed elsewhere by a rule of the cluster', () => {
    expect(queueTrouble('default', rootOf([{ queueName: 'etl' }]))).toBeUndefined();
  });

  it('may appear when it is asked for, where queues do so', () => {
    const makes = rootOf([{ queueName: 'users', autoCreationEligibility: 'flexible' }]);
    expect(queueTrouble('users.alice', makes)).toBeUndefined();
    const fixed = rootOf([{ queueName: 'users', autoCreationEligibility: 'off' }]);
    expect(queueTrouble('users.alice', fixed)).toBeDefined();
  });

  it('of another scheduler is left to YARN', () => {
    expect(() => rootOf([], 'fairScheduler')).toThrow('no queues');
  });
});

describe('the queues that a cluster allows', () => {
  it.each([
    ['etl', ['root.teams.etl']],
    ['root.teams.etl', ['etl']],
    ['root.etl', ['etl']],
    ['anything', []],
  ])('take %s where they are %j', (queue, allowed) => {
    expect(allowedQueue(queue, allowed)).toBeUndefined();
  });

  it('refuse all others, and are named', () => {
    expect(allowedQueue('default', ['etl', 'bi'])).toEqual({
      message: 'queue default may not be used on this cluster',
      hint: 'Set spark.yarn.queue to one of: etl, bi.',
    });
  });
});
