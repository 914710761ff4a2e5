/** The cluster is there, and takes no more questions just now. The message says who throttles what. */
export class ThrottledError extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'ThrottledError';
  }
}
