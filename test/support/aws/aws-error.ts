/** What a service answers in place of a reply: its code, the HTTP status and the text. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export const validation = (message: string) => new AwsError('ValidationException', message);

export const notFound = (message: string, status = 404) =>
  new AwsError('ResourceNotFoundException', message, status);
