import { describe, expect, it, test } from 'vitest';
import { GssapiExchange } from '../../../src/auth/gssapi-exchange.ts';
import type { ExchangeAnswer } from '../../../src/auth/gssapi-exchange.ts';
import type { SecurityLayer } from '../../../src/config/security-layers.ts';
import { ScriptedContext, scriptedToken } from '../../support/kerberos/scripted-context.ts';
import type { ContextScript } from '../../support/kerberos/scripted-context.ts';

const nothing = Buffer.alloc(0);
const all: readonly SecurityLayer[] = ['auth', 'auth-int', 'auth-conf'];

interface Begun {
  readonly exchange: GssapiExchange;
  readonly context: ScriptedContext;
}

function begin(script: ContextScript = {}, layers = all, maxTokenBytes = 0x010203): Begun {
  const context = new ScriptedContext(script);
  const userOf = (clientName: string): string => clientName.replace(/@R$/, '');
  return {
    context,
    exchange: new GssapiExchange({ context, layers, maxTokenBytes, userOf }),
  };
}

/** What is inside the offer of layers, in hex. */
function offered(answer: ExchangeAnswer): string {
  if (answer.kind !== 'challenge') throw new Error(`no challenge but ${answer.kind}`);
  return answer.payload.subarray(2).toString('hex');
}

/** A client's choice, as its first protected message. */
function choice(bit: number, maxTokenBytes: number, authorizationId = ''): Buffer {
  const message = Buffer.alloc(4);
  message.writeUInt32BE(maxTokenBytes);
  message.writeUInt8(bit, 0);
  return scriptedToken(Buffer.concat([message, Buffer.from(authorizationId)]), false, 0);
}

const refusal = (message: RegExp): object => ({
  code: 'AUTHENTICATION_FAILED',
  message: expect.stringMatching(message),
});

/** Through Kerberos in one token, and the choice sent. */
async function choose(
  chosen: Buffer,
  layers: readonly SecurityLayer[] = all,
  script: ContextScript = {},
): Promise<{ readonly answer: ExchangeAnswer; readonly context: ScriptedContext }> {
  const { exchange, context } = begin(script, layers);
  await exchange.respond(Buffer.from('ticket'));
  return { answer: await exchange.respond(chosen), context };
}

describe('the way through Kerberos', () => {
  it('is one token, our answer to it, and an empty acknowledgement where the client asks who we are', async () => {
    const { exchange, context } = begin({
      steps: [{ token: Buffer.from('me'), isComplete: true }],
    });
    expect(await exchange.respond(Buffer.from('ticket'))).toEqual({
      kind: 'challenge',
      payload: Buffer.from('me'),
    });
    expect(offered(await exchange.respond(nothing))).toBe('07010203');
    expect(context.taken).toEqual(['ticket']);
  });

  it('is one token and at once the offer where nothing is left to say', async () => {
    const { exchange } = begin();
    expect(offered(await exchange.respond(Buffer.from('ticket')))).toBe('07010203');
  });

  it('may begin with nothing, which is answered with nothing', async () => {
    const { exchange } = begin();
    expect(await exchange.respond(nothing)).toEqual({ kind: 'challenge', payload: nothing });
    expect(offered(await exchange.respond(Buffer.from('ticket')))).toBe('07010203');
  });

  const more = { token: Buffer.from('more'), isComplete: false };

  it('has an end: tokens that lead nowhere are refused', async () => {
    const { exchange, context } = begin({ steps: Array<typeof more>(20).fill(more) });
    for (let token = 0; token < 4; token += 1) await exchange.respond(Buffer.from('x'));
    await expect(exchange.respond(Buffer.from('x'))).rejects.toMatchObject(
      refusal(/sent 4 tokens/),
    );
    expect(context.isDisposed).toBe(true);
  });

  it('has no second silence', async () => {
    const { exchange } = begin({ steps: [more] });
    await exchange.respond(Buffer.from('x'));
    await expect(exchange.respond(nothing)).rejects.toMatchObject(refusal(/no Kerberos token/));
  });

  it('ends with the last token: another one is refused', async () => {
    const { exchange, context } = begin({
      steps: [{ token: Buffer.from('me'), isComplete: true }],
    });
    await exchange.respond(Buffer.from('ticket'));
    await expect(exchange.respond(Buffer.from('ticket'))).rejects.toMatchObject(
      refusal(/after the last one/),
    );
    expect(context.taken).toEqual(['ticket']);
  });

  it('ends with a bad token, and the context is let go', async () => {
    const { exchange, context } = begin({ steps: ['bad'] });
    await expect(exchange.respond(Buffer.from('x'))).rejects.toMatchObject(refusal(/bad token/));
    expect(context.isDisposed).toBe(true);
    await expect(exchange.respond(Buffer.from('x'))).rejects.toMatchObject(refusal(/is over/));
  });

  it('ends when the client leaves, even while a token is looked at', async () => {
    const { exchange, context } = begin();
    const looking = exchange.respond(Buffer.from('ticket'));
    exchange.dispose();
    await expect(looking).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
    expect(context.isDisposed).toBe(true);
  });
});

describe('the offer of layers', () => {
  test.each<[readonly SecurityLayer[], string]>([
    [['auth'], '01000000'], // without layers no token will ever come
    [['auth-int'], '02010203'],
    [['auth-conf'], '04010203'],
    [['auth', 'auth-conf'], '05010203'],
  ])('is %j as it was configured', async (layers, offer) => {
    const { exchange } = begin({}, layers);
    expect(offered(await exchange.respond(Buffer.from('ticket')))).toBe(offer);
  });

  it('says at most what 24 bits can say', async () => {
    const { exchange } = begin({}, all, 100 << 20);
    expect(offered(await exchange.respond(Buffer.from('ticket')))).toBe('07ffffff');
  });

  it('has nothing to protect messages with where the client counts none', async () => {
    const { exchange } = begin({ keepsOrder: false });
    expect(offered(await exchange.respond(Buffer.from('ticket')))).toBe('01000000');
  });

  it('is none where the client counts no messages, and they have to be protected', async () => {
    const { exchange, context } = begin({ keepsOrder: false }, ['auth-int', 'auth-conf']);
    await expect(exchange.respond(Buffer.from('ticket'))).rejects.toMatchObject(
      refusal(/asks for auth-int, auth-conf, and the client's login keeps no order/),
    );
    expect(context.isDisposed).toBe(true);
  });
});

describe('the choice', () => {
  it('of auth ends the login: nothing is protected, and the context is let go', async () => {
    const { answer, context } = await choose(choice(1, 0));
    expect(answer).toEqual({
      kind: 'complete',
      user: 'alice',
      authorizationId: '',
      protection: undefined,
    });
    expect(context.isDisposed).toBe(true);
  });

  test.each([
    ['auth-int', 2, 'i'],
    ['auth-conf', 4, 'c'],
  ] as const)('of %s protects in pieces that the client takes', async (_layer, bit, kind) => {
    const { answer, context } = await choose(choice(bit, 70_000, 'bob'));
    if (answer.kind !== 'complete') throw new Error('not complete');
    expect(answer.authorizationId).toBe('bob');
    const { protection } = answer;
    expect(protection?.pieceBytes).toBe(69_998);
    expect((await protection?.protect(Buffer.from('rows')))?.toString('latin1')).toBe(
      `${kind}\u0001rows`,
    );
    expect(context.isDisposed).toBe(false);
    const isConfidential = bit === 4;
    const own = scriptedToken(Buffer.from('query'), isConfidential, 1);
    expect(String(await protection?.open(own))).toBe('query');
    const other = scriptedToken(Buffer.from('query'), !isConfidential, 2);
    await expect(protection?.open(other)).rejects.toMatchObject(refusal(/was agreed on$/));
    protection?.dispose();
    expect(context.isDisposed).toBe(true);
  });

  it('of oneself as the one to act for is no wish to act for anybody', async () => {
    const { answer } = await choose(choice(1, 0, 'alice@R'));
    expect(answer).toMatchObject({ authorizationId: '' });
  });

  test.each([
    ['a layer that was not offered', choice(2, 65_536), /picked auth-int, and was offered auth,/],
    ['two layers at once', choice(5, 65_536), /picked something that is no security layer \(5\)/],
    ['no layer', choice(0, 65_536), /picked something that is no security layer \(0\)/],
    ['too small a buffer', choice(4, 300), /at most 300 bytes: too few/],
    ['no buffer', choice(4, 0), /at most 0 bytes: too few/],
    ['too few bytes', scriptedToken(Buffer.of(1, 0, 0), false, 0), /has 3 bytes/],
    ['too long a name', choice(1, 0, 'x'.repeat(1025)), /has 1029 bytes/],
    [
      'a name that is no text',
      scriptedToken(Buffer.of(1, 0, 0, 0, 0xff), false, 0),
      /id is not UTF-8/,
    ],
    ['a message that was altered', Buffer.from('x\0\x01\0\0\0'), /a bad message/],
  ])('with %s is refused', async (_what, chosen, message) => {
    const { exchange, context } = begin({}, ['auth', 'auth-conf']);
    await exchange.respond(Buffer.from('ticket'));
    await expect(exchange.respond(chosen)).rejects.toMatchObject(refusal(message));
    expect(context.isDisposed).toBe(true);
  });

  it('comes once', async () => {
    const { exchange } = begin();
    await exchange.respond(Buffer.from('ticket'));
    await exchange.respond(choice(1, 0));
    await expect(exchange.respond(choice(1, 0))).rejects.toMatchObject(refusal(/is over/));
  });
});
