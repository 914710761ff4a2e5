"""Makes the connections that a file lists, as a JSON array of objects with name, client, transport, method, port, ca, user,
password, certificate and key; it prints one JSON object: by name, whom the gateway takes the client for, or how it was refused."""

import json
import os
import ssl
import sys

from impala.dbapi import connect as connect_impyla
from pyhive import hive
from pyhive.hive import get_installed_sasl
from thrift.transport import THttpClient, TSSLSocket, TTransport
from thrift_sasl import TSaslClientTransport


def user_of(connection):
    cursor = connection.cursor()
    cursor.execute("kyuubi desc session")
    user = cursor.fetchall()[0][1]
    connection.close()
    return user


def tls_socket(cell):
    context = ssl.create_default_context(cafile=cell["ca"])
    if cell.get("certificate"):
        context.load_cert_chain(cell["certificate"], cell["key"])
    return TSSLSocket.TSSLSocket("localhost", cell["port"], ssl_context=context)


def sasl_over_tls(cell, mechanism, **login):
    return TSaslClientTransport(
        lambda: get_installed_sasl(host="localhost", sasl_auth=mechanism, **login), mechanism, tls_socket(cell)
    )


def pyhive_binary(cell):
    port, method, login = cell["port"], cell["method"], {"username": cell["user"], "password": cell["password"]}
    if cell["transport"] == "binary":
        options = {
            "none": {"username": cell["user"]},
            "nosasl": {"username": cell["user"], "auth": "NOSASL"},
            "password": {**login, "auth": "LDAP"},
            "kerberos": {"auth": "KERBEROS", "kerberos_service_name": "hive"},
        }
        return hive.connect("localhost", port, **options[method])
    if method in ("nosasl", "certificate"):
        return hive.connect(thrift_transport=TTransport.TBufferedTransport(tls_socket(cell)), username=cell["user"])
    if method == "kerberos":
        transport = sasl_over_tls(cell, "GSSAPI", service="hive", username=None, password=None)
    else:
        transport = sasl_over_tls(cell, "PLAIN", service=None, **login)
    return hive.connect(thrift_transport=transport)


def pyhive_http(cell):
    scheme, port = cell["transport"], cell["port"]
    if cell["method"] == "bearer":
        context = ssl.create_default_context(cafile=cell["ca"]) if scheme == "https" else None
        transport = THttpClient.THttpClient(f"{scheme}://localhost:{port}/cliservice/", ssl_context=context)
        transport.setCustomHeaders({"Authorization": "Bearer " + cell["password"]})
        return hive.connect(thrift_transport=transport)
    options = {
        "none": {"username": cell["user"], "password": "x"},
        "nosasl": {"username": cell["user"], "password": "x", "auth": "NOSASL"},
        "password": {"username": cell["user"], "password": cell["password"], "auth": "BASIC"},
        "kerberos": {"auth": "KERBEROS", "kerberos_service_name": "HTTP"},
    }
    secured = {"check_hostname": "true", "ssl_cert": "required"} if scheme == "https" else {}
    return hive.connect("localhost", port, scheme=scheme, **options[cell["method"]], **secured)


def pyhive(cell):
    return user_of(pyhive_http(cell) if cell["transport"] in ("http", "https") else pyhive_binary(cell))


def impyla(cell):
    login = {"user": cell["user"], "password": cell["password"]}
    options = {
        "none": {"auth_mechanism": "PLAIN", "user": cell["user"], "password": "x"},
        "nosasl": {"auth_mechanism": "NOSASL", "user": cell["user"]},
        "password": {"auth_mechanism": "LDAP", **login},
        "bearer": {"auth_mechanism": "JWT", "jwt": cell["password"]},
        "kerberos": {"auth_mechanism": "GSSAPI", "kerberos_service_name": "hive"},
    }[cell["method"]]
    if cell["transport"] in ("http", "https"):
        options |= {"use_http_transport": True, "http_path": "cliservice"}
        if cell["method"] == "kerberos":
            options["kerberos_service_name"] = "HTTP"
    if cell["transport"] in ("tls", "https"):
        options |= {"use_ssl": True, "ca_cert": cell["ca"]}
    connection = connect_impyla(host="localhost", port=cell["port"], timeout=60, **options)
    cursor = connection.cursor(user=cell["user"])
    cursor.execute("kyuubi desc session")
    user = cursor.fetchall()[0][1]
    connection.close()
    return user


def attempt(cell):
    try:
        return {"pyhive": pyhive, "impyla": impyla}[cell["client"]](cell)
    except Exception as failure:  # noqa: BLE001 - how each client words a refusal is the result
        return f"refused: {type(failure).__name__}: {failure}"


def main(file):
    with open(file, encoding="utf-8") as listed:
        cells = json.load(listed)
    seen = {}
    for cell in cells:
        print("attempt", cell["name"], file=sys.stderr)  # shows where a program that hangs has come to
        if cell.get("ca"):
            os.environ["SSL_CERT_FILE"] = cell["ca"]  # PyHive over HTTPS takes no other
        seen[cell["name"]] = attempt(cell)
    print(json.dumps(seen))


main(sys.argv[1])
