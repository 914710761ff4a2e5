import { join } from 'node:path';
import { fetchOnce } from './fetch-once.ts';
import { runProcess } from './processes.ts';
import { cacheDir } from './spark-homes.ts';

const packages = [
  'PyHive==0.7.0',
  'thrift==0.25.0',
  'thrift_sasl==0.4.3',
  'pure-sasl==0.6.2',
  'impyla==0.24.0',
  'SQLAlchemy==2.1.9',
];

/** The folder that holds PyHive, impyla and what they need: for PYTHONPATH. */
export function pythonClients(): Promise<string> {
  const name = `clients-${packages.join('_').replaceAll('==', '-')}`;
  return fetchOnce(join(cacheDir, 'python', name), async (folder) => {
    const args = ['-m', 'pip', 'install', '--quiet', '--target', folder, ...packages];
    const run = await runProcess('python3', args, { limitMs: 300_000 });
    if (run.code !== 0) throw new Error(`pip could not install: ${run.stdout}${run.stderr}`);
  });
}
