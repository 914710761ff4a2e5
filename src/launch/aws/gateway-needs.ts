import type { EmrLogs } from '../../preset/cluster-spec.ts';
import type { Identity } from './aws-questions.ts';
import type { Need } from './rights-check.ts';

/** Where, and for whom. */
export interface NeedsPlace extends Pick<Identity, 'account' | 'partition'> {
  readonly region: string;
}

const check = 'rights of the gateway';

/** What it takes to keep engines' secrets in Secrets Manager. `kmsKey` undefined: AWS's own. */
export function secretNeeds(
  { region, account, partition }: NeedsPlace,
  kmsKey: string | undefined,
): readonly Need[] {
  const name = `${check} to keep secrets`;
  const calls = ['CreateSecret', 'PutResourcePolicy', 'TagResource', 'DeleteSecret'];
  const ofSecret: Need = {
    check: name,
    actions: calls.map((call) => `secretsmanager:${call}`),
    resource: `arn:${partition}:secretsmanager:${region}:${account}:secret:torii/any`,
  };
  const all: Need = { check: name, actions: ['secretsmanager:ListSecrets'], resource: '*' };
  // A key that is named otherwise has no ARN that could be asked for.
  if (kmsKey === undefined || !/:key\//.test(kmsKey)) return [ofSecret, all];
  const actions = ['kms:GenerateDataKey', 'kms:Decrypt'];
  return [ofSecret, all, { check: name, actions, resource: kmsKey }];
}

/** What it takes to read the drivers' logs: those of CloudWatch, else those of S3. `ownGroup`: as in `logFindings`. */
export function logNeeds(
  { region, account, partition }: NeedsPlace,
  { s3, cloudWatch }: EmrLogs,
  ownGroup: string | undefined,
): readonly Need[] {
  const name = `${check} to read logs`;
  if (cloudWatch !== undefined) {
    const group = cloudWatch.group ?? ownGroup;
    if (group === undefined) return [];
    const resource = `arn:${partition}:logs:${region}:${account}:log-group:${group}:log-stream:any`;
    return [{ check: name, actions: ['logs:GetLogEvents'], resource }];
  }
  if (s3 === undefined) return [];
  const folder = s3.replace(/^s3:\/\//, `arn:${partition}:s3:::`);
  return [{ check: name, actions: ['s3:GetObject'], resource: `${folder}/any` }];
}
