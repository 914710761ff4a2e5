import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fetchOnce } from './fetch-once.ts';
import { runProcess } from './processes.ts';
import { cacheDir } from './spark-homes.ts';

/** Fetches one artifact (group:artifact:version, or with :jar:classifier) by Maven, once; gives the jar's path. */
export async function mavenJar(artifact: string): Promise<string> {
  const folder = await fetchOnce(join(cacheDir, 'maven', artifact.replaceAll(':', '_')), (part) =>
    copyArtifact(artifact, part),
  );
  const jar = readdirSync(folder).find((file) => file.endsWith('.jar'));
  if (jar === undefined) throw new Error(`Maven put no jar of ${artifact} into ${folder}`);
  return join(folder, jar);
}

async function copyArtifact(artifact: string, folder: string): Promise<void> {
  const goal = ['-q', '-B', 'dependency:copy', `-Dartifact=${artifact}`];
  const run = await runProcess('mvn', [...goal, `-DoutputDirectory=${folder}`], {
    cwd: folder,
    limitMs: 300_000,
  });
  if (run.code !== 0) throw new Error(`mvn ${goal.join(' ')}:\n${run.stdout}${run.stderr}`);
}
