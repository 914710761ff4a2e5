import { readdirSync, readFileSync } from 'node:fs';

/**
 * Whether a process has had children of its own. Those that are there are seen in /proc; those that have ended and were waited for
 * leave their page faults with their parent, which cannot be zero, so that none is missed however short it lived.
 */
export interface ChildrenSeen {
  readonly present: number;
  /** Page faults of children that have ended, since the process began. */
  readonly endedFaults: number;
}

export function childrenOf(pid: number): ChildrenSeen {
  const present = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean),
  );
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // from field 3 on
  return { present: present.length, endedFaults: Number(fields[8]) + Number(fields[10]) };
}
