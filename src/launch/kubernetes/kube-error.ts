import { ApiException } from '@kubernetes/client-node';
import { z } from 'zod';

/** A call that the API server refused, or to which no answer came. */
export class KubeError extends Error {
  /** HTTP's, undefined where there was no answer. */
  readonly status: number | undefined;
  /** Kubernetes' own word, e.g. `AlreadyExists`. */
  readonly reason: string | undefined;
  /** Fields that it did not like, with what it says of each. */
  readonly fields: readonly string[];
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    facts: {
      readonly status?: number | undefined;
      readonly reason?: string | undefined;
      readonly fields?: readonly string[];
      readonly retryAfterMs?: number | undefined;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, facts.cause === undefined ? {} : { cause: facts.cause });
    this.name = 'KubeError';
    this.status = facts.status;
    this.reason = facts.reason;
    this.fields = facts.fields ?? [];
    this.retryAfterMs = facts.retryAfterMs;
  }
}

const statusSchema = z.object({
  message: z.string().optional(),
  reason: z.string().optional(),
  code: z.number().optional(),
  details: z
    .object({
      causes: z
        .array(z.object({ field: z.string().optional(), message: z.string().optional() }))
        .optional(),
      retryAfterSeconds: z.number().optional(),
    })
    .optional(),
});

/** The client's failure in our words. Its own message holds whole bodies, which may repeat secrets: it goes no further. */
export function toKubeError(thrown: unknown, doing: string): KubeError {
  if (thrown instanceof KubeError) return thrown;
  if (thrown instanceof ApiException) {
    return ofStatus(thrown.body as unknown, thrown.code, doing, thrown.headers['retry-after']);
  }
  return new KubeError(`${doing}: the API server did not answer: ${causeOf(thrown)}`, {
    cause: thrown,
  });
}

/** Of a `Status` object, as refusals and a watch's `ERROR` events carry one. */
export function ofStatus(
  body: unknown,
  httpStatus: number | undefined,
  doing: string,
  retryAfterSeconds?: string,
): KubeError {
  const parsed = statusSchema.safeParse(asJson(body));
  const said = parsed.success ? parsed.data : {};
  const status = httpStatus ?? said.code;
  const seconds = Number(retryAfterSeconds ?? said.details?.retryAfterSeconds ?? Number.NaN);
  const text = said.message ?? said.reason ?? 'no reason given';
  return new KubeError(`${doing}: ${text}${status === undefined ? '' : ` (HTTP ${status})`}`, {
    status,
    reason: said.reason,
    fields: (said.details?.causes ?? []).map(({ field = '?', message = '' }) =>
      `${field}: ${message}`.trim(),
    ),
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : undefined,
  });
}

function asJson(body: unknown): unknown {
  if (typeof body !== 'string') return body;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return { message: body.slice(0, 500) };
  }
}

/** fetch says no more than "fetch failed"; what went wrong is its cause. */
function causeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause instanceof Error ? causeOf(thrown.cause) : thrown.message;
}
