import { describe, expect, it } from 'vitest';
import { isUnreachable, SubmitOutput } from '../../../../src/launch/yarn/submit-output.ts';

function outputOf(...lines: readonly string[]): SubmitOutput {
  const output = new SubmitOutput();
  for (const line of lines) output.add(line);
  return output;
}

describe("a submission's output", () => {
  it('tells the application that YARN has taken, not the one that is on its way', () => {
    const begun = 'INFO Client: Submitting application application_1_0002 to ResourceManager';
    const done = 'INFO YarnClientImpl: Submitted application application_1_0002';
    expect(outputOf(begun).applicationId).toBeUndefined();
    expect(outputOf(begun, done).applicationId).toBe('application_1_0002');
  });

  it.each([
    [
      'Exception in thread "main" org.apache.hadoop.yarn.exceptions.YarnException: Failed to submit application_1_0004 to YARN : Application application_1_0004 submitted by user root to unknown queue: nope',
      'Application application_1_0004 submitted by user root to unknown queue: nope',
    ],
    [
      'Exception in thread "main" java.lang.IllegalArgumentException: Required AM memory (20480+2048 MB) is above the max threshold (8192 MB) of this cluster!',
      'Required AM memory (20480+2048 MB) is above the max threshold (8192 MB) of this cluster!',
    ],
    ['Error: Missing application resource.', 'Missing application resource.'],
    [
      'ERROR: org.apache.hadoop.security.authorize.AuthorizationException: User: torii is not allowed to impersonate alice',
      'User: torii is not allowed to impersonate alice',
    ],
    ['something else', 'something else'],
  ])('of %j says why: %s', (line, failure) => {
    expect(outputOf(line, '\tat org.apache.x').failure.split('\n')[0]).toBe(failure);
  });

  it('tells a cluster that is away from one that says no', () => {
    expect(isUnreachable('Call From gw/10.0.0.1 to rm1:8032 failed on connection exception')).toBe(
      true,
    );
    expect(isUnreachable('Operation category READ is not supported: StandbyException')).toBe(true);
    expect(isUnreachable('submitted by user root to unknown queue: nope')).toBe(false);
  });
});
