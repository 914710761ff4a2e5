"""PyHive and impyla with Kerberos: prints one JSON object with what each way in gave. Argument: a JSON object with port, ca, and the
ticket caches alice, aliceOnHost, mallory and nobody. The password of alice stands in CLIENT_PASSWORD."""

import json
import os
import ssl
import sys

from impala.dbapi import connect as connect_impyla
from pyhive import hive
from pyhive.sasl_compat import PureSASLClient
from thrift.transport import TSSLSocket
from thrift_sasl import TSaslClientTransport

whoami = "kyuubi desc session"


def rows(connection, statement="select sum(id) from range(0, 20000, 1, 2)"):
    cursor = connection.cursor()
    cursor.execute(statement)
    found = [list(row) for row in cursor.fetchall()]
    connection.close()
    return found


def pyhive(port, service="hive"):
    return hive.connect("localhost", port, auth="KERBEROS", kerberos_service_name=service)


def pyhive_over_tls(port, ca):
    socket = TSSLSocket.TSSLSocket("localhost", port, ssl_context=ssl.create_default_context(cafile=ca))
    transport = TSaslClientTransport(lambda: PureSASLClient("localhost", service="hive"), "GSSAPI", socket)
    return hive.connect(thrift_transport=transport)


def impyla(port, service, **options):
    return connect_impyla(
        host="localhost", port=port, auth_mechanism="GSSAPI", kerberos_service_name=service, timeout=60, **options
    )


def main(port, ca, alice, aliceOnHost, mallory, nobody):
    password = os.environ["CLIENT_PASSWORD"]
    http = {"use_http_transport": True, "http_path": "cliservice"}
    tls = {"use_ssl": True, "ca_cert": ca}
    ways = {
        "pyhive": (alice, lambda: rows(pyhive(port))),
        "pyhiveOverTls": (alice, lambda: rows(pyhive_over_tls(port, ca))),
        "pyhiveWithInstance": (aliceOnHost, lambda: rows(pyhive(port), whoami)[0][1]),
        "pyhiveOfOtherService": (alice, lambda: rows(pyhive(port, "other"))),
        "pyhiveWithoutTicket": (nobody, lambda: rows(pyhive(port))),
        "pyhiveNotServed": (mallory, lambda: rows(pyhive(port))),
        "pyhiveByPassword": (
            nobody,
            lambda: rows(hive.connect("localhost", port, auth="LDAP", username="alice", password=password)),
        ),
        "pyhiveByWrongPassword": (
            nobody,
            lambda: rows(hive.connect("localhost", port, auth="LDAP", username="alice", password=password + "x")),
        ),
        "impyla": (alice, lambda: rows(impyla(port, "hive"))),
        "impylaOverTls": (alice, lambda: rows(impyla(port, "hive", **tls))),
        "impylaOverHttp": (alice, lambda: rows(impyla(port, "HTTP", **http))),
        "impylaOverHttps": (aliceOnHost, lambda: rows(impyla(port, "HTTP", **http, **tls), whoami)[0][1]),
        "impylaOfOtherService": (alice, lambda: rows(impyla(port, "other"))),
        "impylaOfOtherServiceOverHttp": (alice, lambda: rows(impyla(port, "other", **http))),
        "impylaWithoutTicket": (nobody, lambda: rows(impyla(port, "hive"))),
        "impylaNotServedOverHttp": (mallory, lambda: rows(impyla(port, "HTTP", **http))),
    }
    seen = {}
    for name, (cache, way) in ways.items():
        print("step", name, file=sys.stderr)  # shows where a program that hangs has come to
        os.environ["KRB5CCNAME"] = cache
        try:
            seen[name] = way()
        except Exception as failure:  # noqa: BLE001 - how each client words a refusal is the result
            seen[name] = f"refused: {type(failure).__name__}: {failure}"
    print(json.dumps(seen))


main(**json.loads(sys.argv[1]))
