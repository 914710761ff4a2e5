import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runBeeline, runBeelineInTerminal } from '../../support/client-programs.ts';
import { stopAllProcesses } from '../../support/processes.ts';
import { sparkVersion } from '../../support/spark-homes.ts';
import { startServer, type TestedServer } from '../../support/server.ts';

let server: TestedServer;
let url: string;

beforeAll(async () => {
  server = await startServer();
  url = `jdbc:hive2://127.0.0.1:${server.port}/default`;
});

afterAll(async () => {
  await server.stop();
  await stopAllProcesses();
});

const quiet = ['--silent=true', '--outputformat=csv2'];

describe('beeline', () => {
  it('prints a row as a table, with its banner and log on the other stream', async () => {
    const run = await runBeeline(['-u', url, '-n', 'alice', '-e', "select 1 as a, 'é' as b"]);
    expect(run.stdout).toBe('+----+----+\n| a  | b  |\n+----+----+\n| 1  | é  |\n+----+----+\n');
    expect(run.stderr).toContain(`Connected to: Spark SQL (version ${sparkVersion()})\n`);
    expect(run.stderr).toMatch(/^Driver: Hive JDBC \(version 2\.3\.\d+\)$/m);
    expect(run.stderr).toMatch(/^1 row selected \([\d.]+ seconds\)$/m);
    expect(run.code).toBe(0);
  });

  it('prints CSV and TSV', async () => {
    const query = "select id, if(id = 1, null, concat('v', id)) as v from range(0, 3, 1, 1)";
    const csv = await runBeeline(['-u', url, '-n', 'alice', ...quiet, '-e', query]);
    expect(csv.stdout).toBe('id,v\n0,v0\n1,NULL\n2,v2\n');
    const tsv = ['--silent=true', '--outputformat=tsv2'];
    const run = await runBeeline(['-u', url, '-n', 'alice', ...tsv, '-e', query]);
    expect(run.stdout).toBe('id\tv\n0\tv0\n1\tNULL\n2\tv2\n');
  });

  it('runs several statements in one session', async () => {
    const run = await runBeeline([
      ...['-u', url, '-n', 'alice', ...quiet],
      ...['-e', 'create temporary view v as select 7 as seven', '-e', 'select seven from v'],
    ]);
    expect(run.stdout).toContain('seven\n7\n');
    expect(run.code).toBe(0);
  });

  it('shows Spark’s own message and SQLSTATE, and ends with 1', async () => {
    const args = ['-u', url, '-n', 'alice', ...quiet, '-e', 'select * from no_such_table'];
    const run = await runBeeline(args);
    expect(run.stderr).toMatch(
      /^Error: \[TABLE_OR_VIEW_NOT_FOUND\] The table or view `no_such_table` cannot be found\./m,
    );
    expect(run.stderr).toContain('(state=42P01,code=0)');
    expect(run.stdout).not.toContain('no_such_table');
    expect(run.code).toBe(1);
  });

  it('stops a script at the statement that fails, and ends with 2', async () => {
    const script = join(server.dir, 'script.sql');
    writeFileSync(script, 'select 1 as one;\nselect nope;\nselect 2 as two;\n');
    const run = await runBeeline(['-u', url, '-n', 'alice', ...quiet, '-f', script]);
    expect(run.stdout).toContain('1\n');
    expect(run.stdout).not.toContain('two');
    expect(run.stderr).toContain('[UNRESOLVED_COLUMN.WITHOUT_SUGGESTION]');
    expect(run.stderr).toContain('(state=42703,code=0)');
    expect(run.code).toBe(2);
  });

  it('draws the progress of a query in place, beside its log', async () => {
    const query =
      "select sum(length(s)) as n from (select java_method('java.lang.Thread', 'sleep', 500L) as s from range(0, 12, 1, 6));";
    const run = await runBeelineInTerminal(['-u', url, '-n', 'alice', '-e', query]);
    const text = run.stdout.replaceAll('\r', '');
    expect(text).toMatch(/STAGES +ATTEMPT +STATUS +TOTAL +COMPLETED +RUNNING +PENDING +FAILED/);
    expect(text).toMatch(/Stage-\d+ \.{4} +0 +RUNNING +6 +[1-5] +1 +[0-4] +0/);
    expect(text).toMatch(/STAGES: \d\d\/\d\d +\[=+>>-+\] \d+% +ELAPSED TIME: [\d.]+ s/);
    expect(text).toMatch(/Stage \d+ finished, 6 of 6 tasks done/);
    expect(text).toContain('| 48  |');
    expect(run.code).toBe(0);
  });
});
