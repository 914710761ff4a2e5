/** After some bytes of a reply: read on (`more`), read on once told (`paused`), it is there, or it is longer than it said. */
export type ReplyProgress = 'more' | 'paused' | 'whole' | 'too-long';

/** A reply whose length is known, on its way in. Its frame begins with that length. */
export interface IncomingReply {
  /** Where the next bytes are to be read into, never empty; undefined once all have come. */
  readonly room: Buffer | undefined;
  /** The whole reply, where it is kept; undefined where it was passed on. */
  readonly frame: Buffer | undefined;
  /** The beginning of the frame, which was read elsewhere: it is copied. */
  begin(bytes: Buffer): ReplyProgress;
  /** So many bytes more were read into `room`. */
  took(length: number): ReplyProgress;
  /** No more will be read, whether it is whole or not. */
  end(): void;
}
