import { compareSizesOf } from './compare-sizes.ts';
import { topics } from './every-type.ts';

// All of this on YARN is in test/long: executors encode by the same code.
compareSizesOf([{ master: 'local', topics, counts: [10_000_000] }]);
