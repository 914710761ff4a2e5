import { nameOf, submitTroubleOf, type ErrorVerdict } from '../aws/service-errors.ts';
import { SubmitError } from '../job-platform.ts';

/** By the name of the service's exception, where its words say no more. */
const verdicts: Readonly<Record<string, ErrorVerdict>> = {
  ValidationException: {
    trouble: 'refused',
    hint: 'EMR does not take the step as it is: change the setting that the message names.',
  },
  InvalidRequestException: {
    trouble: 'refused',
    hint: 'EMR does not take the step as it is: check cluster and region of the cluster.',
  },
  AccessDeniedException: {
    trouble: 'refused',
    hint: 'The gateway needs elasticmapreduce:AddJobFlowSteps, ListSteps, CancelSteps and DescribeCluster on the cluster, and iam:PassRole on the execution role.',
  },
};

interface Row extends ErrorVerdict {
  readonly words: RegExp;
  /** Said before EMR's own words. */
  readonly says?: string;
  readonly retryAfterMs?: number;
}

/** What EMR refuses with words of its own, whatever the name of the exception. The first row that fits counts. */
const rows: readonly Row[] = [
  {
    words: /maximum number of active steps/i,
    trouble: 'busy',
    says: 'the cluster has 256 steps that wait or run, which is as many as EMR takes',
    retryAfterMs: 10_000,
  },
  {
    words: /shutting down, terminated, or finished|not in a valid state/i,
    trouble: 'refused',
    hint: 'Name another cluster of EMR (j-...) in cluster of the cluster file.',
  },
  {
    words: /runtime roles? (?:is|are) required/i,
    trouble: 'refused',
    hint: 'Steps of this cluster need a runtime role: the administrator gives one by executionRole of the cluster or of a role of the cluster.',
  },
  {
    words: /runtime roles? (?:is|are) not|runtime roles?.*not (?:enabled|supported)/i,
    trouble: 'refused',
    hint: 'The EMR cluster has no runtime roles: its security configuration has to enable them, or the cluster file says instanceProfile: true and no executionRole.',
  },
  {
    words: /job flow ID does not exist|cluster id .* is not valid/i,
    trouble: 'refused',
    hint: 'Check cluster and region of the cluster.',
  },
  {
    words: /PassRole|assume.*role|not authorized.*role/i,
    trouble: 'refused',
    hint: "The gateway needs iam:PassRole on the execution role, and the role's trust has to let the cluster's instance profile assume it (sts:AssumeRole, sts:TagSession).",
  },
];

const refusals = /^(?:ValidationException|InvalidRequestException|AccessDeniedException)$/;

/** Why a call that starts something was not done. `what` says what was being done. */
export function submitTrouble(what: string, thrown: unknown): SubmitError {
  if (thrown instanceof SubmitError) return thrown;
  const name = nameOf(thrown);
  const words = thrown instanceof Error ? thrown.message : '';
  const row = refusals.test(name) ? rows.find((one) => one.words.test(words)) : undefined;
  if (row === undefined) return submitTroubleOf(what, thrown, verdicts);
  const { trouble, hint, says, retryAfterMs } = row;
  const told = says === undefined ? '' : `${says}: `;
  const message = `${what}: ${told}${name}: ${words}`;
  return new SubmitError(trouble, message, { hint, retryAfterMs, cause: thrown });
}
