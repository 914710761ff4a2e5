/** The length and the message in one buffer: one write of a copy is cheaper than a gathered write of two. */
export function framed(message: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(4 + message.length);
  frame.writeInt32BE(message.length, 0);
  message.copy(frame, 4);
  return frame;
}
