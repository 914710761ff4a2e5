import { randomUUID } from 'node:crypto';
import type { AwsError } from './aws-error.ts';
import { type Operation, type ServiceModel, type Shape, shapeOf } from './service-model.ts';
import { checkShape, isRecord } from './shape-check.ts';

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** An output in the service's protocol; throws where the model would not have it. */
export function encodeReply(
  model: ServiceModel,
  operation: Operation,
  output: Readonly<Record<string, unknown>>,
): HttpReply {
  const headers: Record<string, string> = { 'x-amzn-requestid': randomUUID() };
  const name = operation.output?.shape;
  if (name === undefined) return { status: 200, headers, body: '' };
  // Services answer texts that are shorter than their models say.
  const wrong = checkShape(model, name, output).filter(({ kind }) => kind !== 'limit');
  if (wrong.length > 0) {
    const all = wrong.map(({ text }) => text).join('; ');
    throw new Error(`the stand-in's reply to ${operation.name} is not the model's: ${all}`);
  }
  const shape = shapeOf(model, name);
  const inBody: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(output)) {
    const member = shape.members?.[key];
    if (member?.location === 'header')
      headers[(member.locationName ?? key).toLowerCase()] = asHeader(value);
    else if (value !== undefined) inBody[key] = value;
  }
  if (shape.payload !== undefined) {
    const body = inBody[shape.payload];
    return { status: 200, headers, body: Buffer.isBuffer(body) ? body : '' };
  }
  if (operation.http.method === 'HEAD') return { status: 200, headers, body: '' };
  switch (model.metadata.protocol) {
    case 'json':
      headers['content-type'] = 'application/x-amz-json-1.1';
      return { status: 200, headers, body: JSON.stringify(toJson(model, name, inBody)) };
    case 'rest-json':
      headers['content-type'] = 'application/json';
      return { status: 200, headers, body: JSON.stringify(toJson(model, name, inBody)) };
    case 'query': {
      headers['content-type'] = 'text/xml';
      const wrapper = operation.output?.resultWrapper ?? `${operation.name}Result`;
      const inner = element(wrapper, toXml(model, name, inBody));
      const id = element('ResponseMetadata', element('RequestId', randomUUID()));
      return { status: 200, headers, body: element(`${operation.name}Response`, inner + id) };
    }
    case 'rest-xml':
      headers['content-type'] = 'application/xml';
      return { status: 200, headers, body: element('Result', toXml(model, name, inBody)) };
  }
}

export function encodeError(model: ServiceModel, error: AwsError): HttpReply {
  const { code, message, status } = error;
  const id = randomUUID();
  const headers: Record<string, string> = { 'x-amzn-requestid': id };
  const text = element('Code', code) + element('Message', escaped(message));
  switch (model.metadata.protocol) {
    case 'rest-json':
      Object.assign(headers, { 'content-type': 'application/json', 'x-amzn-errortype': code });
      return { status, headers, body: JSON.stringify({ message }) };
    case 'json':
      headers['content-type'] = 'application/x-amz-json-1.1';
      // Some services write it large and some small.
      return { status, headers, body: JSON.stringify({ __type: code, message, Message: message }) };
    case 'query': {
      headers['content-type'] = 'text/xml';
      const inner = element('Error', element('Type', 'Sender') + text) + element('RequestId', id);
      return { status, headers, body: element('ErrorResponse', inner) };
    }
    case 'rest-xml':
      headers['content-type'] = 'application/xml';
      return { status, headers, body: element('Error', text + element('RequestId', id)) };
  }
}

function toJson(model: ServiceModel, name: string, value: unknown): unknown {
  const shape = shapeOf(model, name);
  if (value instanceof Date)
    return shape.timestampFormat === 'iso8601' ? value.toISOString() : value.getTime() / 1000;
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (Array.isArray(value))
    return value.map((each) => toJson(model, shape.member?.shape ?? '', each));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => {
      if (each === undefined) return [];
      const member = shape.type === 'map' ? shape.value : shape.members?.[key];
      const wireName = shape.type === 'map' ? key : (member?.locationName ?? key);
      return [[wireName, toJson(model, member?.shape ?? '', each)]];
    }),
  );
}

function toXml(model: ServiceModel, name: string, value: unknown): string {
  const shape = shapeOf(model, name);
  if (value instanceof Date) return value.toISOString();
  if (!isRecord(value)) return escaped(String(value));
  return Object.entries(value)
    .map(([key, each]) => {
      const member = shape.members?.[key];
      if (member === undefined || each === undefined) return '';
      const tag = member.locationName ?? key;
      if (!Array.isArray(each)) return element(tag, toXml(model, member.shape, each));
      return listToXml(model, tag, shapeOf(model, member.shape), each);
    })
    .join('');
}

function listToXml(
  model: ServiceModel,
  tag: string,
  list: Shape,
  values: readonly unknown[],
): string {
  const name = list.member?.shape ?? '';
  if (list.flattened === true)
    return values.map((each) => element(tag, toXml(model, name, each))).join('');
  const inner = list.member?.locationName ?? 'member';
  return element(tag, values.map((each) => element(inner, toXml(model, name, each))).join(''));
}

const element = (tag: string, inner: string) => `<${tag}>${inner}</${tag}>`;
const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const asHeader = (value: unknown) =>
  value instanceof Date ? value.toUTCString() : String(value as string | number | boolean); // no header is a structure
