export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly Cause[];
  readonly retryAfterSeconds?: number;
}

/** What the API calls the kind of thing a request was about: its plural, and its group unless that is the core one. */
export interface Subject {
  readonly plural: string;
  readonly group: string;
  readonly kind: string;
}

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** A refusal, answered as a Status object. */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;

  constructor(code: number, message: string, details?: StatusDetails, reason?: string) {
    super(message);
    this.code = code;
    this.reason = reason ?? reasons[code] ?? '';
    this.details = details;
  }

  toStatus(): Record<string, unknown> {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    };
  }
}

const groupName = ({ plural, group }: Subject) => (group === '' ? plural : `${plural}.${group}`);
const about = ({ plural, group }: Subject, name: string): StatusDetails => ({
  ...(name === '' ? {} : { name }),
  ...(group === '' ? {} : { group }),
  kind: plural,
});

export function notFound(subject: Subject, name: string): ApiError {
  return new ApiError(404, `${groupName(subject)} "${name}" not found`, about(subject, name));
}

export function alreadyExists(subject: Subject, name: string): ApiError {
  const text = `${groupName(subject)} "${name}" already exists`;
  return new ApiError(409, text, about(subject, name), 'AlreadyExists');
}

export function conflict(subject: Subject, name: string, why: string): ApiError {
  const text = `Operation cannot be fulfilled on ${groupName(subject)} "${name}": ${why}`;
  return new ApiError(409, text, about(subject, name));
}

export function forbidden(subject: Subject, name: string, why: string): ApiError {
  const named = name === '' ? '' : ` "${name}"`;
  return new ApiError(
    403,
    `${groupName(subject)}${named} is forbidden: ${why}`,
    about(subject, name),
  );
}

export function invalid(subject: Subject, name: string, causes: readonly Cause[]): ApiError {
  const whole = causes.map(({ field, message }) => `${field}: ${message}`);
  const list = whole.length === 1 ? (whole[0] ?? '') : `[${whole.join(', ')}]`;
  const kind = subject.group === '' ? subject.kind : `${subject.kind}.${subject.group}`;
  return new ApiError(422, `${kind} "${name}" is invalid: ${list}`, {
    ...about(subject, name),
    kind: subject.kind,
    causes,
  });
}

export function expired(message: string): ApiError {
  return new ApiError(410, message);
}

/** Too old a version to watch from or to list on. */
export function tooOld(asked: number, oldest: number): ApiError {
  return expired(`too old resource version: ${asked} (${oldest})`);
}
