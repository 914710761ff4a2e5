"""impyla as its users write it: prints one JSON object with what each step saw. Arguments: host, port."""

import json
import os
import sys

from impala.dbapi import connect
from impala.error import Error


def rows(cursor, statement):
    cursor.execute(statement)
    return [[value if value is None or isinstance(value, (bool, int, float, str)) else str(value) for value in row] for row in cursor.fetchall()]


def main(host, port):
    seen = {}
    ways = {
        "plain": {"auth_mechanism": "PLAIN"},
        "noSasl": {"auth_mechanism": "NOSASL"},
        "http": {"auth_mechanism": "PLAIN", "use_http_transport": True, "http_path": "cliservice"},
    }
    for name, way in ways.items():
        connection = connect(host=host, port=port, user="alice", password=os.environ["CLIENT_PASSWORD"], **way)
        cursor = connection.cursor(user="alice")
        found = {
            "types": rows(cursor, "select true, 1Y, 4L, 0.1D, cast(12.50 as decimal(10,2)), 'é', date'2024-02-29', array(1), null"),
            "batches": len(rows(cursor, "select id from range(0, 25000, 1, 3)")),
            "empty": rows(cursor, "select 1 where false"),
            "description": [column[:2] for column in cursor.description],
            "schemas": rows(cursor, "show schemas"),
        }
        try:
            rows(cursor, "select * from no_such_table")
        except Error as failure:
            found["error"] = str(failure).split("\n")[0]
        cursor.ping()
        cursor.close()
        connection.close()
        seen[name] = found
    print(json.dumps(seen))


main(sys.argv[1], int(sys.argv[2]))
