"""PyHive and impyla over TLS: prints one JSON object with what each way in gave. Argument: a JSON object with port, ca and otherCa,
and alice and stranger, each the certificate and key of a client."""

import json
import os
import ssl
import sys

from impala.dbapi import connect as connect_impyla
from pyhive import hive
from puresasl.client import SASLClient
from thrift.transport import TSSLSocket, TTransport
from thrift_sasl import TSaslClientTransport


def attempt(action):
    """The rows that the action gives, or how it was refused."""
    try:
        return action()
    except Exception as failure:  # noqa: BLE001 - how each client words a refusal is the result
        return f"refused: {type(failure).__name__}: {failure}"


def secured(port, ca, client=None):
    context = ssl.create_default_context(cafile=ca)
    if client is not None:
        context.load_cert_chain(client["certificate"], client["key"])
    return TSSLSocket.TSSLSocket("localhost", port, ssl_context=context)


class Plain:
    """What thrift_sasl expects of a SASL client, by pure-sasl."""

    def __init__(self):
        self.client = SASLClient("localhost", mechanism="PLAIN", username="alice", password=os.environ["CLIENT_PASSWORD"])

    def start(self, mechanism):
        return True, mechanism, self.client.process()

    def step(self, challenge):
        return True, self.client.process(challenge)

    def encode(self, data):
        return True, data

    def decode(self, data):
        return True, data

    def getError(self):
        return "refused"


def rows(connection, statement):
    cursor = connection.cursor()
    cursor.execute(statement)
    found = [list(row) for row in cursor.fetchall()]
    connection.close()
    return found


def pyhive_plain(socket):
    transport = TSaslClientTransport(Plain, "PLAIN", socket)
    return rows(hive.connect(thrift_transport=transport, username="alice"), "select sum(id) from range(0, 20000, 1, 2)")


def pyhive_without_sasl(socket):
    transport = TTransport.TBufferedTransport(socket)
    return rows(hive.connect(thrift_transport=transport, username="root"), "kyuubi desc session")[0][1]


def impyla(port, **options):
    connection = connect_impyla(
        host="localhost", port=port, auth_mechanism="PLAIN", user="alice", password=os.environ["CLIENT_PASSWORD"], timeout=60, **options
    )
    return rows(connection, "select 1")


def main(port, ca, otherCa, alice, stranger):
    ways = {
        "pyhive": lambda: pyhive_plain(secured(port, ca)),
        "pyhiveTrustingAnother": lambda: pyhive_plain(secured(port, otherCa)),
        "pyhiveWithoutTls": lambda: rows(hive.connect("localhost", port, username="alice"), "select 1"),
        "certificate": lambda: pyhive_without_sasl(secured(port, ca, alice)),
        "certificateOfStranger": lambda: pyhive_without_sasl(secured(port, ca, stranger)),
        "impyla": lambda: impyla(port, use_ssl=True, ca_cert=ca),
        "impylaWithoutTls": lambda: impyla(port),
    }
    seen = {}
    for name, way in ways.items():
        print("step", name, file=sys.stderr)  # shows where a program that hangs has come to
        seen[name] = attempt(way)
    print(json.dumps(seen))


main(**json.loads(sys.argv[1]))
