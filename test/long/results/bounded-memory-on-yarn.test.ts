import { allShapes, boundMemoryOn } from '../../integration/results/bound-memory.ts';

boundMemoryOn('yarn', allShapes);
