import { allShapes, boundMemoryOn } from './bound-memory.ts';

boundMemoryOn('local', allShapes);
// The others on YARN are in test/long.
boundMemoryOn('yarn', [{ readers: 1, partitions: 8 }]);
