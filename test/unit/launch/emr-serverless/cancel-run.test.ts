import type { JobRun } from '@aws-sdk/client-emr-serverless';
import { describe, expect, it } from 'vitest';
import { cancelRun } from '../../../../src/launch/emr-serverless/cancel-run.ts';

/** Cancels a run of which EMR says this. */
function cancel(errorName: string | undefined, state?: string): Promise<void> {
  const api = {
    cancel: () =>
      errorName === undefined
        ? Promise.resolve()
        : Promise.reject(Object.assign(new Error('it can not be cancelled'), { name: errorName })),
    run: () => Promise.resolve(state === undefined ? undefined : ({ state } as JobRun)), // what of it is read
  };
  return cancelRun(api, '00f1', '00run', new AbortController().signal);
}

describe('cancelling a run', () => {
  it.each([
    [undefined, 'RUNNING'],
    ['ConflictException', 'CANCELLING'],
    ['ValidationException', 'CANCELLING'],
    ['ConflictException', 'CANCELLED'],
    ['ValidationException', 'SUCCESS'],
    ['ConflictException', undefined],
    ['ResourceNotFoundException', undefined],
  ])('is done for %s of one that is %s', async (errorName, state) => {
    await expect(cancel(errorName, state)).resolves.toBeUndefined();
  });

  it.each([
    ['ConflictException', 'RUNNING'],
    ['ValidationException', 'SCHEDULED'],
    ['InternalServerException', 'CANCELLING'],
  ])('fails for %s of one that is %s', async (errorName, state) => {
    await expect(cancel(errorName, state)).rejects.toMatchObject({ name: errorName });
  });
});
