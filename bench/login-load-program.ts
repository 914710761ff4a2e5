// Clients in a process of their own that log in, told by messages how (login-load.ts).
import { logIn, loginOrderSchema } from './login-load.ts';

process.on('message', (message) => {
  logIn(loginOrderSchema.parse(message))
    .then((times) => process.send?.(times))
    .catch((error: unknown) => {
      process.stderr.write(`logins: ${String(error)}\n`);
      process.exit(1);
    });
});
process.on('disconnect', () => process.exit());
