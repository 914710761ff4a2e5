import type { IncomingMessage } from 'node:http';

/** What a request says once: of two, a proxy may take one and we the other. Lengths and the like Node's parser looks after. */
const saidOnce = new Set(['authorization', 'host']);

/** Why a head is not to be believed, as a status of HTTP and a text; undefined where nothing is wrong with it. */
export function oddityOf({
  rawHeaders,
  headers,
  httpVersion,
}: IncomingMessage): { readonly status: number; readonly text: string } | undefined {
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    return { status: 501, text: 'of transfer codings chunked alone is known here' };
  }
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? '';
    if (!saidOnce.has(name)) continue;
    if (seen.has(name)) return { status: 400, text: `the request has the header ${name} twice` };
    seen.add(name);
  }
  return httpVersion === '1.1' && !seen.has('host')
    ? { status: 400, text: 'the request has no header host' }
    : undefined;
}

/** The path, and for whom the client wants to act where the query says so. Undefined for a target that is none, or names two. */
export function readTarget(
  target: string,
): { readonly path: string; readonly doAs: string | undefined } | undefined {
  // As most clients ask; a URL made of each request costs more than the rest of its head.
  if (/^(?:\/[\w-]+)*\/?$/.test(target)) return { path: target, doAs: undefined };
  const url = URL.parse(target, 'http://gateway');
  if (url === null) return undefined;
  const [first, ...others] = [...url.searchParams].filter(
    ([name]) => name.toLowerCase() === 'doas',
  );
  return others.length > 0 ? undefined : { path: url.pathname, doAs: first?.[1] };
}
