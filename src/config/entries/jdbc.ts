import { entry } from '../entry.ts';
import { integerBetween, interval, text } from '../kinds.ts';

/** A database that is asked for users, for `JDBC`. */
export const jdbcEntries = {
  driver: entry('kyuubi.authentication.jdbc.driver.class', text.optional(), {
    doc: 'The Java driver of an existing site, for PostgreSQL, MySQL or MariaDB. The URL says the same, and where both are set they have to agree.',
    setBy: 'server',
  }),
  url: entry('kyuubi.authentication.jdbc.url', text.optional(), {
    doc: 'The database that JDBC asks: `jdbc:postgresql://host:5432/db`, `jdbc:mysql://host:3306/db` or `jdbc:mariadb://...`, with the parameters for user, password and TLS that the Java drivers know.',
    setBy: 'server',
    secret: true,
  }),
  user: entry('kyuubi.authentication.jdbc.user', text.optional(), {
    doc: 'User of the database; `${env:NAME}` takes it from the environment, `${file:PATH}` from a file.',
    setBy: 'server',
    aliases: ['kyuubi.authentication.jdbc.username'],
  }),
  password: entry('kyuubi.authentication.jdbc.password', text.optional(), {
    doc: 'Password of that user; `${env:NAME}` takes it from the environment, `${file:PATH}` from a file.',
    setBy: 'server',
    secret: true,
  }),
  query: entry('kyuubi.authentication.jdbc.query', text.optional(), {
    doc: 'A SELECT that has a row for the right user and password: `SELECT 1 FROM users WHERE name = ${user} AND hash = crypt(${password}, hash)`. Both stand outside of quotes and are bound as parameters. Names are compared as the database does; take a column that tells upper from lower case.',
    setBy: 'server',
  }),
  caFile: entry('torii.authentication.jdbc.tls.ca.file', text.optional(), {
    doc: 'Certificates (PEM) that the database is checked against, where its URL asks for that. Those of the system unless set.',
    setBy: 'server',
  }),
  poolSize: entry('torii.authentication.jdbc.pool.size', integerBetween(1, 64).default('4'), {
    doc: 'Connections to the database at most; other logins wait for their turn.',
    setBy: 'server',
  }),
  timeoutMs: entry('torii.authentication.jdbc.timeout', interval.default('PT10S'), {
    doc: 'How long the database may take for a login, once it is its turn.',
    setBy: 'server',
  }),
} as const;
