type Mode = 'code' | 'single' | 'double' | 'backtick' | 'line-comment' | 'block-comment';

/**
 * Cuts a stream of SQL at the semicolons that end statements: not those in quotes, backticks or comments. Quotes take
 * backslash escapes, but not in raw strings (`r'\'`); block comments nest, as in Spark. Text of comments only is no
 * statement.
 */
export class StatementSplitter {
  #text = '';
  /** What stands before it has been read. */
  #at = 0;
  #mode: Mode = 'code';
  #depth = 0;
  #isRaw = false;
  #hasCode = false;

  /** True between statements: nothing but blanks and comments has been read since the last one. */
  get isBetween(): boolean {
    return !this.#hasCode && this.#mode === 'code';
  }

  /** What the text read last stands in, for a prompt. */
  get mode(): Mode {
    return this.#mode;
  }

  /** The statements that this text completes, without their semicolons. */
  *push(text: string): Generator<string> {
    this.#text += text;
    while (this.#at < this.#text.length) {
      const step = this.#step(this.#text.charAt(this.#at), this.#text.charAt(this.#at + 1));
      if (step === 'end') {
        const statement = this.#take(this.#at);
        if (statement !== undefined) yield statement;
      } else if (step === 0) {
        return; // the next character decides
      } else {
        this.#at += step;
      }
    }
    if (this.isBetween && this.#text.trim() === '') this.#reset();
  }

  /** What stands behind the last semicolon, if it is a statement. */
  *end(): Generator<string> {
    yield* this.push('\n');
    const statement = this.#take(this.#text.length);
    this.clear();
    if (statement !== undefined) yield statement;
  }

  /** Forgets what is not complete. */
  clear(): void {
    this.#reset();
    this.#mode = 'code';
    this.#depth = 0;
  }

  #take(to: number): string | undefined {
    const statement = this.#text.slice(0, to).trim();
    const isStatement = this.#hasCode;
    this.#text = this.#text.slice(to + 1);
    this.#at = 0;
    this.#hasCode = false;
    return isStatement ? statement : undefined;
  }

  #reset(): void {
    this.#text = '';
    this.#at = 0;
    this.#hasCode = false;
  }

  /** Characters to go on by; 0 where `next` is needed and not there yet. */
  #step(char: string, next: string): number | 'end' {
    switch (this.#mode) {
      case 'code':
        return this.#stepInCode(char, next);
      case 'single':
      case 'double':
        if (char === '\\' && !this.#isRaw) return next === '' ? 0 : 2;
        if (char === (this.#mode === 'single' ? "'" : '"')) this.#mode = 'code';
        return 1;
      case 'backtick':
        if (char === '`') this.#mode = 'code';
        return 1;
      case 'line-comment':
        if (char === '\n') this.#mode = 'code';
        return 1;
      case 'block-comment':
        return this.#stepInComment(char, next);
    }
  }

  #stepInCode(char: string, next: string): number | 'end' {
    if (char === ';') return 'end';
    if (char === '-' || char === '/') {
      if (next === '') return 0;
      if (char === '-' && next === '-') return this.#enter('line-comment', 2);
      if (char === '/' && next === '*') {
        this.#depth = 1;
        return this.#enter('block-comment', 2);
      }
    }
    if (char.trim() === '') return 1;
    this.#hasCode = true;
    if (char === "'" || char === '"') {
      this.#isRaw = /(^|[^\w])r$/i.test(this.#text.slice(Math.max(0, this.#at - 2), this.#at));
      return this.#enter(char === "'" ? 'single' : 'double', 1);
    }
    return char === '`' ? this.#enter('backtick', 1) : 1;
  }

  #stepInComment(char: string, next: string): number {
    if (char !== '*' && char !== '/') return 1;
    if (next === '') return 0;
    if (char === '/' && next === '*') {
      this.#depth += 1;
      return 2;
    }
    if (char === '*' && next === '/') {
      this.#depth -= 1;
      if (this.#depth === 0) this.#mode = 'code';
      return 2;
    }
    return 1;
  }

  #enter(mode: Mode, step: number): number {
    this.#mode = mode;
    return step;
  }
}
