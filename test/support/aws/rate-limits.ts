import { AwsError } from './aws-error.ts';

/** A token bucket: so many calls at once, and so many more each second. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** By `service:operation`; `service:*` stands for all calls of a service together. */
export type Rates = Readonly<Record<string, Rate>>;

const slow = { burst: 25, perSecond: 1 };
const steps = { burst: 10, perSecond: 0.5 };

/**
 * What AWS grants an account and region that has asked for no more. EMR Serverless: "API limits" of its user guide ("Endpoints
 * and quotas"). EMR on EKS: "Service endpoints and quotas" of its development guide, with an account's limit for all calls
 * together. EMR: the service quotas of `elasticmapreduce` ("maximum number of API requests that you can make per second" is
 * the burst, "replenishment rate" the rate), of which two are for all calls together.
 */
export const publishedRates: Rates = {
  'emr-serverless:StartJobRun': slow,
  'emr-serverless:CancelJobRun': slow,
  'emr-serverless:ListJobRuns': slow,
  'emr-serverless:GetJobRun': { burst: 50, perSecond: 10 },
  'emr-serverless:GetDashboardForJobRun': { burst: 2, perSecond: 1 },
  'emr-serverless:GetApplication': { burst: 50, perSecond: 10 },
  'emr-serverless:ListApplications': { burst: 50, perSecond: 10 },
  'emr-serverless:StartApplication': slow,
  'emr-containers:StartJobRun': slow,
  'emr-containers:CancelJobRun': slow,
  'emr-containers:DescribeJobRun': { burst: 25, perSecond: 5 },
  'emr-containers:ListJobRuns': { burst: 25, perSecond: 5 },
  'emr-containers:DescribeVirtualCluster': { burst: 25, perSecond: 5 },
  'emr-containers:ListVirtualClusters': { burst: 25, perSecond: 5 },
  'emr-containers:*': { burst: 50, perSecond: 10 },
  'emr:AddJobFlowSteps': steps,
  'emr:CancelSteps': steps,
  'emr:DescribeStep': steps,
  'emr:ListSteps': steps,
  'emr:ListClusters': { burst: 20, perSecond: 0.5 },
  'emr:DescribeCluster': { burst: 10, perSecond: 1 },
  'emr:*': { burst: 25, perSecond: 5 },
};

/** Throttles as the services do: a call beyond its bucket is refused and takes nothing from it. */
export class RateLimits {
  readonly #rates: Rates;
  readonly #now: () => number;
  readonly #buckets = new Map<string, { tokens: number; atMs: number }>();

  constructor(rates: Rates, now: () => number) {
    this.#rates = rates;
    this.#now = now;
  }

  take(service: string, operation: string): void {
    const limited = [`${service}:${operation}`, `${service}:*`].flatMap((name) => {
      const rate = this.#rates[name];
      return rate === undefined ? [] : [this.#filled(name, rate)];
    });
    if (limited.some(({ tokens }) => tokens < 1)) throw throttled(service);
    for (const bucket of limited) bucket.tokens -= 1;
  }

  #filled(name: string, { burst, perSecond }: Rate) {
    const atMs = this.#now();
    const bucket = this.#buckets.get(name) ?? { tokens: burst, atMs };
    bucket.tokens = Math.min(burst, bucket.tokens + ((atMs - bucket.atMs) / 1000) * perSecond);
    bucket.atMs = atMs;
    this.#buckets.set(name, bucket);
    return bucket;
  }
}

export function throttled(service: string): AwsError {
  if (service === 's3') return new AwsError('SlowDown', 'Please reduce your request rate.', 503);
  const status = service === 'emr-serverless' || service === 'emr-containers' ? 429 : 400;
  return new AwsError('ThrottlingException', 'Rate exceeded', status);
}
