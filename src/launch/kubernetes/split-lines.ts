/** A line is cut here: a driver that never ends its line shall not fill our memory. */
const maxLineChars = 64 * 1024;

/** Text in pieces, by lines; the last one need not end in a line feed. */
export async function* splitLines(pieces: AsyncIterable<string>): AsyncIterable<string> {
  let rest = '';
  let isCutting = false;
  for await (const piece of pieces) {
    const parts = (rest + piece).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      // The remainder of a line that was cut.
      if (!isCutting) yield part.endsWith('\r') ? part.slice(0, -1) : part;
      isCutting = false;
    }
    if (rest.length > maxLineChars) {
      if (!isCutting) yield `${rest.slice(0, maxLineChars)}...`;
      isCutting = true;
      rest = '';
    }
  }
  if (rest !== '' && !isCutting) yield rest;
}
