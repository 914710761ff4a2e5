import type { QueueNode } from './rest-schemas.ts';

/** Why a queue can't be used, and what its user can do. */
export interface QueueTrouble {
  readonly message: string;
  readonly hint: string;
}

/** What an operator allows comes before what the cluster has. */
export function allowedQueue(queue: string, allowed: readonly string[]): QueueTrouble | undefined {
  if (allowed.length === 0 || allowed.some((each) => isSameQueue(each, queue))) return undefined;
  return {
    message: `queue ${queue} may not be used on this cluster`,
    hint: `Set spark.yarn.queue to one of: ${allowed.join(', ')}.`,
  };
}

/** Says no only where it is certain that YARN will: where queues appear by themselves, YARN decides. */
export function queueTrouble(queue: string, root: QueueNode): QueueTrouble | undefined {
  const leaves = leavesOf(root, '');
  const found = leaves.find(({ path, name }) => queue === path || queue === name);
  if (found === undefined) {
    // "default" is what everybody asks for who asks for nothing: the cluster may have rules that place it elsewhere.
    if (queue === 'default' || makesQueues(root)) return undefined;
    return {
      message: `YARN has no queue ${queue} that takes applications`,
      hint: `Set spark.yarn.queue to one of: ${leaves.map(({ name }) => name).join(', ')}.`,
    };
  }
  if (found.state === undefined || found.state === 'RUNNING') return undefined;
  const open = leaves.filter(({ state }) => state === 'RUNNING').map(({ name }) => name);
  return {
    message: `YARN's queue ${found.path} is ${found.state} and takes no applications`,
    hint: `Wait until it is opened again, or set spark.yarn.queue to one of: ${open.join(', ')}.`,
  };
}

interface Leaf {
  readonly name: string;
  readonly path: string;
  readonly state: string | undefined;
}

function leavesOf(node: QueueNode, parent: string): readonly Leaf[] {
  const path = node.queuePath ?? (parent === '' ? node.queueName : `${parent}.${node.queueName}`);
  const below = node.queues?.queue ?? [];
  if (below.length > 0) return below.flatMap((each) => leavesOf(each, path));
  return [{ name: node.queueName, path, state: node.state }];
}

function makesQueues(node: QueueNode): boolean {
  const { autoCreationEligibility: makes } = node;
  if (makes !== undefined && makes !== 'off') return true;
  return (node.queues?.queue ?? []).some(makesQueues);
}

/** A queue is named by its path or, where that is enough, by its last part. */
function isSameQueue(one: string, other: string): boolean {
  const paths = [one, other].map((name) => (name === 'root' ? '' : name.replace(/^root\./, '')));
  const [a = '', b = ''] = paths;
  return a === b || lastPart(a) === b || a === lastPart(b);
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}
