import type { Entry } from 'ldapts';

/** One entry that a search found. */
export class DirectoryEntry {
  readonly dn: string;
  readonly #entry: Entry;

  constructor(entry: Entry) {
    this.dn = entry.dn;
    this.#entry = entry;
  }

  /** Texts of the attribute, whose name is compared without regard to case. */
  valuesOf(attribute: string): readonly string[] {
    const wanted = attribute.toLowerCase();
    const key = Object.keys(this.#entry).find(
      (one) => one !== 'dn' && one.toLowerCase() === wanted,
    );
    const value = key === undefined ? [] : (this.#entry[key] ?? []);
    const all: readonly (string | Buffer)[] = Array.isArray(value) ? value : [value];
    return all.filter((one) => typeof one === 'string');
  }
}
