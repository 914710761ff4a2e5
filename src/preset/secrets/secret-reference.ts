/** Where a secret stands that a file of clusters names instead of holding it. */
export type SecretReference =
  | { readonly kind: 'secretsmanager'; readonly id: string; readonly jsonKey: string | undefined }
  | { readonly kind: 'ssm'; readonly name: string }
  | {
      readonly kind: 'kubernetes';
      readonly namespace: string;
      readonly secret: string;
      readonly key: string;
    }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'env'; readonly name: string };

export type SecretKind = SecretReference['kind'];

/** For messages. */
export const referenceForms =
  'secretsmanager:<name or ARN>[#<JSON key>], ssm:<name>, kubernetes:<namespace>/<secret>/<key>, file:/<path> or env:<NAME>';

/** Undefined for a text that has none of the forms. */
export function parseSecretReference(text: string): SecretReference | undefined {
  const [, kind, rest = ''] = /^(secretsmanager|ssm|kubernetes|file|env):(\S+)$/.exec(text) ?? [];
  switch (kind) {
    case 'secretsmanager': {
      const [, id, jsonKey] = /^([^#]+)(?:#(.+))?$/.exec(rest) ?? [];
      return id === undefined ? undefined : { kind, id, jsonKey };
    }
    case 'ssm':
      return /^[\w./:-]+$/.test(rest) ? { kind, name: rest } : undefined;
    case 'kubernetes': {
      const [, namespace, secret, key] =
        /^([a-z0-9-]+)\/([a-z0-9.-]+)\/([\w.-]+)$/.exec(rest) ?? [];
      if (namespace === undefined || secret === undefined || key === undefined) return undefined;
      return { kind, namespace, secret, key };
    }
    case 'file':
      return rest.startsWith('/') ? { kind, path: rest } : undefined;
    case 'env':
      return /^[A-Za-z_]\w*$/.test(rest) ? { kind, name: rest } : undefined;
    default:
      return undefined;
  }
}

/** Whether a text was meant as a reference, well formed or not: nothing else begins like this. */
export function meansReference(text: string): boolean {
  return /^(?:secretsmanager|ssm|kubernetes):/.test(text);
}
