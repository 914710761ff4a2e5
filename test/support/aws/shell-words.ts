/** The words of a text as a POSIX shell splits them, without expansions; throws on a quote that does not end. */
export function shellWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at] ?? '';
    const next = text[at + 1];
    if (quote === "'") {
      if (letter === "'") quote = undefined;
      else word += letter;
    } else if (quote === '"') {
      if (letter === '"') quote = undefined;
      else if (letter === '\\' && next !== undefined && '"\\$`\n'.includes(next)) {
        if (next !== '\n') word += next;
        at += 1;
      } else word += letter;
    } else if (letter === "'" || letter === '"') {
      quote = letter;
      word ??= '';
    } else if (letter === '\\' && next !== undefined) {
      if (next !== '\n') word = (word ?? '') + next;
      at += 1;
    } else if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + letter;
  }
  if (quote !== undefined) throw new Error(`a ${quote} is not closed`);
  if (word !== undefined) words.push(word);
  return words;
}
