import { writeFileSync } from 'node:fs';
import { runProcess } from '../../support/processes.ts';

/** Makes `ca.pem` in the folder, and `server.pem` with `server.key` for 127.0.0.1 and localhost, signed by it. */
export async function makeCertificates(dir: string): Promise<void> {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl(dir, [
    ...['req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2'],
    ...['-subj', '/CN=authority of a test'],
  ]);
  await openssl(dir, [
    ...['req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost'],
  ]);
  writeFileSync(`${dir}/names`, 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  await openssl(dir, [
    ...['x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key'],
    ...['-CAcreateserial', '-out', 'server.pem', '-days', '2', '-extfile', 'names'],
  ]);
}

async function openssl(dir: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await runProcess('openssl', args, { cwd: dir });
  if (code !== 0) throw new Error(`openssl ${args[0]} failed: ${stderr}`);
}
