import { compareSizesOf } from '../../integration/results/compare-sizes.ts';
import { topics } from '../../integration/results/every-type.ts';

compareSizesOf([{ master: 'yarn', topics, counts: [10_000_000] }]);
