import { fullDiskOn } from '../../integration/results/full-disk.ts';

fullDiskOn('yarn');
