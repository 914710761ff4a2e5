import type { EngineSpacePaths } from './discovery.ts';

/** The places of one engine in the trees of its share level. `tail` is `<user>/<leaf>`. */
export function spacePaths(root: string, tail: string): EngineSpacePaths {
  return {
    space: `${root}/${tail}`,
    lock: `${root}_lock/${tail}`,
    intent: `${root}_intent/${tail}`,
    draining: `${root}_draining`,
  };
}
