import type { Prices } from './prices.ts';

/** Limits of one cluster, counted over all that its gateways see there. */
export interface ClusterLimits {
  /** Engines at once, those being launched included; undefined: as many as the cluster takes. */
  readonly maxEngines: number | undefined;
  readonly maxEnginesPerUser: number | undefined;
  /** Launches that one gateway has under way at once. */
  readonly maxLaunches: number | undefined;
}

/** What all kinds of clusters have in common. */
interface ClusterBase {
  readonly name: string;
  /** Connection string of the ZooKeeper that gateways and this cluster's engines share; undefined: the gateway's own. */
  readonly zookeeper: string | undefined;
  /** Environment of the cluster's engines. */
  readonly environment: ReadonlyMap<string, string>;
  readonly limits: ClusterLimits;
  /** May act as anybody in sessions of this cluster. */
  readonly superusers: ReadonlySet<string>;
  /** Undefined: what its engines used is told, and nothing of what it costs. */
  readonly prices?: Prices | undefined;
}

/** Engines as processes of the gateway's host. */
export interface LocalCluster extends ClusterBase {
  readonly kind: 'local';
}

/** Engines by spark-submit in YARN's cluster mode. */
export interface YarnSpec extends ClusterBase {
  readonly kind: 'yarn';
  /** Web addresses of the resource managers, e.g. `http://rm1:8088`; the active one is found. */
  readonly resourceManagers: readonly string[];
  /** Folder with core-site.xml and yarn-site.xml. */
  readonly hadoopConfDir: string;
  /** Spark to submit with; undefined: the gateway's own. */
  readonly sparkHome: string | undefined;
  /** Queues that may be used; empty: any. */
  readonly queues: readonly string[];
  /** Who asks the resource manager where it has no authentication (`user.name`); undefined: the gateway's own user. */
  readonly apiUser: string | undefined;
  /** With Kerberos: who submits, and with which keytab. */
  readonly principal: string | undefined;
  readonly keytab: string | undefined;
  /** Longest life of an engine that runs as a proxy user and can't renew its tokens, milliseconds. */
  readonly proxyUserMaxLifeMs: number | undefined;
}

/** Engines as pods. */
export interface KubernetesSpec extends ClusterBase {
  readonly kind: 'kubernetes';
  /** `pod`: the driver's pod is made by the gateway; `spark-operator`: by the operator, from a SparkApplication. */
  readonly launcher: 'pod' | 'spark-operator';
  /** Undefined: the cluster in which the gateway runs. */
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string;
  /** The drivers' service account. */
  readonly serviceAccount: string | undefined;
  /** Image of driver and executors, unless a preset names another. */
  readonly image: string | undefined;
  readonly imagePullSecrets: readonly string[];
  /** Where the image has the engine's jar, e.g. `local:///opt/torii/torii-spark-engine.jar`, or an object store's URI. */
  readonly engineJar: string;
  /** SPARK_HOME in the image. */
  readonly sparkHome: string;
  /** File with the template of the driver's pod (YAML). */
  readonly podTemplate: string | undefined;
  /** A headless service for the driver, where pods don't reach each other by address. */
  readonly driverService: boolean;
}

/** Where AWS services are called. Credentials come from where the SDK looks for them by itself. */
export interface AwsPlace {
  readonly region: string;
  /** Address of the services in the place of the region's own, e.g. of a VPC endpoint; undefined: the region's. */
  readonly endpoint: string | undefined;
}

/** Where EMR writes the logs of driver and executors. */
export interface EmrLogs {
  /** `s3://bucket/folder`. */
  readonly s3: string | undefined;
  readonly cloudWatch:
    { readonly group: string | undefined; readonly streamPrefix: string | undefined } | undefined;
  /** ARN of the key that encrypts the logs. */
  readonly kmsKey: string | undefined;
}

/** Engines as job runs of EMR Serverless. */
export interface EmrServerlessSpec extends ClusterBase, AwsPlace {
  readonly kind: 'emr-serverless';
  /** Ids of applications: engines go to the first one that has room. */
  readonly applications: readonly string[];
  /** Where the applications find the engine's jar, e.g. `s3://bucket/torii-spark-engine.jar`. */
  readonly engineJar: string;
  /** Of the applications, like `emr-7.10.0`; undefined: not told. */
  readonly release?: string | undefined;
  readonly logs: EmrLogs;
  /** EMR keeps the logs that its own pages show. */
  readonly managedLogs: boolean;
  /** Key that encrypts the engines' secrets in Secrets Manager: EMR reads none that AWS's own key encrypts. */
  readonly secretsKmsKey: string;
  /** Further tags of every job run. */
  readonly tags: ReadonlyMap<string, string>;
  /** Calls a second that AWS grants the account in this region, by operation; others: what it grants everybody. */
  readonly rates: ReadonlyMap<string, number>;
}

/** Engines as YARN applications of a cluster of EMR on EC2, started by its steps. */
export interface EmrEc2Spec extends ClusterBase, AwsPlace {
  readonly kind: 'emr-ec2';
  /** Id of the cluster, e.g. `j-1ABCDEFGHIJKL`. */
  readonly cluster: string;
  /** Where the cluster's nodes find the engine's jar, e.g. `s3://bucket/torii-spark-engine.jar`. */
  readonly engineJar: string;
  /** Of the cluster, like `emr-7.10.0`; undefined: not told. */
  readonly release?: string | undefined;
  /**
   * Web addresses of the resource managers; undefined: that of the primary node, as EMR names it; empty: none can be reached
   * from here, so that engines are known by their steps alone.
   */
  readonly resourceManagers: readonly string[] | undefined;
  /** Who asks the resource manager (`user.name`). */
  readonly apiUser: string;
  /** Queues that may be used; empty: any. */
  readonly queues: readonly string[];
  /** Engines without an execution role may have the rights of the cluster's instance profile. */
  readonly instanceProfile: boolean;
  /** Only `s3` is used: the cluster's log folder where it can't be asked for. */
  readonly logs: EmrLogs;
  /** Key that encrypts the engines' secrets in Secrets Manager; undefined: AWS's own. */
  readonly secretsKmsKey: string | undefined;
  /** Calls a second that AWS grants the account in this region, by operation; others: what it grants everybody. */
  readonly rates: ReadonlyMap<string, number>;
}

/** Engines as job runs of EMR on EKS. */
export interface EmrEksSpec extends ClusterBase, AwsPlace {
  readonly kind: 'emr-eks';
  /** Id of the virtual cluster. */
  readonly virtualCluster: string;
  /** Like `emr-7.10.0-latest`; undefined: as the job template says. */
  readonly releaseLabel: string | undefined;
  /** Where the image has the engine's jar (`local:///...`), or its place in S3. */
  readonly engineJar: string;
  /** A job template that fills in what a request leaves out. */
  readonly jobTemplate:
    { readonly id: string; readonly parameters: ReadonlyMap<string, string> } | undefined;
  /** Templates of pods in S3. */
  readonly podTemplates: {
    readonly driver: string | undefined;
    readonly executor: string | undefined;
  };
  /** Image of driver and executors, unless a preset names another; undefined: the release's own. */
  readonly image: string | undefined;
  readonly logs: EmrLogs;
  /** EMR keeps the event logs that its own page of a job run shows. */
  readonly persistentAppUi: boolean;
  /** Key that encrypts the engines' secrets in Secrets Manager; undefined: AWS's own. */
  readonly secretsKmsKey: string | undefined;
  /** Calls a second that AWS grants the account in this region, by operation; others: what it grants everybody. */
  readonly rates: ReadonlyMap<string, number>;
  /** Further tags of every job run. */
  readonly tags: ReadonlyMap<string, string>;
  /** How the cluster of the pods is reached: there are their events, logs and secrets. Undefined: not at all. */
  readonly kubernetes:
    | {
        /** Undefined: the cluster in which the gateway runs. */
        readonly kubeconfig: string | undefined;
        readonly context: string | undefined;
        /** Undefined: the virtual cluster's own. */
        readonly namespace: string | undefined;
      }
    | undefined;
}

export type ClusterSpec =
  LocalCluster | YarnSpec | KubernetesSpec | EmrServerlessSpec | EmrEksSpec | EmrEc2Spec;
