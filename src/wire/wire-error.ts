/** What is wrong with bytes that came in: names the TApplicationException type that answers it. */
export type WireFault = 'truncated' | 'malformed' | 'too-large' | 'missing-field';

/** Bytes that are not a message. Never leaves the connection that sent them. */
export class WireError extends Error {
  readonly fault: WireFault;

  constructor(fault: WireFault, message: string) {
    super(message);
    this.name = 'WireError';
    this.fault = fault;
  }
}
