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
      if (!isCutting) yield shown(part);
      isCutting = false;
    }
    if (rest.length > maxLineChars) {
      if (!isCutting) yield shown(rest);
      isCutting = true;
      rest = '';
    }
  }
  if (rest !== '' && !isCutting) yield shown(rest);
}

function shown(line: string): string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  return text.length > maxLineChars ? `${text.slice(0, maxLineChars)}...` : text;
}
