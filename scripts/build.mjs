// @ts-check
// `npm run build`: what the published package holds beside its sources: dist/ and the engine's jar.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { nodeForTypeScript } from './node-process.mjs';
import { ensureDependencies, ensureEngineJar, ensureJava, ensureSpark } from './provision.mjs';
import { root } from './root.mjs';
import { interruptible, main, run } from './run-command.mjs';

await main(() =>
  interruptible(async () => {
    await ensureDependencies();
    rmSync(join(root, 'dist'), { recursive: true, force: true });
    const tsc = join('node_modules', '.bin', 'tsc');
    await run(nodeForTypeScript(), [tsc, '-p', 'tsconfig.build.json'], { cwd: root });
    const java = await ensureJava();
    process.env.JAVA_HOME = java.home;
    await ensureEngineJar({ sparkHome: await ensureSpark() });
  }),
);
