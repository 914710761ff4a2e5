import type { SecretKind } from './secret-reference.ts';
import type { SecretSource } from './secret-source.ts';

/** A source that is made when a secret of its kind is first asked for: until then, what it has to load costs nothing. */
export function lazySource<K extends SecretKind>(
  kind: K,
  make: () => Promise<SecretSource<K>>,
): SecretSource<K> {
  let made: Promise<SecretSource<K>> | undefined;
  return {
    kind,
    async read(reference, signal) {
      made ??= make();
      const source = await made.catch((failure: unknown) => {
        made = undefined;
        throw failure;
      });
      return source.read(reference, signal);
    },
  };
}
