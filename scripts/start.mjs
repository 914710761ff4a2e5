// @ts-check
// `npm start`: gets what is missing, then runs the gateway in the foreground. Plain JavaScript, because it runs on the
// system's Node, which may be too old for the gateway. What follows `npm start --` goes to `torii serve`.
import { join } from 'node:path';
import { endLike, runNode } from './node-process.mjs';
import { cacheFolder, ensureGatewayEnvironment } from './provision.mjs';
import { root } from './root.mjs';
import { interruptible, main } from './run-command.mjs';

await main(async () => {
  const env = await interruptible(ensureGatewayEnvironment);
  env.NODE_COMPILE_CACHE ||= join(cacheFolder(), 'compiled');
  const serve = [join(root, 'src', 'main.ts'), 'serve', ...process.argv.slice(2)];
  endLike(await runNode(serve, { env, tellEnd: true }));
});
