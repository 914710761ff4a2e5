/** The kinds of clusters whose engines run on images of EMR. */
const emrKinds = ['emr-serverless', 'emr-eks', 'emr-ec2'] as const;

type EmrKind = (typeof emrKinds)[number];

export function isEmrKind(kind: string): kind is EmrKind {
  return emrKinds.some((one) => one === kind);
}
