import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { quotedWord, submitParameters } from '../../../../src/launch/aws/submit-parameters.ts';

/** What a real shell makes of a text. */
function shellWords(text: string): string[] {
  const script = `eval "set -- $1"; for word; do printf '%s\\0' "$word"; done`;
  const printed = execFileSync('/bin/sh', ['-c', script, 'sh', text], { encoding: 'utf8' });
  return printed.split('\0').slice(0, -1);
}

/** Java's way: a backslash takes the next letter as it is, within single quotes, too. */
function javaWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] ?? '';
    if (letter === '\\') word = (word ?? '') + (text[++at] ?? '');
    else if (quote !== '' && letter === quote) quote = '';
    else if (quote === '' && (letter === '"' || letter === "'")) {
      quote = letter;
      word ??= '';
    } else if (quote === '' && /\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + letter;
  }
  return word === undefined ? words : [...words, word];
}

const awkward = fc.string({
  unit: fc.constantFrom("'", '"', '\\', '$', '`', ' ', '\n', '\t', '!', '*', '#', ';', 'ä', 'a'),
  maxLength: 12,
});
const anyWord = fc.oneof(awkward, fc.string({ unit: 'grapheme', maxLength: 20 })).filter(
  // Settings refuse NUL, and lone halves of letters are no text.
  (word) => !word.includes('\0') && word.isWellFormed(),
);

it('is read back word by word by a shell, and by readers for which a backslash always escapes', () => {
  fc.assert(
    fc.property(fc.array(anyWord, { minLength: 1, maxLength: 20 }), (words) => {
      const text = words.map(quotedWord).join(' ');
      expect(shellWords(text)).toEqual(words);
      expect(javaWords(text)).toEqual(words);
    }),
    { numRuns: 60 },
  );
});

it('leaves words that need no quotes as they are', () => {
  const settings = new Map([
    ['spark.jars', 's3://bucket/a.jar,s3://bucket/b.jar'],
    ['spark.driver.extraJavaOptions', "-Da='b c' -Dd=\\e"],
  ]);
  expect(submitParameters('io.torii.engine.EngineMain', settings)).toBe(
    '--class io.torii.engine.EngineMain --conf spark.jars=s3://bucket/a.jar,s3://bucket/b.jar ' +
      `--conf 'spark.driver.extraJavaOptions=-Da='"'"'b c'"'"' -Dd='"\\\\"'e'`,
  );
});
