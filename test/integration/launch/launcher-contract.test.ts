import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { processesNaming } from '../../support/processes.ts';
import { secrets } from '../../support/kubernetes/resources.ts';
import { ClusterLaunchers } from './cluster-launchers.ts';
import { KubernetesLab, namespace } from '../../services/launch/kubernetes-lab.ts';
import { LaunchLab, requestOf } from './launch-lab.ts';
import { launcherContract } from './launcher-contract.ts';

/** Stands for Spark: lives until it is told to end, or fails. */
const script = `case "$*" in
*no.such.Main*) echo "Exception: no class no.such.Main"; exit 3 ;;
esac
trap 'exit 143' TERM
echo "first"
echo "alive"
sleep 600 &
wait`;
const failing = { 'spark.test.main': 'no.such.Main' };
const lines = { livingLine: /^alive$/m, failure: /exit code 3/ };

const local = new LaunchLab();
let kubernetes: KubernetesLab;
const launchers = new ClusterLaunchers();

beforeAll(async () => {
  kubernetes = await KubernetesLab.start({ runs: true });
  const home = join(kubernetes.cluster.dir, 'spark');
  mkdirSync(join(home, 'bin'), { recursive: true });
  writeFileSync(join(home, 'bin', 'spark-submit'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(home, 'bin', 'spark-submit'), 0o755);
  kubernetes.cluster.addImage('spark:test', { paths: { '/opt/spark': home } });
});
afterAll(async () => {
  await local.end();
  await launchers.stop();
  await kubernetes.stop();
});

launcherContract('on its own host', () => {
  const sparkHome = local.fakeSpark(script);
  return {
    launcher: async () => {
      const launcher = local.launcher({ sparkHome });
      await launcher.start();
      return launcher;
    },
    living: () => requestOf(),
    failing: () => requestOf(failing),
    ...lines,
    shown: () => commandLines(local.dir),
    launchFiles: () => local.propertiesFiles(),
  };
});

launcherContract('in pods', () => {
  const main = { resource: 'local:///engine.jar', mainClass: 'io.torii.engine.EngineMain' };
  return {
    launcher: () => Promise.resolve(launchers.start(kubernetes.platform(), kubernetes.fleet, main)),
    living: () => requestOf(),
    failing: () => requestOf(failing),
    ...lines,
    shown: () => {
      const { cluster } = kubernetes;
      const objects = JSON.stringify([cluster.pods(namespace), cluster.events()]);
      return `${objects}\n${commandLines(cluster.dir)}`;
    },
    // Each secret of a launch is its pod's own: it goes with it.
    launchFiles: () =>
      kubernetes.cluster.api.store
        .list(secrets, namespace)
        .filter(({ metadata }) => metadata.ownerReferences === undefined)
        .map(({ metadata }) => metadata.name),
  };
});

function commandLines(marker: string): string {
  return processesNaming(marker)
    .map(({ commandLine }) => commandLine)
    .join('\n');
}
