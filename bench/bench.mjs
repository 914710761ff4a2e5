// @ts-check
// `npm run bench`: gets what is missing, then measures the gateway beside its peers. Plain JavaScript, because it runs on the
// system's Node, which may be too old for the gateway. What follows `npm run bench --` goes to bench/main.ts.
import { join } from 'node:path';
import { endLike, runNode } from '../scripts/node-process.mjs';
import { ensureGatewayEnvironment } from '../scripts/provision.mjs';
import { root } from '../scripts/root.mjs';
import { interruptible, main } from '../scripts/run-command.mjs';

await main(async () => {
  const env = await interruptible(ensureGatewayEnvironment);
  endLike(await runNode([join(root, 'bench', 'main.ts'), ...process.argv.slice(2)], { env }));
});
