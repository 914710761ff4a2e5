import { allShapes, boundMemoryOn } from './bound-memory.ts';

// Those on YARN are in test/long.
boundMemoryOn('local', allShapes);
