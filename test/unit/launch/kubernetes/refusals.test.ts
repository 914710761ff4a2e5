import { ApiException } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { ofStatus, toKubeError } from '../../../../src/launch/kubernetes/kube-error.ts';
import { submitTrouble } from '../../../../src/launch/kubernetes/submit-trouble.ts';

const refusal = (code: number, message: string, more: object = {}): ApiException<string> =>
  new ApiException(code, 'x', JSON.stringify({ kind: 'Status', message, ...more }), {});

describe('a refusal', () => {
  it.each([
    [
      403,
      'pods "t" is forbidden: User "u" cannot create resource "pods"',
      'refused',
      /service account of the gateway/,
    ],
    [403, 'pods "t" is forbidden: exceeded quota: q, requested: pods=1', 'busy', /quota/],
    [
      403,
      'pods "t" is forbidden: failed quota: q: must specify limits.cpu',
      'refused',
      /limit.cores/,
    ],
    [
      403,
      'pods "t" is forbidden: violates PodSecurity "restricted:latest"',
      'refused',
      /securityContext/,
    ],
    [403, 'maximum memory usage per Container is 1Gi, but limit is 2Gi', 'refused', /LimitRange/],
    [
      403,
      'unable to create new content in namespace n because it is being terminated',
      'refused',
      /being deleted/,
    ],
    [
      403,
      'error looking up service account n/spark: serviceaccount "spark" not found',
      'refused',
      /serviceAccount/,
    ],
    [401, 'Unauthorized', 'refused', /credentials/],
    [404, 'namespaces "n" not found', 'refused', /namespace/],
    [404, 'the server could not find the requested resource', 'refused', /Spark operator/],
    [409, 'Operation cannot be fulfilled on resourcequotas "q"', 'busy', /^$/],
    [429, 'too many requests', 'busy', /^$/],
    [503, 'unavailable', 'busy', /^$/],
    [400, 'unknown field "spec.x"', 'refused', /pod template/],
    [422, 'Pod "t" is invalid', 'refused', /pod template/],
    [500, 'internal', 'unclear', /^$/],
    [504, 'timeout', 'unclear', /^$/],
  ])('%s "%s" is %s', (code, message, trouble, hint) => {
    const error = submitTrouble(toKubeError(refusal(code, message), 'make the pod'));
    expect(error.trouble).toBe(trouble);
    expect(error.message).toBe(`make the pod: ${message} (HTTP ${code})`);
    expect(error.hint ?? '').toMatch(hint);
  });

  it('names the fields that are wrong', () => {
    const causes = [{ field: 'spec.containers[0].image', message: 'Required value' }];
    const error = toKubeError(refusal(422, 'invalid', { details: { causes } }), 'make the pod');
    expect(submitTrouble(error).message).toContain(
      'fields: spec.containers[0].image: Required value',
    );
  });

  it('says when to come again, by its header or its body', () => {
    const byHeader = new ApiException(429, 'x', '{}', { 'retry-after': '4' });
    expect(submitTrouble(toKubeError(byHeader, 'd')).retryAfterMs).toBe(4000);
    expect(
      ofStatus({ code: 429, details: { retryAfterSeconds: 2 } }, undefined, 'd'),
    ).toMatchObject({
      status: 429,
      retryAfterMs: 2000,
    });
  });

  it('that is no answer at all leaves it open, and tells the innermost cause', () => {
    const cause = new Error('connect ECONNREFUSED 127.0.0.1:1');
    const error = submitTrouble(toKubeError(new TypeError('fetch failed', { cause }), 'd'));
    expect(error).toMatchObject({
      trouble: 'unclear',
      message: 'd: the API server did not answer: connect ECONNREFUSED 127.0.0.1:1',
    });
  });
});
