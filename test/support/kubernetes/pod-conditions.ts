import { apiTime } from './objects.ts';
import type { Condition, PodStatus } from './pod.ts';

/** The status with one condition as it is now; its time is that of its last change. */
export function withCondition(
  status: PodStatus,
  type: string,
  value: Condition['status'],
  why: { readonly reason?: string; readonly message?: string } = {},
): PodStatus {
  const others = (status.conditions ?? []).filter((each) => each.type !== type);
  const before = status.conditions?.find((each) => each.type === type);
  const lastTransitionTime = before?.status === value ? before.lastTransitionTime : apiTime();
  const condition: Condition = {
    type,
    status: value,
    lastProbeTime: null,
    lastTransitionTime,
    ...why,
  };
  return { ...status, conditions: [...others, condition] };
}
