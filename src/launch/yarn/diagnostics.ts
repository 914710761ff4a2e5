/** What YARN says of an application, taken apart. */
export interface Diagnostics {
  /** YARN's own sentences, without times and without what stands in all of them. */
  readonly sentences: readonly string[];
  /** The end of the driver's log, where YARN has quoted it. */
  readonly logLines: readonly string[];
  /** Of the driver's container, where one has ended. */
  readonly exitCode: number | undefined;
}

const time =
  /\[(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.,]\d+|\w{3} \w{3} \d\d [\d:]+ [+-]\d{4} \d{4})\]\s*/g;
const logBegin = /^Last \d+ bytes of (\S+) ?:$/;
const logEnd = /^For more detailed output, check|^\.? ?Failing the application/;
/** Said of every failed attempt, and no help to anybody. */
const empty =
  /^(?:Exception from container-launch\.?|Container id: \S+|Exit code: -?\d+|Failing this attempt\.?|N\/A)$/;

export function readDiagnostics(text: string): Diagnostics {
  const sentences: string[] = [];
  const logLines: string[] = [];
  let isInLog = false;
  for (const raw of text.split('\n')) {
    const line = raw.trimEnd();
    if (logBegin.test(line)) {
      isInLog = true;
    } else if (logEnd.test(line)) {
      isInLog = false;
    } else if (isInLog) {
      if (line !== '') logLines.push(line);
    } else {
      const sentence = sentenceOf(line);
      if (sentence !== '' && !sentences.includes(sentence)) sentences.push(sentence);
    }
  }
  const code = /exit ?code:? (-?\d+)/i.exec(text.replaceAll(/\s+/g, ' '))?.[1];
  return { sentences, logLines, exitCode: code === undefined ? undefined : Number(code) };
}

function sentenceOf(line: string): string {
  const told = line
    .replaceAll(time, '')
    .replace(/^Failing this attempt\.\s*Diagnostics:\s*/, '')
    .replace(/^Diagnostics:\s*/, '')
    .replace(/\.? ?Failing the application\.$/, '')
    .replaceAll(/ {2,}/g, ' ')
    .trim();
  return empty.test(told) ? '' : told;
}

const exception = /^(?:[a-z]\w*\.)+[A-Z]\w*(?:Exception|Error)\b/;

/** The one line of a driver's log that says why it failed: the engine's own word, else the innermost exception. */
export function failureLine(logLines: readonly string[]): string | undefined {
  const own = 'Engine start failed: ';
  const said = logLines.findLast((line) => line.startsWith(own));
  if (said !== undefined) return said.slice(own.length);
  const caused = 'Caused by: ';
  const cause = logLines.findLast((line) => line.startsWith(caused));
  if (cause !== undefined) return cause.slice(caused.length);
  return logLines.find((line) => exception.test(line));
}
