import { failed, ok } from '../../core/finding.ts';
import type { ClusterCheck } from '../cluster-check.ts';
import type { AwsQuestions } from './aws-questions.ts';
import { awsText, lacksCredentials, untold } from './untold.ts';

const check = 'identity';

/** As whom AWS knows the gateway. */
export function identityCheck(ask: AwsQuestions): ClusterCheck {
  return {
    what: check,
    run: async (signal) => {
      try {
        const { account, arn } = await ask.identity(signal);
        return [ok(check, `the gateway is ${arn} of account ${account}`)];
      } catch (thrown) {
        if (!lacksCredentials(thrown)) return [untold(check, thrown, 'sts:GetCallerIdentity')];
        return [
          failed(
            check,
            `AWS takes no credentials of the gateway: ${awsText(thrown)}`,
            "Check its service account (IRSA, pod identity), instance profile, profile or environment, the session's end and the clock.",
          ),
        ];
      }
    },
  };
}
