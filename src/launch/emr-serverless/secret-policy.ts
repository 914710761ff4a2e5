import type { EmrServerlessSpec } from '../../preset/cluster-spec.ts';

/** Lets EMR Serverless read the secret for the cluster's own applications, in the account of the engine's role. */
export function secretPolicy({ region, applications }: EmrServerlessSpec, roleArn: string): string {
  const [, partition = 'aws', , , account = ''] = roleArn.split(':');
  const arns = applications.map(
    (id) => `arn:${partition}:emr-serverless:${region}:${account}:/applications/${id}`,
  );
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'emr-serverless.amazonaws.com' },
        Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
        Resource: '*',
        Condition: { StringEquals: { 'aws:SourceArn': arns } },
      },
    ],
  });
}
