import type { LaunchTag } from '../launcher.ts';
import type { PodEvent } from './cluster-objects.ts';
import { objectName, tagOfName } from './job-labels.ts';
import type { Warning } from './fleet-jobs.ts';

const hints: Readonly<Record<string, string>> = {
  FailedMount:
    'Check the volumes, secrets and config maps that the pod template and the settings name.',
  FailedAttachVolume: 'Check the volumes that the pod template and the settings name.',
  FailedCreatePodSandBox: "The node can't set up the pod's network: ask who runs the cluster.",
  FailedScheduling:
    'No node has room: ask for less memory or cores, or check node selectors, tolerations and the autoscaler.',
};

/** What a pod's event means to the launch to which the pod belongs. */
export interface EventNews {
  readonly tag: LaunchTag;
  readonly line: string;
  /** Where the driver itself is in trouble. */
  readonly warning: Warning | undefined;
}

/** Undefined for what is not worth a line: the life of executors as long as it goes well, and what belongs to nobody. */
export function newsOf(event: PodEvent): EventNews | undefined {
  const { name } = event.involvedObject;
  const tag = tagOfName(name);
  if (tag === undefined || event.reason === '') return undefined;
  const isWarning = event.type === 'Warning';
  const text = `${event.reason}: ${event.message.trim()}`;
  const own = objectName(tag);
  if (name === own || name === `${own}-driver`) {
    // The pod is made before its secret, so that nothing is ever left without an owner.
    const isEarly = (event.count ?? 1) <= 1 && event.message.includes(`"${own}" not found`);
    if (isEarly) return undefined;
    const warning = isWarning ? { reason: text, hint: hints[event.reason] } : undefined;
    return { tag, line: `pod: ${text}`, warning };
  }
  if (!isWarning) return undefined;
  return { tag, line: `${name.slice(own.length + 1)}: ${text}`, warning: undefined };
}
