import { type Finding, failed, ok, warning } from '../../core/finding.ts';
import {
  mismatchHint,
  releaseMismatch,
  releaseNotes,
  releaseProblem,
} from '../../preset/emr-releases.ts';

/** Whether engines run on the release, and whether it is the `expected` one. `place` says whose it is, as the end of the sentence. */
export function releaseFinding(
  check: string,
  label: string,
  place: string,
  expected?: string,
): Finding {
  const problem = releaseProblem(label);
  if (problem !== undefined) return failed(check, problem, 'Take a later release.');
  const mismatch = releaseMismatch(expected, label, 'it');
  if (mismatch !== undefined) return failed(check, mismatch, mismatchHint);
  const [note] = releaseNotes(label, expected);
  return note === undefined ? ok(check, `${label}${place}`) : warning(check, note);
}
