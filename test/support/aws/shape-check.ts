import { type ServiceModel, type Shape, shapeOf } from './service-model.ts';

/** What the model forbids about a value, in the words that the services use. */
export interface Violation {
  readonly kind: 'type' | 'unknown' | 'missing' | 'enum' | 'limit';
  readonly text: string;
}

/** All violations of a value; timestamps are Dates and blobs are Buffers by now. */
export function checkShape(
  model: ServiceModel,
  name: string,
  value: unknown,
  path = '',
): Violation[] {
  const shape = shapeOf(model, name);
  const found: Violation[] = [];
  const refuse: Refuse = (constraint, shown, kind = 'limit') => {
    const subject = shown === undefined || shape.sensitive ? 'Value' : `Value '${shown}'`;
    found.push({
      kind,
      text: `${subject} at '${path}' failed to satisfy constraint: ${constraint}`,
    });
  };
  const wrongType = () => {
    found.push({ kind: 'type', text: `${path || 'the request'} is not of type ${shape.type}` });
    return found;
  };
  switch (shape.type) {
    case 'structure':
      if (!isRecord(value)) return wrongType();
      return checkStructure(model, shape, value, path);
    case 'list': {
      if (!Array.isArray(value)) return wrongType();
      checkBounds(shape, value.length, 'length', refuse);
      const member = shape.member?.shape ?? '';
      return found.concat(
        value.flatMap((each, at) => checkShape(model, member, each, `${path}.${at + 1}.member`)),
      );
    }
    case 'map': {
      if (!isRecord(value)) return wrongType();
      checkBounds(shape, Object.keys(value).length, 'length', refuse);
      const [keyShape, valueShape] = [shape.key?.shape ?? '', shape.value?.shape ?? ''];
      return found.concat(
        Object.entries(value).flatMap(([key, each]) => [
          ...checkShape(model, keyShape, key, `${path}.key`),
          ...checkShape(model, valueShape, each, `${path}.${key}.member`),
        ]),
      );
    }
    case 'string':
      if (typeof value !== 'string') return wrongType();
      checkString(shape, value, refuse);
      return found;
    case 'integer':
    case 'long':
      if (typeof value !== 'number' || !Number.isInteger(value)) return wrongType();
      checkBounds(shape, value, 'value', refuse);
      return found;
    case 'double':
    case 'float':
      return typeof value === 'number' ? found : wrongType();
    case 'boolean':
      return typeof value === 'boolean' ? found : wrongType();
    case 'timestamp':
      return value instanceof Date && !Number.isNaN(value.getTime()) ? found : wrongType();
    default:
      return found;
  }
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Date) &&
  !Buffer.isBuffer(value);

function checkStructure(
  model: ServiceModel,
  shape: Shape,
  value: Readonly<Record<string, unknown>>,
  path: string,
): Violation[] {
  const at = (name: string) => (path === '' ? name : `${path}.${name}`);
  const given = Object.entries(value).filter(([, each]) => each !== undefined && each !== null);
  const found: Violation[] = [];
  for (const name of shape.required ?? []) {
    if (given.some(([key]) => key === name)) continue;
    const text = `Value null at '${at(name)}' failed to satisfy constraint: Member must not be null`;
    found.push({ kind: 'missing', text });
  }
  if (shape.union === true && given.length !== 1)
    found.push({ kind: 'type', text: `${path} has to have exactly one member` });
  for (const [name, each] of given) {
    const member = shape.members?.[name];
    if (member === undefined)
      found.push({ kind: 'unknown', text: `${at(name)} is unknown to the service` });
    else found.push(...checkShape(model, member.shape, each, at(name)));
  }
  return found;
}

type Refuse = (constraint: string, shown?: string, kind?: 'enum' | 'limit') => void;

function checkBounds(shape: Shape, size: number, what: 'length' | 'value', refuse: Refuse): void {
  if (shape.max !== undefined && size > shape.max)
    refuse(`Member must have ${what} less than or equal to ${shape.max}`);
  if (shape.min !== undefined && size < shape.min)
    refuse(`Member must have ${what} greater than or equal to ${shape.min}`);
}

function checkString(shape: Shape, value: string, refuse: Refuse): void {
  checkBounds(shape, value.length, 'length', (constraint) => refuse(constraint, value));
  if (shape.enum !== undefined && !shape.enum.includes(value))
    refuse(`Member must satisfy enum value set: [${shape.enum.join(', ')}]`, value, 'enum');
  // A text that may be empty is not held to a pattern that no empty text fits.
  if (shape.pattern === undefined || (value === '' && shape.min === 0)) return;
  if (compiled(shape.pattern)?.test(value) === false)
    refuse(`Member must satisfy regular expression pattern: ${shape.pattern}`, value);
}

const patterns = new Map<string, RegExp | undefined>();

/** Undefined for the few that are written for another language. */
function compiled(pattern: string): RegExp | undefined {
  if (!patterns.has(pattern)) {
    const whole = `^(?:${pattern})$`;
    patterns.set(pattern, tryCompile(whole, 'u') ?? tryCompile(whole, ''));
  }
  return patterns.get(pattern);
}

function tryCompile(pattern: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(pattern, flags);
  } catch {
    return undefined;
  }
}
