/** Signals the process and, where it leads a process group as ours do, all of the group. False when it is gone. */
export function signalTree(pid: number, signal: NodeJS.Signals): boolean {
  return sendSignal(-pid, signal) || sendSignal(pid, signal);
}

/** Whether any process is left in the group that this one led. */
export function hasGroup(pid: number): boolean {
  return sendSignal(-pid, 0);
}

function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false; // it ended, or it is somebody else's
  }
}
