// @ts-check
// `npm start`: gets what is missing, then runs the gateway in the foreground. Plain JavaScript, because it runs on the
// system's Node, which may be too old for the gateway. What follows `npm start --` goes to `torii serve`.
import { join } from 'node:path';
import { endLike, runNode } from './node-process.mjs';
import {
  cacheFolder,
  ensureDependencies,
  ensureEngineJar,
  ensureJava,
  ensureSpark,
} from './provision.mjs';
import { root } from './root.mjs';
import { interruptible, main } from './run-command.mjs';

await main(async () => {
  const env = { ...process.env };
  await interruptible(async () => {
    await ensureDependencies();
    const java = await ensureJava();
    process.env.JAVA_HOME = java.home;
    const sparkHome = await ensureSpark();
    env.JAVA_HOME = java.home;
    env.SPARK_HOME = sparkHome;
    env.NODE_COMPILE_CACHE ||= join(cacheFolder(), 'compiled');
    env.TORII_ENGINE_JAR ||= await ensureEngineJar({ sparkHome });
  });
  const serve = [join(root, 'src', 'main.ts'), 'serve', ...process.argv.slice(2)];
  endLike(await runNode(serve, { env, tellEnd: true }));
});
