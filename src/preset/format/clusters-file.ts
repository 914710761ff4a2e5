import type { z } from 'zod';
import { GatewayError } from '../../core/errors.ts';
import type { ClusterEntry } from './cluster-schema.ts';
import { fileSchema, textMaps } from './file-schema.ts';
import type { Preset } from './preset-schema.ts';
import type { Route } from './route-schema.ts';
import { invalid, parseYaml } from './yaml-text.ts';
import type { YamlText } from './yaml-text.ts';

/** A file's name, as errors show it, and what is in it. */
export interface FileText {
  readonly file: string;
  readonly text: string;
}

/** What one or several files say together, and where: each name once, routes in order. */
export interface ClustersFile {
  readonly clusters: ReadonlyMap<string, ClusterEntry>;
  readonly presets: ReadonlyMap<string, Preset>;
  readonly routes: readonly Route[];
  /** CONFIG_INVALID with the file and line of a cluster, a preset or a route. */
  readonly problem: (
    part: 'clusters' | 'presets' | 'routes',
    name: string | number,
    text: string,
  ) => GatewayError;
}

interface Place {
  readonly file: string;
  readonly line: number;
}

/** More than these are counted, not told. */
const shownProblems = 10;

/** Throws CONFIG_INVALID with file, line and path of all that is wrong. */
export function parseClustersFiles(files: readonly FileText[]): ClustersFile {
  const clusters = new Map<string, ClusterEntry>();
  const presets = new Map<string, Preset>();
  const routes: Route[] = [];
  const places = new Map<string, Place>();
  const add = <T>(
    part: 'clusters' | 'presets',
    to: Map<string, T>,
    named: Record<string, T>,
    at: (name: string) => Place,
  ): void => {
    for (const [name, value] of Object.entries(named)) {
      const key = `${part} ${name}`;
      const first = places.get(key);
      const place = at(name);
      if (first !== undefined) {
        throw invalid(
          place.file,
          place.line,
          `${part}.${name} stands in ${first.file}:${first.line} as well`,
        );
      }
      places.set(key, place);
      to.set(name, value);
    }
  };
  for (const { file, text } of files) {
    const yaml = parseYaml(file, text, textMaps);
    const read = checked(file, yaml);
    const at = (part: string) => (name: string) => ({ file, line: yaml.lineOf([part, name]) });
    add('clusters', clusters, read.clusters ?? {}, at('clusters'));
    add('presets', presets, read.presets ?? {}, at('presets'));
    for (const [index, route] of (read.routes ?? []).entries()) {
      places.set(`routes ${routes.length}`, { file, line: yaml.lineOf(['routes', index]) });
      routes.push(route);
    }
  }
  return {
    clusters,
    presets,
    routes,
    problem: (part, name, text) => {
      const place = places.get(`${part} ${name}`);
      const path = typeof name === 'number' ? `${part}[${name}]` : `${part}.${name}`;
      return place === undefined
        ? new GatewayError('CONFIG_INVALID', `${path}: ${text}`)
        : invalid(place.file, place.line, `${path}: ${text}`);
    },
  };
}

/** An empty file, or one of comments alone, says nothing. */
function checked(file: string, yaml: YamlText): z.infer<typeof fileSchema> {
  const parsed = fileSchema.safeParse(withoutNulls(yaml.value ?? {}));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const where = 'keys' in issue ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
    return `${file}:${yaml.lineOf(where)}: ${pathText(issue.path)}${messageOf(issue)}`;
  });
  const more = problems.length - shownProblems;
  throw new GatewayError(
    'CONFIG_INVALID',
    [...problems.slice(0, shownProblems), ...(more > 0 ? [`and ${more} more`] : [])].join('\n'),
  );
}

/** What is wrong with a key, and with each form that a value could have, stands below what says that it is wrong. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_key') return issue.issues.map(messageOf).join('; ');
  if (issue.code !== 'invalid_union' || issue.message !== 'Invalid input') return issue.message;
  const forms = issue.errors.map((errors) => errors.map(messageOf).join('; '));
  return forms.length === 0 ? issue.message : [...new Set(forms)].join(', or ');
}

/** `presets:` with nothing behind it is as if it were not there. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== null));
}

function pathText(path: readonly PropertyKey[]): string {
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`));
  return path.length === 0 ? '' : `${steps.join('').replace(/^\./, '')}: `;
}
