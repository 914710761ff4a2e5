import { SubmitError } from '../job-platform.ts';
import { submitTroubleOf, type ErrorVerdict } from './service-errors.ts';

const keyHint =
  'Check that the key in secretsKmsKey of the cluster is there, is enabled and lets the gateway use it through Secrets Manager.';

/** By the name of the exception of Secrets Manager. */
const verdicts: Readonly<Record<string, ErrorVerdict>> = {
  AccessDeniedException: {
    trouble: 'refused',
    hint: 'The gateway needs secretsmanager:CreateSecret, PutResourcePolicy, TagResource and DeleteSecret on torii/*, and kms:GenerateDataKey and Decrypt with secretsKmsKey.',
  },
  ResourceNotFoundException: { trouble: 'refused', hint: keyHint },
  EncryptionFailure: { trouble: 'busy', hint: keyHint },
  DecryptionFailure: { trouble: 'busy', hint: keyHint },
  MalformedPolicyDocumentException: {
    trouble: 'refused',
    hint: 'Secrets Manager takes no policy for a role that is not there: check executionRole of the cluster and of its roles.',
  },
  PublicPolicyException: {
    trouble: 'refused',
    hint: 'Secrets Manager takes the policy of the secret for a public one: check executionRole of the cluster and of its roles.',
  },
  LimitExceededException: {
    trouble: 'busy',
    hint: "The account's quotas for Secrets Manager are used up: remove secrets, or have them raised in Service Quotas.",
  },
};

/** Why the secrets of a launch were not made. Whatever became of them, no job runs. */
export function secretTrouble(thrown: unknown): SubmitError {
  const why = submitTroubleOf("the engine's secrets in Secrets Manager", thrown, verdicts);
  if (why.trouble !== 'unclear') return why;
  return new SubmitError('busy', why.message, { hint: why.hint, cause: thrown });
}
