/** Takes a large reply as it arrives. The chunks together are the frame: `i32 length | message`. */
export interface ReplyRelay {
  /** False: no more until `drained` was called. */
  write(chunk: Buffer, drained: () => void): boolean;
  /** The rest will never come. */
  broken(): void;
}
