/** Takes a large reply as it arrives. The chunks together are the frame: `i32 length | message`. */
export interface ReplyRelay {
  /** The reply's first bytes: the length and at least header and status. */
  begin(totalBytes: number, head: Buffer): void;
  /** False: no more until `drained` was called. */
  write(chunk: Buffer, drained: () => void): boolean;
  /** The rest will never come. */
  broken(): void;
}
