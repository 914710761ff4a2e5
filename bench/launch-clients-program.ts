// Clients in a process of their own that open sessions and wait for their engines (launch-clients.ts).
import { clientsOrderSchema, openEvenly } from './launch-clients.ts';

process.on('message', (message) => {
  openEvenly(clientsOrderSchema.parse(message))
    .then((openings) => process.send?.(openings))
    .catch((error: unknown) => {
      process.stderr.write(`launches: ${String(error)}\n`);
      process.exit(1);
    });
});
process.on('disconnect', () => process.exit());
