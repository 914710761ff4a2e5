import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { awsStandIn } from '../../../scripts/test-clients.mjs';

export interface Member {
  readonly shape: string;
  readonly location?: 'uri' | 'querystring' | 'header' | 'headers';
  readonly locationName?: string;
}

export interface Shape {
  readonly type: string;
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, Member>>;
  readonly member?: Member;
  readonly key?: Member;
  readonly value?: Member;
  readonly enum?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly union?: boolean;
  readonly sensitive?: boolean;
  readonly flattened?: boolean;
  /** The member that is the whole body. */
  readonly payload?: string;
  readonly timestampFormat?: 'iso8601' | 'rfc822' | 'unixTimestamp';
}

export interface Operation {
  readonly name: string;
  readonly http: { readonly method: string; readonly requestUri: string };
  readonly input?: { readonly shape: string };
  readonly output?: { readonly shape: string; readonly resultWrapper?: string };
  /** `none` for what may come without a signature. */
  readonly authtype?: string;
  readonly auth?: readonly string[];
}

export interface ServiceModel {
  readonly metadata: {
    readonly protocol: 'rest-json' | 'rest-xml' | 'json' | 'query';
    readonly targetPrefix?: string;
    readonly signingName?: string;
    readonly endpointPrefix: string;
    readonly xmlNamespace?: string;
  };
  readonly operations: Readonly<Record<string, Operation>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

/** The services that are played, by the folder of their models. */
export type ServiceName =
  'emr-serverless' | 'emr-containers' | 'emr' | 'sts' | 'logs' | 's3' | 'secretsmanager';

const loaded = new Map<ServiceName, Promise<ServiceModel>>();

/** The model of a service as AWS publishes it with its Python client; read once in a process. */
export function loadServiceModel(service: ServiceName): Promise<ServiceModel> {
  const known = loaded.get(service) ?? readServiceModel(service);
  loaded.set(service, known);
  return known;
}

async function readServiceModel(service: ServiceName): Promise<ServiceModel> {
  const folder = join(await awsStandIn(), 'botocore', 'data', service);
  const version = readdirSync(folder).toSorted().at(-1) ?? '';
  const text = gunzipSync(readFileSync(join(folder, version, 'service-2.json.gz')));
  return JSON.parse(text.toString('utf8')) as ServiceModel; // its publisher keeps to the form
}

export function shapeOf(model: ServiceModel, name: string): Shape {
  const shape = model.shapes[name];
  if (shape === undefined) throw new Error(`the model has no shape ${name}`);
  return shape;
}
