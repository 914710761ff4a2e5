import { readFile } from 'node:fs/promises';
import { loadYaml, type V1Container, type V1PodSpec } from '@kubernetes/client-node';
import { z } from 'zod';
import { reasonOf } from '../../core/errors.ts';
import { SubmitError } from '../job-platform.ts';

/** A pod in which all may be left out. */
export interface PodTemplate {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: PodTemplateSpec;
}

export type PodTemplateSpec = Partial<Omit<V1PodSpec, 'containers'>> & {
  readonly containers?: readonly ContainerTemplate[];
};

export type ContainerTemplate = Pick<V1Container, keyof V1Container>;

/** The API server checks all the rest, and names the field that it does not like. */
const templateSchema = z.looseObject({
  kind: z.literal('Pod').optional(),
  metadata: z
    .looseObject({
      labels: z.record(z.string(), z.string()).nullish(),
      annotations: z.record(z.string(), z.string()).nullish(),
    })
    .nullish(),
  spec: z
    .looseObject({ containers: z.array(z.looseObject({ name: z.string().optional() })).nullish() })
    .nullish(),
});

/** The template of the drivers' pods as the file has it now. Rejects with a `SubmitError` (refused) that names the file. */
export async function readPodTemplate(path: string | undefined): Promise<PodTemplate> {
  if (path === undefined) return {};
  const refused = (why: string, cause?: unknown): SubmitError =>
    new SubmitError('refused', `the pod template ${path} ${why}`, {
      hint: 'It has to be the YAML of one pod (podTemplate of the cluster).',
      cause,
    });
  let content: unknown;
  try {
    content = loadYaml(await readFile(path, 'utf8'));
  } catch (cause) {
    throw refused(`can't be read: ${reasonOf(cause)}`, cause);
  }
  const template = templateSchema.safeParse(content);
  if (!template.success) {
    const [issue] = template.error.issues;
    throw refused(`is no pod: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  // What the schema does not know is the API server's to judge.
  return withoutNulls(content) as PodTemplate;
}

/** In YAML, a key without a value is null; Kubernetes takes it for left out. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      inner === null ? [] : [[key, withoutNulls(inner)] as const],
    ),
  );
}
