/** Splits options as Spark's launcher does: blanks part them, quotes keep them together, a backslash takes the next as it is. */
export function splitOptions(text: string): readonly string[] {
  const options: string[] = [];
  let option: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '\\' && quote !== "'" && at + 1 < text.length) {
      option = (option ?? '') + text.charAt(++at);
    } else if (quote !== undefined) {
      if (char === quote) quote = undefined;
      else option += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      option ??= '';
    } else if (/\s/.test(char)) {
      if (option !== undefined) options.push(option);
      option = undefined;
    } else {
      option = (option ?? '') + char;
    }
  }
  if (option !== undefined) options.push(option);
  return options;
}

/** One option, so that `splitOptions` and Spark's launcher read it back as it was. */
export function quoteOption(option: string): string {
  return /^[\w@%+=:,./-]+$/.test(option) ? option : `"${option.replace(/["\\]/g, '\\$&')}"`;
}
