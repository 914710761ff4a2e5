"""PyHive that fetches whole results: one process for all rounds, so that its start is not measured.

Reads one JSON order a line: port, user, password, statement, fetchRows. Answers with one line: rows, the sum of the first
column, a checksum over all values in their order, and the nanoseconds that the fetch calls took.
"""

import json
import sys
import time
import zlib

from pyhive import hive


def fetch(order):
    connection = hive.connect(
        host="127.0.0.1",
        port=order["port"],
        username=order["user"],
        password=order["password"],
        auth="CUSTOM",
    )
    try:
        cursor = connection.cursor()
        cursor.arraysize = order["fetchRows"]
        cursor.execute(order["statement"])
        answer = read_rows(cursor)
        cursor.close()
        return answer
    finally:
        connection.close()


def read_rows(cursor):
    rows = key_sum = checksum = nanoseconds = 0
    while True:
        started = time.perf_counter_ns()
        batch = cursor.fetchmany()
        nanoseconds += time.perf_counter_ns() - started
        if not batch:
            return {"rows": rows, "keySum": key_sum, "checksum": str(checksum), "nanoseconds": nanoseconds}
        # Between the calls, so that it is no part of the time.
        rows += len(batch)
        key_sum += sum(row[0] for row in batch)
        checksum = zlib.crc32(repr(batch).encode(), checksum)


for line in sys.stdin:
    print(json.dumps(fetch(json.loads(line))), flush=True)
