import { type Finding, failed, ok, warning } from '../../core/finding.ts';
import { releaseNote, releaseProblem } from '../../preset/emr-releases.ts';

/** Whether engines run on the release. `place` says whose it is, as the end of the sentence. */
export function releaseFinding(check: string, label: string, place: string): Finding {
  const problem = releaseProblem(label);
  if (problem !== undefined) return failed(check, problem, 'Take a later release.');
  const note = releaseNote(label);
  return note === undefined ? ok(check, `${label}${place}`) : warning(check, note);
}
