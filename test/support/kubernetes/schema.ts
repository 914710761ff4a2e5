import type { Cause } from './api-error.ts';
import { type Fields, isFields } from './objects.ts';

/** A schema as Kubernetes publishes them. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly $ref?: string;
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly description?: string;
  readonly 'x-kubernetes-patch-strategy'?: string;
  readonly 'x-kubernetes-patch-merge-key'?: string;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

const known = new Set([
  ...['type', 'properties', 'required', 'additionalProperties', 'items', 'enum', 'format'],
  ...['pattern', 'minimum', 'maximum', 'minLength', 'maxLength', 'oneOf', 'anyOf', '$ref'],
  ...['default', 'nullable', 'description'],
]);

/** What is wrong with a value: faults of form are refused while reading it, faults of content name their field. */
export interface Faults {
  readonly form: string[];
  readonly causes: Cause[];
}

/** Checks values against schemas as strictly as the server can be asked to: nothing unknown, nothing of another type. */
export class SchemaChecker {
  readonly #definitions: Readonly<Record<string, Schema>>;
  readonly #vetted = new WeakSet<Schema>();

  constructor(definitions: Readonly<Record<string, Schema>>) {
    this.#definitions = definitions;
  }

  check(name: string, value: unknown): Faults {
    const faults: Faults = { form: [], causes: [] };
    this.#check(this.schemaOf(name), value, '', faults);
    return faults;
  }

  schemaOf(name: string): Schema {
    const schema = this.#definitions[name];
    if (schema === undefined) throw new Error(`no schema is called ${name}`);
    return schema;
  }

  resolve(schema: Schema | undefined): Schema | undefined {
    if (schema?.$ref === undefined) return schema;
    return this.schemaOf(schema.$ref.replace('#/$defs/', ''));
  }

  /** The value with the defaults that its schema names, as custom resources get them. */
  withDefaults(schema: Schema, value: unknown): unknown {
    if (Array.isArray(value)) {
      const { items } = schema;
      return items === undefined ? value : value.map((each) => this.withDefaults(items, each));
    }
    if (!isFields(value)) return value;
    const filled: Fields = { ...value };
    for (const [key, inner] of Object.entries(schema.properties ?? {})) {
      if (filled[key] === undefined && inner.default !== undefined)
        filled[key] = structuredClone(inner.default);
      if (filled[key] !== undefined) filled[key] = this.withDefaults(inner, filled[key]);
    }
    return filled;
  }

  #check(given: Schema, value: unknown, path: string, faults: Faults): void {
    const schema = this.resolve(given) ?? given;
    if (!this.#vetted.has(schema)) refuseUnknownKeywords(schema);
    this.#vetted.add(schema);
    if (value === null) return; // the same as leaving the field out
    const choices = schema.oneOf ?? schema.anyOf;
    if (choices !== undefined && schema.properties === undefined) {
      const fits = choices.some((choice) => {
        const inner: Faults = { form: [], causes: [] };
        this.#check(choice, value, path, inner);
        return inner.form.length + inner.causes.length === 0;
      });
      if (!fits) faults.form.push(mismatch(path, value));
    }
    if (!hasType(schema, value)) {
      faults.form.push(mismatch(path, value));
      return;
    }
    this.#checkContent(schema, value, path, faults);
    if (Array.isArray(value)) {
      const { items } = schema;
      if (items !== undefined)
        value.forEach((each, at) => this.#check(items, each, `${path}[${at}]`, faults));
    } else if (isFields(value)) {
      this.#checkFields(schema, value, path, faults);
    }
  }

  #checkFields(schema: Schema, value: Fields, path: string, faults: Faults): void {
    const { properties, additionalProperties } = schema;
    for (const name of schema.required ?? []) {
      if (value[name] !== undefined && value[name] !== null) continue;
      const field = joinPath(path, name);
      faults.causes.push({ reason: 'FieldValueRequired', message: 'Required value', field });
    }
    for (const [name, each] of Object.entries(value)) {
      const at = joinPath(path, name);
      const inner = properties?.[name];
      if (inner !== undefined) this.#check(inner, each, at, faults);
      else if (isFields(additionalProperties))
        this.#check(additionalProperties, each, `${path}[${name}]`, faults);
      else if (properties !== undefined && schema['x-kubernetes-preserve-unknown-fields'] !== true)
        faults.form.push(`unknown field "${at}"`);
    }
  }

  #checkContent(schema: Schema, value: unknown, field: string, faults: Faults): void {
    const refuse = (reason: string, why: string) =>
      faults.causes.push({ reason, message: `${why}`, field });
    if (schema.enum !== undefined && !schema.enum.includes(value)) {
      const list = schema.enum.map((each) => JSON.stringify(each)).join(', ');
      const text = `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`;
      refuse('FieldValueNotSupported', text);
    }
    const wrong = (why: string) =>
      refuse('FieldValueInvalid', `Invalid value: ${JSON.stringify(value)}: ${why}`);
    if (typeof value === 'number') {
      const { minimum, maximum } = schema;
      if (minimum !== undefined && value < minimum)
        wrong(`should be greater than or equal to ${minimum}`);
      if (maximum !== undefined && value > maximum)
        wrong(`should be less than or equal to ${maximum}`);
    }
    if (typeof value !== 'string') return;
    if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value))
      wrong(`should match '${schema.pattern}'`);
    if (schema.minLength !== undefined && value.length < schema.minLength)
      wrong(`should be at least ${schema.minLength} chars long`);
    if (schema.maxLength !== undefined && value.length > schema.maxLength)
      wrong(`may not be more than ${schema.maxLength} bytes`);
    if (schema.format === 'date-time' && !dateTime.test(value))
      faults.form.push(`parsing time ${JSON.stringify(value)} of field "${field}"`);
    if (schema.format === 'byte' && !base64.test(value))
      faults.form.push(`illegal base64 data in field "${field}"`);
  }
}

const dateTime = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:[.]\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** A schema may say more than this file reads: better to stop than to let everything in. */
function refuseUnknownKeywords(schema: Schema): void {
  for (const keyword of Object.keys(schema)) {
    if (!known.has(keyword) && !keyword.startsWith('x-kubernetes-'))
      throw new Error(`a schema has the keyword ${keyword}, which nothing here checks`);
  }
}

function hasType(schema: Schema, value: unknown): boolean {
  if (schema.type === undefined) return true;
  return [schema.type].flat().some((type) => {
    switch (type) {
      case 'array':
        return Array.isArray(value);
      case 'object':
        return isFields(value);
      case 'integer':
        return Number.isInteger(value) && inRange(schema.format, Number(value));
      case 'number':
      case 'string':
      case 'boolean':
        return typeof value === type;
      default:
        return false;
    }
  });
}

function inRange(format: string | undefined, value: number): boolean {
  return format !== 'int32' || (value >= -(2 ** 31) && value < 2 ** 31);
}

function mismatch(path: string, value: unknown): string {
  const type = Array.isArray(value) ? 'array' : typeof value;
  return `json: cannot unmarshal ${type === 'boolean' ? 'bool' : type} into field "${path}"`;
}

function joinPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
