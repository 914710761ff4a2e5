/** Room for what stands before the rows of a FetchResults reply. */
export const relayHeadBytes = 256;

/**
 * Takes a large reply as it arrives. The chunks together are the frame: `i32 length | message`; the first has
 * `relayHeadBytes` at least.
 */
export interface ReplyRelay {
  /**
   * True: the chunk's memory is free again. False: it is in use until `written` is called, and no other chunk may come before.
   * `written` is called later than the return, once, whether the client took the bytes or has left.
   */
  write(chunk: Buffer, written: () => void): boolean;
  /** The rest will never come. */
  broken(): void;
}
