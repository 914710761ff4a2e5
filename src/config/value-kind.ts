import type { z } from 'zod';

/** How a setting's text becomes a value, and what holds where it is not set. */
export interface ValueKind<T> {
  readonly schema: z.ZodType<T, string>;
  /** Completes "x is not ...", e.g. `a duration such as PT30S`. */
  readonly expected: string;
  /** An empty text is a value of its own (an empty list), not "not set". */
  readonly takesEmpty: boolean;
  /** The default as it would be written in a file; undefined where there is none. */
  readonly defaultText: string | undefined;
  /** The value where nothing is set. */
  readonly unset: T;
}

/** A kind that still has to say what holds where nothing is set. */
export class KindOf<T> {
  readonly #schema: z.ZodType<T, string>;
  readonly #expected: string;
  readonly #takesEmpty: boolean;

  constructor(schema: z.ZodType<T, string>, expected: string, takesEmpty = false) {
    this.#schema = schema;
    this.#expected = expected;
    this.#takesEmpty = takesEmpty;
  }

  default(text: string): ValueKind<T> {
    return {
      ...this.#facts(),
      schema: this.#schema,
      defaultText: text,
      unset: this.#schema.parse(text),
    };
  }

  optional(): ValueKind<T | undefined> {
    return { ...this.#facts(), schema: this.#schema, defaultText: undefined, unset: undefined };
  }

  /** The same kind, with more to say about what it expects. */
  note(more: string): KindOf<T> {
    return new KindOf(this.#schema, `${this.#expected} (${more})`, this.#takesEmpty);
  }

  #facts(): { readonly expected: string; readonly takesEmpty: boolean } {
    return { expected: this.#expected, takesEmpty: this.#takesEmpty };
  }
}
