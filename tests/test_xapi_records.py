# SPDX-License-Identifier: MIT
"""examples/xapi-records.py against small servers that answer as XAPI's /jsonrpc does."""

import json
import os
import shutil
import ssl
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from test_program import ROOT, need_json, run

PROGRAM = ROOT / "examples" / "xapi-records.py"
POOL = ROOT / "examples" / "pools" / "hera-zeus"
PASSWORD = "cåfe; 'x'"
CLASSES = {"pool", "host", "VM", "VM_metrics", "network", "PIF", "VIF", "SR", "PBD", "VBD", "VDI"}


class Fake:
    """A XAPI: `records` by class, what it was asked, and who is logged in."""

    def __init__(self, address, port=0, records=None, master=None, version=2, context=None):
        fake = self
        self.records, self.master, self.version = records or {}, master, version
        self.asked, self.sessions, self.raw = [], set(), None

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                body = fake.raw if fake.raw is not None else json.dumps(fake.answer(question)).encode()
                self.send_response(200 if self.path == "/jsonrpc" else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer((address, port), Handler)
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.url = f"{'https' if context else 'http'}://root@{address}:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, question):
        result, error = self.result(question["method"], question["params"])
        if self.version == 1:
            value = {"Status": "Failure", "ErrorDescription": error} if error else {"Status": "Success", "Value": result}
            return {"result": value, "error": None, "id": question["id"]}
        if error:
            error = {"code": 1, "message": error[0], "data": error[1:]}
            return {"jsonrpc": "2.0", "error": error, "id": question["id"]}
        return {"jsonrpc": "2.0", "result": result, "id": question["id"]}

    def result(self, method, parameters):
        self.asked.append(method)
        if method == "session.login_with_password":
            if self.master:
                return None, ["HOST_IS_SLAVE", self.master]
            if parameters[:2] != ["root", PASSWORD]:
                return None, ["SESSION_AUTHENTICATION_FAILED", "root", "Authentication failure"]
            self.sessions.add("OpaqueRef:session")
            return "OpaqueRef:session", None
        if parameters[0] not in self.sessions:
            return None, ["SESSION_INVALID", parameters[0]]
        if method == "session.logout":
            self.sessions.remove(parameters[0])
            return "", None
        kind = method.split(".")[0]
        if kind not in self.records:
            return None, ["MESSAGE_METHOD_UNKNOWN", method]
        return self.records[kind], None


@pytest.fixture
def fakes():
    made = []

    def make(*arguments, **options):
        made.append(Fake(*arguments, **options))
        return made[-1]

    yield make
    for fake in made:
        fake.server.shutdown()
        fake.server.server_close()


@pytest.fixture(scope="session")
def records():
    return json.loads((POOL / "records.json").read_text())


def ask(*words, password=PASSWORD, **environment):
    environment = {**{k: v for k, v in os.environ.items() if k != "XAPI_PASSWORD"}, **environment}
    if password is not None:
        environment["XAPI_PASSWORD"] = password
    return subprocess.run(
        [sys.executable, "-I", str(PROGRAM), *words], capture_output=True, text=True, env=environment,
        stdin=subprocess.DEVNULL, timeout=60,
    )  # fmt: skip


def sentence(done):
    assert done.returncode == 1 and done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[-1].startswith("xapi-records: ") and "Traceback" not in done.stderr
    assert PASSWORD not in done.stderr
    return lines[-1]


@pytest.mark.parametrize("version", [1, 2])
def test_the_pool_comes_as_it_is(fakes, records, version, tmp_path):
    fake = fakes("127.0.0.1", records=records, version=version)
    done = ask(fake.url)
    assert done.returncode == 0, done.stderr
    assert "not encrypted" in done.stderr
    got = json.loads(done.stdout)
    assert set(got) == CLASSES and set(got["VM"]) == set(records["VM"])
    assert got["host"] == {
        ref: {k: v for k, v in host.items() if k in got["host"][ref]} for ref, host in records["host"].items()
    }
    assert fake.asked[0] == "session.login_with_password" and fake.asked[-1] == "session.logout"
    assert not fake.sessions
    need_json()
    path = tmp_path / "pool.json"
    path.write_text(done.stdout)
    levels = [run("level", "--json", str(p)) for p in (path, POOL / "records.json")]
    assert levels[0].returncode == 0, levels[0].stderr
    assert json.loads(levels[0].stdout)["xen"] == json.loads(levels[1].stdout)["xen"]


def test_secrets_stay_there(fakes, records):
    changed = json.loads(json.dumps(records))
    for pbd in changed["PBD"].values():
        pbd["device_config"] = {"password": "xyzzy"}
    for vm in changed["VM"].values():
        vm["NVRAM"] = {"EFI-variables": "xyzzy"}
    done = ask(fakes("127.0.0.1", records=changed).url)
    assert done.returncode == 0 and "xyzzy" not in done.stdout


def test_a_member_of_the_pool_names_its_master(fakes, records):
    try:
        master = fakes("127.0.0.2", records=records)
    except OSError:
        pytest.skip("no 127.0.0.2 here")
    member = fakes("127.0.0.1", master.port, master="127.0.0.2")
    done = ask(member.url)
    assert done.returncode == 0, done.stderr
    assert f"asking its master, http://127.0.0.2:{master.port}" in done.stderr
    assert member.asked == ["session.login_with_password"] and not master.sessions
    # Two that each call the other the master are no circle.
    master.master = "127.0.0.1"
    assert "HOST_IS_SLAVE (127.0.0.1)" in sentence(ask(member.url))


def test_troubles_are_sentences(fakes, records, tmp_path):
    fake = fakes("127.0.0.1", records=records)
    assert "user or password is wrong" in sentence(ask(fake.url, password="no"))
    assert "nobody to ask for the password" in sentence(ask(fake.url, password=None))
    assert "No such file" in sentence(ask(fake.url, "--password-file", str(tmp_path / "none"), password=None))
    assert "without a password" in sentence(ask(fake.url.replace("root@", "root:pw@")))
    assert "no address" in sentence(ask("host:port"))
    assert "Connection refused" in sentence(ask("http://127.0.0.1:1"))
    fake.raw = b"<html>"
    assert "no JSON" in sentence(ask(fake.url))
    fake.raw = b"[1]"
    assert "no JSON-RPC" in sentence(ask(fake.url))
    fake.raw = None
    fake.records = {**records, "VM": ["x"]}
    assert "VM.get_all_records gave no records" in sentence(ask(fake.url))
    assert fake.asked[-1] == "session.logout" and not fake.sessions


def test_a_class_that_an_old_xapi_has_not(fakes, records):
    done = ask(fakes("127.0.0.1", records={k: v for k, v in records.items() if k != "VM_metrics"}).url)
    assert done.returncode == 0 and "has no VM_metrics records" in done.stderr
    assert set(json.loads(done.stdout)) == CLASSES - {"VM_metrics"}


def test_the_password_from_a_file(fakes, records, tmp_path):
    path = tmp_path / "password"
    path.write_text(PASSWORD + "\n")
    fake = fakes("127.0.0.1", records=records)
    assert ask(fake.url, "--password-file", str(path), password=None).returncode == 0


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    if not shutil.which("openssl"):
        pytest.skip("no openssl here to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=hera",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(folder / "key"), "-out", str(folder / "pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder


def test_a_certificate_that_the_host_signed_itself(fakes, records, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "pem", certificate / "key")
    fake = fakes("127.0.0.1", records=records, context=context)
    assert "is not trusted" in sentence(ask(fake.url)) and not fake.asked
    for words in (["--insecure"], ["--ca", str(certificate / "pem")]):
        done = ask(fake.url, *words)
        assert done.returncode == 0 and done.stderr == ""
    assert "no certificate can be read there" in sentence(ask(fake.url, "--ca", str(certificate / "key")))
    # The same certificate for another name is not that host's.
    asked = len(fake.asked)
    elsewhere = fake.url.replace("127.0.0.1", "localhost")
    assert "is not trusted" in sentence(ask(elsewhere, "--ca", str(certificate / "pem"))) and len(fake.asked) == asked
