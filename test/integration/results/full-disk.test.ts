import { fullDiskOn } from './full-disk.ts';

// On YARN, it is in test/long.
fullDiskOn('local');
