import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IssuedCredentials } from './credentials.ts';

/** Where a container asks for its keys, as pods with a pod identity and tasks do. */
export interface CredentialsEndpoint {
  /** For the environment of who asks. */
  readonly environment: Readonly<Record<string, string>>;
  /** Access keys that it has given out, in order. */
  readonly given: readonly string[];
  stop(): Promise<void>;
}

/** `issue` makes the answer to each question: keys with an end. */
export async function startCredentialsEndpoint(
  issue: () => IssuedCredentials,
): Promise<CredentialsEndpoint> {
  const given: string[] = [];
  const server = createServer((_, response) => {
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = issue();
    given.push(accessKeyId);
    const answer = {
      ...{ AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey },
      ...{ Token: sessionToken, Expiration: expiration?.toISOString() },
    };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    environment: { AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/keys` },
    given,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
