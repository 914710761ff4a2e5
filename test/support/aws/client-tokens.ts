import { textOf } from './input-text.ts';
/** What was started under each token. A token is never forgotten: it gives an ended run back, too. */
export class ClientTokens {
  readonly #used = new Map<string, { readonly content: string; readonly id: string }>();

  /** The id that the token stands for, whether the content is the same; undefined for a new token. */
  find(
    scope: string,
    input: Readonly<Record<string, unknown>>,
  ): { readonly id: string; readonly isSame: boolean } | undefined {
    const used = this.#used.get(keyOf(scope, input));
    if (used === undefined) return undefined;
    return { id: used.id, isSame: used.content === stable(input) };
  }

  keep(scope: string, input: Readonly<Record<string, unknown>>, id: string): void {
    this.#used.set(keyOf(scope, input), { content: stable(input), id });
  }
}

const keyOf = (scope: string, input: Readonly<Record<string, unknown>>) =>
  `${scope}/${textOf(input['clientToken'])}`;

/** The same text for the same content, in whatever order it was written. */
function stable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stable).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${stable(each)}`).join(',')}}`;
}
