import { randomBytes } from 'node:crypto';
import { ApiError, type Cause, conflict, forbidden, invalid } from './api-error.ts';
import { apiTime, isFields, type KubeObject } from './objects.ts';
import type { ObjectStore } from './object-store.ts';
import { dataFaults, moveStringData } from './data-fields.ts';
import { refuseFixedFields } from './fixed-fields.ts';
import { metadataFaults } from './names.ts';
import { jsonPatch, mergePatch, strategicPatch } from './patching.ts';
import { admitPod, podFaults } from './pod-admission.ts';
import { isFinished, type Pod } from './pod.ts';
import { checkQuotas } from './quota-admission.ts';
import {
  apiVersionOf,
  configMaps,
  namespaces,
  pods,
  type ResourceType,
  secrets,
  serviceAccounts,
  services,
  sparkApplications,
} from './resources.ts';
import type { SchemaChecker } from './schema.ts';
import { admitService } from './service-admission.ts';

export interface Target {
  readonly resource: ResourceType;
  readonly namespace: string | undefined;
  readonly name: string;
  /** Whether the request goes to the status alone. */
  readonly isStatus?: boolean;
}

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

export type PatchKind = 'json' | 'merge' | 'strategic' | 'apply';

/** What the server does with objects: checks, fills in, keeps. Throws an `ApiError` for what it refuses. */
export class ObjectApi {
  readonly store: ObjectStore;
  readonly #schemas: SchemaChecker;
  readonly #podMutations: ((pod: Pod) => Pod)[] = [];

  constructor(store: ObjectStore, schemas: SchemaChecker) {
    this.store = store;
    this.#schemas = schemas;
  }

  /** What a web hook does to each new pod. */
  addPodMutation(mutate: (pod: Pod) => Pod): void {
    this.#podMutations.push(mutate);
  }

  /** `isDryRun`: everything is checked and nothing kept. */
  create(
    resource: ResourceType,
    namespace: string | undefined,
    body: unknown,
    isDryRun = false,
  ): KubeObject {
    const draft = this.#read(resource, namespace, body);
    const { metadata } = draft;
    if ((metadata.resourceVersion ?? '') !== '')
      throw new ApiError(400, 'resourceVersion should not be set on objects to be created');
    if ((metadata.name ?? '') === '') {
      if ((metadata.generateName ?? '') === '') {
        const message = 'Required value: name or generateName is required';
        throw invalid(resource, '', [
          { reason: 'FieldValueRequired', message, field: 'metadata.name' },
        ]);
      }
      metadata.name = `${(metadata.generateName ?? '').slice(0, 58)}${randomBytes(8).toString('hex').slice(0, 5)}`;
    }
    if (namespace !== undefined) this.store.get(namespaces, undefined, namespace);
    this.#refuseFaults(resource, draft);
    const admitted = this.#admit(resource, draft);
    if (isDryRun) return { ...admitted, metadata: { ...metadata, creationTimestamp: apiTime() } };
    return this.store.create(resource, admitted);
  }

  /** A body without resourceVersion replaces whatever there is. */
  update(target: Target, body: unknown): KubeObject {
    const { resource, namespace, name } = target;
    const draft = this.#read(resource, namespace, body);
    if (draft.metadata.name !== name) {
      throw new ApiError(
        400,
        `the name of the object (${draft.metadata.name}) does not match the name on the URL (${name})`,
      );
    }
    const current = this.store.get(resource, namespace, name);
    if (resource === sparkApplications && (draft.metadata.resourceVersion ?? '') === '') {
      const message = 'Invalid value: 0: must be specified for an update';
      throw invalid(resource, name, [
        { reason: 'FieldValueInvalid', message, field: 'metadata.resourceVersion' },
      ]);
    }
    return this.#replace(target, current, draft);
  }

  patch(target: Target, kind: PatchKind, patch: unknown): KubeObject {
    const { resource, namespace, name } = target;
    if (kind === 'apply') return this.#apply(target, patch);
    if (kind === 'strategic' && resource.group !== '' && resource === sparkApplications) {
      throw new ApiError(
        415,
        'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
      );
    }
    const current = this.store.get(resource, namespace, name);
    const schema = this.#schemas.schemaOf(resource.schema);
    const patched =
      kind === 'json'
        ? jsonPatch(current, patch)
        : kind === 'merge'
          ? mergePatch(current, patch)
          : strategicPatch(current, patch, schema, this.#schemas);
    return this.#replace(target, current, this.#read(resource, namespace, patched));
  }

  delete(target: Target, options: DeleteOptions = {}): { object: KubeObject; isGone: boolean } {
    const { resource, namespace, name } = target;
    const current = this.store.get(resource, namespace, name);
    const { uid, resourceVersion } = options.preconditions ?? {};
    if (uid !== undefined && uid !== current.metadata.uid) {
      const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`;
      throw conflict(resource, name, why);
    }
    if (resourceVersion !== undefined && resourceVersion !== current.metadata.resourceVersion)
      throw conflict(resource, name, 'the ResourceVersion in the precondition is another one');
    const graceSeconds = graceOf(resource, current, options.gracePeriodSeconds);
    const finalizers = [...(current.metadata.finalizers ?? [])];
    if (options.propagationPolicy === 'Foreground') finalizers.push('foregroundDeletion');
    if (options.propagationPolicy === 'Orphan') finalizers.push('orphan');
    if (graceSeconds === 0 && finalizers.length === 0)
      return { object: this.store.remove(resource, current), isGone: true };
    const marked = current.metadata.deletionTimestamp;
    const earlier = current.metadata.deletionGracePeriodSeconds ?? Infinity;
    if (marked !== undefined && earlier <= graceSeconds) return { object: current, isGone: false };
    const metadata = {
      ...current.metadata,
      ...(finalizers.length > 0 ? { finalizers: [...new Set(finalizers)] } : {}),
      deletionTimestamp: apiTime(Date.now() + graceSeconds * 1_000),
      deletionGracePeriodSeconds: graceSeconds,
    };
    return { object: this.store.replace(resource, { ...current, metadata }), isGone: false };
  }

  /** For the parts of the cluster itself: changes the status of what is still there, in one step. */
  changeStatus<Status extends object>(
    object: KubeObject & { readonly status?: unknown },
    resource: ResourceType,
    change: (status: Status) => Status,
  ): KubeObject | undefined {
    const { namespace, name, uid } = object.metadata;
    const current = this.store.find(resource, namespace, name);
    if (current?.metadata.uid !== uid) return undefined;
    const before = isFields(current['status']) ? current['status'] : {};
    // the caller knows the status of its kind
    const status = change(structuredClone(before) as Status);
    return this.store.replace(resource, { ...current, status });
  }

  #replace(target: Target, current: KubeObject, draft: KubeObject): KubeObject {
    const { resource, name } = target;
    const asked = draft.metadata.uid;
    if ((asked ?? '') !== '' && asked !== current.metadata.uid) {
      const why = `Precondition failed: UID in precondition: ${asked}, UID in object meta: ${current.metadata.uid}`;
      throw conflict(resource, name, why);
    }
    const kept = serverFields(current);
    const resourceVersion = draft.metadata.resourceVersion || current.metadata.resourceVersion;
    if (target.isStatus === true) {
      const { status } = draft;
      const next = { ...current, ...(status === undefined ? {} : { status }) };
      return this.store.replace(resource, {
        ...next,
        metadata: { ...current.metadata, resourceVersion },
      });
    }
    const next: KubeObject = {
      ...draft,
      metadata: { ...draft.metadata, ...kept, resourceVersion },
    };
    if (resource.hasStatus) {
      delete next['status'];
      if (current['status'] !== undefined) next['status'] = current['status'];
    }
    this.#refuseFaults(resource, next);
    if (resource === secrets) moveStringData(next);
    refuseFixedFields(resource, current, next);
    if (kept.deletionTimestamp !== undefined && (next.metadata.finalizers ?? []).length === 0) {
      const graceSeconds = kept.deletionGracePeriodSeconds ?? 0;
      if (graceSeconds === 0)
        return this.store.remove(resource, this.store.replace(resource, next));
    }
    return this.store.replace(resource, next);
  }

  /** Makes the object or merges into it; owners of fields are not kept. */
  #apply(target: Target, patch: unknown): KubeObject {
    const { resource, namespace, name } = target;
    const current = this.store.find(resource, namespace, name);
    if (current === undefined) {
      const named = mergePatch(patch, { metadata: { name } });
      return this.create(resource, namespace, named);
    }
    const schema = this.#schemas.schemaOf(resource.schema);
    const merged = strategicPatch(current, patch, schema, this.#schemas);
    return this.#replace(target, current, this.#read(resource, namespace, merged));
  }

  /** Refuses what cannot be read as this kind of object. */
  #read(resource: ResourceType, namespace: string | undefined, body: unknown): KubeObject {
    const { version, kind } = resource;
    if (!isFields(body)) throw new ApiError(400, 'the object provided is unrecognized');
    const apiVersion = apiVersionOf(resource);
    if (body['apiVersion'] !== undefined && body['apiVersion'] !== apiVersion) {
      throw new ApiError(
        400,
        `the API version in the data (${JSON.stringify(body['apiVersion'])}) does not match the expected API version (${apiVersion})`,
      );
    }
    if (body['kind'] !== undefined && body['kind'] !== kind) {
      throw new ApiError(
        400,
        `${JSON.stringify(body['kind'])} in version "${version}" cannot be handled as a ${kind}: the object has another kind`,
      );
    }
    const schema = this.#schemas.schemaOf(resource.schema);
    const whole = withoutNulls({ ...structuredClone(body), apiVersion, kind });
    const value =
      resource === sparkApplications ? this.#schemas.withDefaults(schema, whole) : whole;
    const { form, causes } = this.#schemas.check(resource.schema, value);
    if (form.length > 0) {
      const list = form.join(', ');
      const text = form.every((each) => each.startsWith('unknown'))
        ? `strict decoding error: ${list}`
        : list;
      throw new ApiError(
        400,
        `${kind} in version "${version}" cannot be handled as a ${kind}: ${text}`,
      );
    }
    const { metadata } = value as { metadata?: KubeObject['metadata'] }; // the schema has just been checked
    if (causes.length > 0)
      throw invalid(resource, metadata?.name ?? metadata?.generateName ?? '', causes);
    const draft = { ...(value as KubeObject), metadata: metadata ?? {} } as KubeObject; // as above
    if (namespace === undefined) return draft;
    if ((draft.metadata.namespace ?? namespace) !== namespace) {
      throw new ApiError(
        400,
        `the namespace of the provided object does not match the namespace sent on the request`,
      );
    }
    draft.metadata.namespace = namespace;
    return draft;
  }

  #refuseFaults(resource: ResourceType, draft: KubeObject): void {
    const causes: Cause[] = metadataFaults(resource, draft.metadata);
    // the schema has let it in as a pod
    if (resource === pods) causes.push(...podFaults(draft as Pod));
    if (resource === secrets || resource === configMaps) causes.push(...dataFaults(draft));
    if (causes.length > 0) throw invalid(resource, draft.metadata.name, causes);
  }

  #admit(resource: ResourceType, draft: KubeObject): KubeObject {
    const admitted = { ...draft };
    if (resource.hasStatus) delete admitted['status'];
    if (resource === secrets) {
      admitted['type'] ??= 'Opaque';
      moveStringData(admitted);
    }
    if (resource === sparkApplications) admitted.metadata = { ...draft.metadata, generation: 1 };
    if (resource === services) return this.#withinQuota(resource, admitService(admitted));
    if (resource === namespaces)
      return { ...admitted, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } };
    if (resource !== pods) return this.#withinQuota(resource, admitted);
    // the schema has let it in as a pod
    const mutated = this.#podMutations.reduce((pod, mutate) => mutate(pod), admitted as Pod);
    const pod = admitPod(mutated);
    const { namespace = '', name } = pod.metadata;
    const account = pod.spec.serviceAccountName ?? '';
    if (this.store.find(serviceAccounts, namespace, account) === undefined) {
      const why = `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`;
      throw forbidden(pods, name, why);
    }
    return this.#withinQuota(resource, pod);
  }

  #withinQuota(resource: ResourceType, draft: KubeObject): KubeObject {
    checkQuotas(this.store, resource, draft);
    return draft;
  }
}

function serverFields({ metadata }: KubeObject) {
  const { name, uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  return {
    name,
    uid,
    creationTimestamp,
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(deletionGracePeriodSeconds === undefined ? {} : { deletionGracePeriodSeconds }),
  };
}

function graceOf(resource: ResourceType, object: KubeObject, asked: number | undefined): number {
  if (resource !== pods) return 0;
  const pod = object as Pod; // the schema has let it in as a pod
  if (pod.spec.nodeName === undefined || isFinished(pod)) return 0;
  return asked ?? pod.spec.terminationGracePeriodSeconds ?? 30;
}

/** A field that is null or undefined is one that is not there. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== null && each !== undefined)
      .map(([key, each]) => [key, withoutNulls(each)]),
  );
}
