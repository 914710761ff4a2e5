import { GatewayError } from '../core/errors.ts';
import type { ValueKind } from './value-kind.ts';

/**
 * Who may give an entry its value: `server` is the gateway's own configuration alone, `session` the client as well.
 * `engine` is as `session`, but the gateway never reads it.
 */
export type SetBy = 'server' | 'session' | 'engine';

/** One setting: its key, how its text is read, and what it is for. Declared once, in the file of its topic. */
export interface Entry<T> {
  readonly key: string;
  readonly value: ValueKind<T>;
  /** One sentence for the reference. */
  readonly doc: string;
  readonly setBy: SetBy;
  /** Other keys, asked in order where `key` is not set. */
  readonly aliases: readonly string[];
  /** Its value is never shown, logged or put on a command line. */
  readonly secret: boolean;
  /** Engines are launched with it. True for all but `server` entries unless said otherwise. */
  readonly reachesEngine: boolean;
}

export interface EntryFacts {
  readonly doc: string;
  readonly setBy: SetBy;
  readonly aliases?: readonly string[];
  readonly secret?: boolean;
  readonly reachesEngine?: boolean;
}

/** A topic's entries, by the name of the field that each becomes in its section. */
export type Entries = Readonly<Record<string, Entry<unknown>>>;

/** The typed values of a topic's entries. */
export type Section<E extends Entries> = {
  readonly [K in keyof E]: E[K] extends Entry<infer T> ? T : never;
};

export type Settings = ReadonlyMap<string, string>;

export function entry<T>(key: string, value: ValueKind<T>, facts: EntryFacts): Entry<T> {
  return Object.freeze({
    key,
    value,
    doc: facts.doc,
    setBy: facts.setBy,
    aliases: facts.aliases ?? [],
    secret: facts.secret ?? false,
    reachesEngine: facts.reachesEngine ?? facts.setBy !== 'server',
  });
}

/** The entry's value; throws CONFIG_INVALID, naming the key that was wrong. */
export function readEntry<T>(of: Entry<T>, settings: Settings): T {
  for (const key of [of.key, ...of.aliases]) {
    const text = settings.get(key)?.trim();
    if (text === undefined || (text === '' && !of.value.takesEmpty)) continue;
    const parsed = of.value.schema.safeParse(text);
    if (parsed.success) return parsed.data;
    const shown = of.secret ? '' : ` = '${shorten(text)}'`;
    throw new GatewayError('CONFIG_INVALID', `${key}${shown} is not ${of.value.expected}`);
  }
  return of.value.unset;
}

export function readSection<E extends Entries>(entries: E, settings: Settings): Section<E> {
  const values = Object.entries(entries).map(
    ([name, one]) => [name, readEntry(one, settings)] as const,
  );
  return Object.freeze(Object.fromEntries<unknown>(values)) as Section<E>; // each name holds what its own entry reads
}

function shorten(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 80)}...`;
}
