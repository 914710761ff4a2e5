"""PyHive as its users write it: prints one JSON object with what each step saw. Arguments: host, port, and http where it is to come so."""

import json
import sys
import time

from pyhive import exc, hive
from TCLIService.ttypes import TOperationState


def error_of(failure):
    """The status that PyHive's exceptions carry, as far as users look at it."""
    status = getattr(failure.args[0], "status", None)
    if status is None:
        return {"thrown": type(failure).__name__, "message": str(failure).split("\n")[0]}
    return {
        "thrown": type(failure).__name__,
        "sqlState": status.sqlState,
        "message": status.errorMessage.split("\n")[0],
    }


def plain(value):
    return value.hex() if isinstance(value, bytes) else value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def types(cursor):
    cursor.execute(
        "select true, 1Y, 2S, 3, 4L, 1.5F, 0.1D, cast(12.50 as decimal(10,2)), 'é😀', X'c3a9', date'2024-02-29',"
        " timestamp'2024-02-29 12:34:56.789', array(1, null), map('k', 1), named_struct('a', 1), null"
    )
    described = [column[1] for column in cursor.description]
    return [[kind, type(value).__name__, plain(value)] for kind, value in zip(described, cursor.fetchone())]


def batches(cursor):
    cursor.arraysize = 1000
    cursor.execute("select id, if(id % 7 = 0, null, string(id)) from range(0, 2500, 1, 3)")
    rows = cursor.fetchall()
    return [len(rows), sum(row[0] for row in rows), sum(1 for row in rows if row[1] is None)]


def fetch_styles(cursor):
    cursor.execute("select id from range(0, 10, 1, 1)")
    return [cursor.fetchone(), cursor.fetchmany(3), list(cursor)]


def parameters(cursor):
    cursor.execute("select %s, %s, %s", ("it's", 42, None))
    return cursor.fetchall()


def no_rows(cursor):
    cursor.execute("create table pyhive_made (id int) using parquet")
    cursor.execute("insert into pyhive_made values (1), (2)")
    cursor.execute("select count(*) from pyhive_made")
    count = cursor.fetchall()
    cursor.execute("select * from pyhive_made where id > 5")
    none = cursor.fetchall()
    cursor.execute("drop table pyhive_made")
    return [count, none, [column[0] for column in cursor.description]]


def asynchronous(cursor):
    cursor.execute("select sum(id) from range(0, 1000, 1, 2)", async_=True)
    state = cursor.poll().operationState
    lines = []
    while state in (TOperationState.INITIALIZED_STATE, TOperationState.PENDING_STATE, TOperationState.RUNNING_STATE):
        lines += cursor.fetch_logs()
        time.sleep(0.05)
        state = cursor.poll().operationState
    lines += cursor.fetch_logs()
    return {
        "state": TOperationState._VALUES_TO_NAMES[state],
        "rows": cursor.fetchall(),
        "hasLog": len(lines) > 0,
        "linesAreText": all(isinstance(line, str) for line in lines),
    }


def cancelled(cursor):
    started = time.monotonic()
    cursor.execute(
        "select sum(length(s)) from (select java_method('java.lang.Thread', 'sleep', 250L) as s from range(0, 120, 1, 1))",
        async_=True,
    )
    time.sleep(1)
    cursor.cancel()
    state = cursor.poll().operationState
    while state in (TOperationState.INITIALIZED_STATE, TOperationState.PENDING_STATE, TOperationState.RUNNING_STATE):
        time.sleep(0.05)
        state = cursor.poll().operationState
    return [TOperationState._VALUES_TO_NAMES[state], time.monotonic() - started < 10]


def failed_asynchronously(cursor):
    cursor.execute("select raise_error('boom')", async_=True)
    reply = cursor.poll()
    while reply.operationState not in (TOperationState.ERROR_STATE, TOperationState.FINISHED_STATE):
        time.sleep(0.05)
        reply = cursor.poll()
    return [TOperationState._VALUES_TO_NAMES[reply.operationState], "boom" in (reply.errorMessage or "")]


def failing(statement):
    def step(cursor):
        cursor.execute(statement)
        return "no error"

    return step


def attempt(action):
    """What the action gives, or the kind and first words of what it fails with."""
    try:
        return action()
    except Exception as failure:  # noqa: BLE001 - what the client itself trips over is a result too
        return {"thrown": type(failure).__name__, "message": str(failure)[:200]}


def no_sasl(host, port):
    connection = hive.connect(host=host, port=port, auth="NOSASL", username="alice")
    cursor = connection.cursor()
    cursor.execute("select 'connected', 1.5")
    rows = [[plain(value) for value in row] for row in cursor.fetchall()]
    connection.close()
    return rows


def configured(host, port):
    settings = {"spark.sql.shuffle.partitions": "3", "spark.sql.ansi.enabled": "false"}
    connection = hive.connect(host=host, port=port, username="alice", configuration=settings)
    cursor = connection.cursor()
    cursor.execute("set spark.sql.shuffle.partitions")
    rows = cursor.fetchall()
    connection.close()
    return rows


def has_missing_table(inspector):
    try:
        return inspector.has_table("no_such_table")
    except Exception as failure:  # noqa: BLE001 - the kind of failure is the result
        return type(failure).__name__


def sqlalchemy_dialect(host, port):
    from sqlalchemy import create_engine, inspect, text

    engine = create_engine(f"hive://alice@{host}:{port}/default")
    with engine.connect() as connection:
        connection.execute(text("create table alchemy_made (id int, name string) using parquet"))
        connection.execute(text("insert into alchemy_made values (1, 'a'), (2, null)"))
        rows = [list(row) for row in connection.execute(text("select * from alchemy_made order by id"))]
        inspector = inspect(connection)
        has = [inspector.has_table("alchemy_made"), has_missing_table(inspector)]
        columns = [[column["name"], str(column["type"])] for column in inspector.get_columns("alchemy_made")]
        schemas = "default" in inspector.get_schema_names()
        connection.execute(text("drop table alchemy_made"))
    engine.dispose()
    return {"rows": rows, "hasTable": has, "columns": columns, "hasDefaultSchema": schemas}


def main(host, port, *scheme):
    over = {"scheme": scheme[0]} if scheme else {}
    connection = hive.connect(host=host, port=port, username="alice", **over)
    on_cursor = {
        "types": types,
        "batches": batches,
        "fetchStyles": fetch_styles,
        "parameters": parameters,
        "noRows": no_rows,
        "asynchronous": asynchronous,
        "cancelled": cancelled,
        "failedAsynchronously": failed_asynchronously,
        "parseError": failing("selec 1"),
        "missingTable": failing("select * from no_such_table"),
        "runtimeError": failing("select raise_error('boom')"),
    }
    seen = {}
    for name, step in on_cursor.items():
        print("step", name, file=sys.stderr)  # shows where a program that hangs has come to
        cursor = connection.cursor()
        try:
            seen[name] = step(cursor)
        except exc.Error as failure:
            seen[name] = error_of(failure)
        cursor.close()
    connection.close()
    for name, step in {"noSasl": no_sasl, "configured": configured, "sqlalchemy": sqlalchemy_dialect}.items():
        print("step", name, file=sys.stderr)
        seen[name] = attempt(lambda: step(host, port))
    print(json.dumps(seen))


main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
