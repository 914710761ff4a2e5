import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { kubernetesSchemas, sparkApplicationSchema } from '../../../scripts/test-clients.mjs';
import { sparkApplications } from './resources.ts';
import { type Schema, SchemaChecker } from './schema.ts';

interface CustomResourceDefinition {
  readonly spec: {
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

const metadata: Schema = { $ref: '#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' };

/** The schemas that Kubernetes and the Spark operator publish; fetched once. */
export async function loadPublishedSchemas(): Promise<SchemaChecker> {
  const definitions: Record<string, Schema> = JSON.parse(
    readFileSync(await kubernetesSchemas(), 'utf8'),
  ).$defs;
  const file = await sparkApplicationSchema();
  let read: Schema | undefined;
  Object.defineProperty(definitions, sparkApplications.schema, {
    // The file is long, and few tests need it.
    get: () => (read ??= readSparkApplication(file)),
  });
  return new SchemaChecker(definitions);
}

function readSparkApplication(file: string): Schema {
  const crd: CustomResourceDefinition = parse(readFileSync(file, 'utf8'));
  const version = crd.spec.versions.find(({ name }) => name === sparkApplications.version);
  if (version === undefined) throw new Error('the Spark operator publishes no such version');
  const own = version.schema.openAPIV3Schema;
  return { ...own, properties: { ...own.properties, metadata } };
}
