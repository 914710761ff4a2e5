import { compareSizesOf } from './compare-sizes.ts';
import { topics } from './every-type.ts';

// The other topics and ten million rows on YARN are in test/long: executors encode them by the same code.
const onYarn = topics.filter(({ name }) => name === 'numbers' || name === 'nested types');

compareSizesOf([
  { master: 'local', topics, counts: [10_000_000] },
  { master: 'yarn', topics: onYarn, counts: [] },
]);
