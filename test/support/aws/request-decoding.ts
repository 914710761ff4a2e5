import { AwsError } from './aws-error.ts';
import type { AwsRequest } from './aws-request.ts';
import { type Operation, type ServiceModel, type Shape, shapeOf } from './service-model.ts';
import { isRecord } from './shape-check.ts';

export interface DecodedRequest {
  readonly operation: Operation;
  readonly input: Record<string, unknown>;
}

/** Which of the operations a request asks for, and its input in the model's types; nothing is checked yet. */
export function decodeRequest(
  model: ServiceModel,
  names: readonly string[],
  request: AwsRequest,
): DecodedRequest {
  const operations = names.flatMap((name) => model.operations[name] ?? []);
  switch (model.metadata.protocol) {
    case 'json':
      return decodeTargeted(model, operations, request);
    case 'query':
      return decodeForm(model, operations, request);
    case 'rest-json':
    case 'rest-xml':
      return decodeRest(model, operations, request);
  }
}

function decodeTargeted(
  model: ServiceModel,
  operations: readonly Operation[],
  request: AwsRequest,
): DecodedRequest {
  const target = request.headers['x-amz-target'] ?? '';
  const operation = operations.find(
    ({ name }) => target === `${model.metadata.targetPrefix ?? ''}.${name}`,
  );
  if (operation === undefined) throw unknownOperation(target);
  if (operation.input === undefined) return { operation, input: {} };
  return { operation, input: structureFrom(model, operation.input.shape, parseJson(request.body)) };
}

function decodeForm(
  model: ServiceModel,
  operations: readonly Operation[],
  request: AwsRequest,
): DecodedRequest {
  const form = new URLSearchParams(request.body.toString('utf8'));
  const operation = operations.find(({ name }) => name === form.get('Action'));
  if (operation === undefined) throw unknownOperation(form.get('Action') ?? '');
  const tree: Record<string, unknown> = {};
  for (const [key, value] of form) {
    if (key === 'Action' || key === 'Version') continue;
    plant(tree, key.split('.'), value);
  }
  const input = operation.input === undefined ? {} : fromForm(model, operation.input.shape, tree);
  return { operation, input: isRecord(input) ? input : {} };
}

function decodeRest(
  model: ServiceModel,
  operations: readonly Operation[],
  request: AwsRequest,
): DecodedRequest {
  for (const operation of operations) {
    const labels = matchPath(operation, request);
    if (labels === undefined) continue;
    if (operation.input === undefined) return { operation, input: {} };
    const shape = shapeOf(model, operation.input.shape);
    const input = { ...bodyMembers(model, operation.input.shape, shape, request) };
    for (const [name, member] of Object.entries(shape.members ?? {})) {
      const wireName = member.locationName ?? name;
      const target = shapeOf(model, member.shape);
      if (member.location === 'uri') input[name] = fromText(target, labels[wireName] ?? '');
      else if (member.location === 'header' && request.headers[wireName.toLowerCase()])
        input[name] = fromText(target, request.headers[wireName.toLowerCase()] ?? '');
      else if (member.location === 'querystring' && request.query.has(wireName))
        input[name] = fromQuery(model, target, request.query.getAll(wireName));
    }
    refuseUnknownQuery(operation, shape, request);
    return { operation, input };
  }
  throw unknownOperation(`${request.method} ${request.path}`);
}

/** Path labels of a request that fits the operation's template. */
function matchPath({ http }: Operation, request: AwsRequest): Record<string, string> | undefined {
  if (http.method !== request.method) return undefined;
  const [template = '', query = ''] = http.requestUri.split('?');
  for (const [key, value] of new URLSearchParams(query))
    if (request.query.get(key) !== value) return undefined;
  const names: string[] = [];
  const pattern = template.replaceAll(/\{(\w+)(\+?)\}/g, (_all, name: string, greedy: string) => {
    names.push(name);
    return greedy === '' ? '([^/]+)' : '(.+)';
  });
  const found = new RegExp(`^${pattern}/?$`).exec(request.path);
  if (found === null) return undefined;
  return Object.fromEntries(
    names.map((name, at) => [name, decodeURIComponent(found[at + 1] ?? '')]),
  );
}

function refuseUnknownQuery({ http }: Operation, shape: Shape, { query }: AwsRequest): void {
  const known = new Set(['x-id', ...new URLSearchParams(http.requestUri.split('?')[1]).keys()]);
  for (const [name, { location, locationName }] of Object.entries(shape.members ?? {}))
    if (location === 'querystring') known.add(locationName ?? name);
  for (const key of query.keys())
    if (!known.has(key)) throw new AwsError('SerializationException', `unknown query ${key}`);
}

function bodyMembers(
  model: ServiceModel,
  name: string,
  shape: Shape,
  request: AwsRequest,
): Record<string, unknown> {
  if (shape.payload !== undefined) return { [shape.payload]: request.body };
  if (request.body.length === 0) return {};
  const body = structureFrom(model, name, parseJson(request.body));
  for (const [key, { location }] of Object.entries(shape.members ?? {}))
    if (location !== undefined && key in body)
      throw new AwsError('SerializationException', `${key} does not belong in the body`);
  return body;
}

function parseJson(body: Buffer): unknown {
  try {
    return body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
  } catch {
    throw new AwsError('SerializationException', 'the body is not JSON');
  }
}

function structureFrom(model: ServiceModel, name: string, value: unknown): Record<string, unknown> {
  const made = fromJson(model, name, value);
  if (!isRecord(made)) throw new AwsError('SerializationException', 'the body is no structure');
  return made;
}

/** JSON as the model means it: times as Dates, bytes as Buffers, and without what is null. */
function fromJson(model: ServiceModel, name: string, value: unknown): unknown {
  const shape = shapeOf(model, name);
  if (shape.type === 'structure' && isRecord(value)) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, each]) => each !== null)
        .map(([key, each]) => {
          const member = Object.entries(shape.members ?? {}).find(
            ([own, { locationName }]) => (locationName ?? own) === key,
          );
          return member === undefined
            ? [key, each]
            : [member[0], fromJson(model, member[1].shape, each)];
        }),
    );
  }
  if (shape.type === 'list' && Array.isArray(value))
    return value.map((each) => fromJson(model, shape.member?.shape ?? '', each));
  if (shape.type === 'map' && isRecord(value)) {
    const { shape: inner = '' } = shape.value ?? {};
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, fromJson(model, inner, each)]),
    );
  }
  if (shape.type === 'timestamp')
    return typeof value === 'number' ? new Date(value * 1000) : new Date(String(value));
  if (shape.type === 'blob' && typeof value === 'string') return Buffer.from(value, 'base64');
  return value;
}

function fromQuery(model: ServiceModel, shape: Shape, values: readonly string[]): unknown {
  if (shape.type !== 'list') return fromText(shape, values[0] ?? '');
  const member = shapeOf(model, shape.member?.shape ?? '');
  return values.map((value) => fromText(member, value));
}

function fromText(shape: Shape, text: string): unknown {
  switch (shape.type) {
    case 'integer':
    case 'long':
    case 'double':
    case 'float':
      return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
    case 'boolean':
      return text === 'true' || text === 'false' ? text === 'true' : text;
    case 'timestamp':
      return new Date(text);
    default:
      return text;
  }
}

function plant(tree: Record<string, unknown>, path: readonly string[], value: string): void {
  const [first = '', ...rest] = path;
  if (rest.length === 0) {
    tree[first] = value;
    return;
  }
  const below = isRecord(tree[first]) ? tree[first] : {};
  tree[first] = below;
  plant(below, rest, value);
}

/** A form's `Tags.member.1.Key` as the list that it stands for. */
function fromForm(model: ServiceModel, name: string, value: unknown): unknown {
  const shape = shapeOf(model, name);
  if (shape.type === 'structure' && isRecord(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => {
        const member = shape.members?.[key];
        return [key, member === undefined ? each : fromForm(model, member.shape, each)];
      }),
    );
  }
  if (shape.type === 'list') {
    const items = isRecord(value) && isRecord(value['member']) ? value['member'] : {};
    return Object.entries(items)
      .toSorted(([a], [b]) => Number(a) - Number(b))
      .map(([, each]) => fromForm(model, shape.member?.shape ?? '', each));
  }
  return typeof value === 'string' ? fromText(shape, value) : value;
}

const unknownOperation = (asked: string) =>
  new AwsError('UnknownOperationException', `the stand-in has no operation ${asked}`, 404);
