import type { Settings } from '../config/entry.ts';
import { redactText } from '../config/redaction.ts';
import { secretSettings } from './setting-places.ts';

/** What of a launch says which of its values nobody may see. */
export interface LaunchSecrets {
  readonly conf: Settings;
  readonly secretKeys: ReadonlySet<string>;
  readonly engineKey: string;
}

/** Takes out of a text what may not be seen. */
export type Redact = (text: string) => string;

/** A line of a secret with several is looked for by itself from this length on: shorter ones are everywhere. */
const shortestLine = 8;

/**
 * Takes the secrets of one launch out of whatever is told of it: the engine's key, values that came by reference, and values of
 * secret keys, as they are and as they stand in an address, in JSON or in Base64. An engine or a cluster may print them at any
 * time. Of a launch that is not known (an earlier gateway's), only what stands behind a secret key is taken out.
 */
export function launchRedaction(secretKeys: RegExp, launch?: LaunchSecrets): Redact {
  const forms = launch === undefined ? [] : formsOf(launch, secretKeys);
  return (text) => redactText(text, forms, secretKeys);
}

/** The failure with all its causes, as it may be logged and shown. */
export function redactedError(thrown: unknown, redact: Redact): Error {
  if (!(thrown instanceof Error)) return new Error(redact(String(thrown)));
  const cause = thrown.cause === undefined ? {} : { cause: redactedError(thrown.cause, redact) };
  const error = new Error(redact(thrown.message), cause);
  error.name = thrown.name;
  return error;
}

function formsOf(launch: LaunchSecrets, secretKeys: RegExp): readonly string[] {
  const isSecret = secretSettings(secretKeys, launch.secretKeys);
  const values = [...launch.conf]
    .filter(([key, value]) => isSecret(key) && !/^(?:true|false)$/i.test(value.trim()))
    .flatMap(([, value]) => partsOf(value));
  return [...new Set([launch.engineKey, ...values].flatMap(spellings))];
}

/** The whole, its lines, and what stands behind the name in `name:password`, as ZooKeeper's digests do. */
function partsOf(value: string): readonly string[] {
  const whole = value.trim();
  const lines = whole
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line.length >= shortestLine);
  const behindName = /^[^:\s]+:([^\s/]\S+)$/.exec(whole)?.[1];
  return [whole, ...lines, ...(behindName === undefined ? [] : [behindName])];
}

function spellings(secret: string): readonly string[] {
  return [
    secret,
    encodeURIComponent(secret.toWellFormed()),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('base64'),
  ];
}
