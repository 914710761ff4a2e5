import type { SecurityLayer } from '../config/security-layers.ts';
import { GatewayError } from '../core/errors.ts';

/** What a client has picked of what it was offered (RFC 4752, section 3.1). */
export interface LayerChoice {
  readonly layer: SecurityLayer;
  /** The longest token, in bytes, that the client takes. */
  readonly maxTokenBytes: number;
  /** For whom to act; empty: for oneself. */
  readonly authorizationId: string;
}

const bits: Readonly<Record<SecurityLayer, number>> = { auth: 1, 'auth-int': 2, 'auth-conf': 4 };

/** What 24 bits can say. */
const mostBytes = 0xffffff;
const longestAuthorizationId = 1024;

/** `u8 bits of the layers | u24 longest token that we take`, which is 0 where no token will ever come. */
export function layerOffer(layers: readonly SecurityLayer[], maxTokenBytes: number): Buffer {
  const offer = Buffer.alloc(4);
  const hasTokens = layers.some((layer) => layer !== 'auth');
  offer.writeUIntBE(hasTokens ? Math.min(maxTokenBytes, mostBytes) : 0, 1, 3);
  offer.writeUInt8(
    layers.reduce((all, layer) => all | bits[layer], 0),
    0,
  );
  return offer;
}

/** `u8 bit of the layer | u24 longest token that the client takes | authorization id`. Throws AUTHENTICATION_FAILED. */
export function readLayerChoice(message: Buffer, offered: readonly SecurityLayer[]): LayerChoice {
  if (message.length < 4 || message.length > 4 + longestAuthorizationId) {
    throw refused(`The choice of a security layer has ${message.length} bytes: it is malformed`);
  }
  const bit = message.readUInt8(0);
  const layer = offered.find((each) => bits[each] === bit);
  if (layer === undefined) {
    throw refused(`The client picked ${nameOf(bit)}, and was offered ${offered.join(', ')}`, {
      hint: `Let the client ask for what there is, as saslQop=${offered.join(',')} in a JDBC URL.`,
    });
  }
  return {
    layer,
    maxTokenBytes: message.readUIntBE(1, 3),
    authorizationId: textOf(message.subarray(4)),
  };
}

function nameOf(bit: number): string {
  const found = Object.entries(bits).find(([, each]) => each === bit);
  return found === undefined ? `something that is no security layer (${bit})` : found[0];
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw refused('The authorization id is not UTF-8', { cause });
  }
}

function refused(
  message: string,
  details: { readonly hint?: string; readonly cause?: unknown } = {},
): GatewayError {
  return new GatewayError('AUTHENTICATION_FAILED', message, details);
}
