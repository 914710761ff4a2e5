import type { KubeObject } from './objects.ts';
import type { Container, EnvFrom, EnvVar, Toleration, Volume, VolumeMount } from './pod.ts';

/** A SparkApplication that the schema has let in: the fields that the operator reads. */
export interface SparkApplication extends KubeObject {
  spec: ApplicationSpec;
  status?: ApplicationStatus;
}

export interface ApplicationSpec {
  type: 'Java' | 'Scala' | 'Python' | 'R';
  mode?: 'cluster' | 'client';
  image?: string;
  imagePullPolicy?: string;
  mainClass?: string;
  mainApplicationFile: string;
  arguments?: string[];
  sparkVersion: string;
  sparkConf?: Record<string, string>;
  hadoopConf?: Record<string, string>;
  nodeSelector?: Record<string, string>;
  volumes?: Volume[];
  deps?: Record<string, unknown>;
  proxyUser?: string;
  batchScheduler?: string;
  restartPolicy?: { type?: 'Never' | 'OnFailure' | 'Always'; onFailureRetries?: number };
  dynamicAllocation?: {
    enabled?: boolean;
    initialExecutors?: number;
    minExecutors?: number;
    maxExecutors?: number;
  };
  timeToLiveSeconds?: number;
  driver: RoleSpec & { podName?: string; coreRequest?: string };
  executor: RoleSpec & { instances?: number; coreRequest?: string; deleteOnTermination?: boolean };
}

/** What driver and executors have in common. */
export interface RoleSpec {
  cores?: number;
  coreLimit?: string;
  memory?: string;
  memoryOverhead?: string;
  image?: string;
  env?: EnvVar[];
  envFrom?: EnvFrom[];
  envVars?: Record<string, string>;
  envSecretKeyRefs?: Record<string, { name: string; key: string }>;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  secrets?: { name: string; path: string; secretType: string }[];
  configMaps?: { name: string; path: string }[];
  volumeMounts?: VolumeMount[];
  nodeSelector?: Record<string, string>;
  tolerations?: Toleration[];
  initContainers?: Container[];
  sidecars?: Container[];
  serviceAccount?: string;
  javaOptions?: string;
  template?: Record<string, unknown>;
  terminationGracePeriodSeconds?: number;
}

export type ApplicationState =
  | ''
  | 'SUBMITTED'
  | 'RUNNING'
  | 'COMPLETED'
  | 'FAILED'
  | 'SUBMISSION_FAILED'
  | 'PENDING_RERUN'
  | 'SUCCEEDING'
  | 'FAILING'
  | 'UNKNOWN';

export interface ApplicationStatus {
  applicationState: { state: ApplicationState; errorMessage?: string };
  driverInfo: { podName?: string };
  executorState?: Record<string, string>;
  sparkApplicationId?: string;
  submissionID?: string;
  submissionAttempts?: number;
  executionAttempts?: number;
  lastSubmissionAttemptTime?: string | null;
  terminationTime?: string | null;
  [field: string]: unknown;
}

export const operatorLabels = {
  app: 'sparkoperator.k8s.io/app-name',
  launched: 'sparkoperator.k8s.io/launched-by-spark-operator',
  submission: 'sparkoperator.k8s.io/submission-id',
} as const;

export function driverPodName({ metadata, spec }: SparkApplication): string {
  return spec.driver.podName ?? `${metadata.name}-driver`;
}
