#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Fetches what featset reads of an XCP-ng or XenServer pool from its XAPI, as JSON.

    xapi-records.py --ca pool.pem root@hera.example.org > pool.json
    featset pool pool.json

It logs in, asks for the records of hosts, VMs, networks and storage, and logs
out; nothing is changed.  The password comes from --password-file, from the
environment variable XAPI_PASSWORD, or is asked for.  What may hold secrets
(device_config of PBDs, a VM's NVRAM and xenstore data ...) is left out.
"""
import argparse
import getpass
import http.client
import json
import os
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request

CLASSES = "pool host VM VM_metrics network PIF VIF SR PBD VBD VDI".split()
SECRET = {
    "device_config", "NVRAM", "xenstore_data", "last_booted_record", "external_auth_configuration",
    "guest_agent_config", "license_params", "license_server", "recommendations", "bios_strings",
}  # fmt: skip
MEANINGS = {
    "SESSION_AUTHENTICATION_FAILED": "user or password is wrong",
    "RBAC_PERMISSION_DENIED": "this user may not read that",
    "HOST_STILL_BOOTING": "XAPI there is not ready yet",
    "SESSION_INVALID": "the session ended before all was read",
}


class Trouble(Exception):
    """What ends the program, as a sentence."""


class Refused(Trouble):
    """XAPI answered with an error."""

    def __init__(self, url, code, details):
        self.code, self.details = code, details
        meaning = MEANINGS.get(code)
        said = code + (" (" + ", ".join(details) + ")" if details else "")
        super().__init__("%s: %s" % (url, "%s: %s" % (meaning, said) if meaning else "XAPI answers " + said))


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A password goes nowhere but where it was meant to go."""

    def redirect_request(self, *arguments):
        return None


class Xapi:
    def __init__(self, url, context):
        self.url, self.number, self.session = url, 0, None
        handlers = [NoRedirect(), urllib.request.ProxyHandler({})]
        if context:
            handlers.append(urllib.request.HTTPSHandler(context=context))
        self.opener = urllib.request.build_opener(*handlers)

    def post(self, body):
        request = urllib.request.Request(self.url + "/jsonrpc", body, {"Content-Type": "application/json"})
        try:
            with self.opener.open(request, timeout=120) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise Trouble("%s: the server answers %d %s" % (self.url, error.code, error.reason))
        except urllib.error.URLError as error:
            raise Trouble("%s: %s" % (self.url, why_not(error.reason)))
        except (OSError, http.client.HTTPException) as error:
            raise Trouble("%s: %s" % (self.url, error or type(error).__name__))
        except ValueError:
            raise Trouble("%s: the answer is no JSON: is XAPI there?" % self.url)

    def call(self, method, *parameters):
        """The result of a method, in version 2 of JSON-RPC, or in version 1, which wraps it."""
        self.number += 1
        question = {"jsonrpc": "2.0", "method": method, "params": parameters, "id": self.number}
        answer = self.post(json.dumps(question).encode())
        if not isinstance(answer, dict):
            raise Trouble("%s: the answer is no JSON-RPC" % self.url)
        error, result = answer.get("error"), answer.get("result")
        if isinstance(error, dict):
            raise self.refused([error.get("message")] + list(error.get("data") or []))
        if isinstance(result, dict) and result.get("Status") == "Failure":
            raise self.refused(result.get("ErrorDescription") or [])
        if isinstance(result, dict) and result.get("Status") == "Success":
            return result.get("Value")
        if "result" not in answer:
            raise Trouble("%s: the answer is no JSON-RPC" % self.url)
        return result

    def refused(self, words):
        words = [str(word) for word in words] or ["an error without a name"]
        # Some versions repeat the code in the data.
        return Refused(self.url, words[0], words[2:] if words[1:2] == words[:1] else words[1:])

    def login(self, user, password):
        self.session = self.call("session.login_with_password", user, password, "1.0", "featset")

    def logout(self):
        try:
            self.call("session.logout", self.session)
        except Trouble as trouble:
            warn("could not log out: %s" % trouble)


def warn(sentence):
    print("xapi-records: %s" % sentence, file=sys.stderr)


def why_not(reason):
    if isinstance(reason, ssl.SSLCertVerificationError):
        return (
            "its certificate is not trusted (%s); --ca FILE names the one to trust, --insecure trusts anybody"
            % reason.verify_message
        )
    return getattr(reason, "strerror", None) or reason


def read_password(settings):
    if settings.password_file:
        try:
            with open(settings.password_file, encoding="utf-8") as stream:
                return stream.readline().rstrip("\r\n")
        except (OSError, UnicodeError) as error:
            raise Trouble("%s: %s" % (settings.password_file, getattr(error, "strerror", None) or error))
    if "XAPI_PASSWORD" in os.environ:
        return os.environ["XAPI_PASSWORD"]
    if not sys.stdin.isatty():
        raise Trouble("there is nobody to ask for the password: use --password-file or XAPI_PASSWORD")
    return getpass.getpass("Password of %s: " % settings.user)


def trust(settings):
    if settings.insecure:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    try:
        context = ssl.create_default_context(cafile=settings.ca)
    except (OSError, ssl.SSLError) as error:
        raise Trouble("%s: no certificate can be read there: %s" % (settings.ca, error.strerror or error))
    # Hosts sign their own certificates, not always by the book.
    context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    return context


def parse_place(place):
    """[https://][USER@]HOST[:PORT] as user and URL."""
    if "://" not in place:
        place = "https://" + place
    try:
        parts = urllib.parse.urlsplit(place)
        port = parts.port
    except ValueError:
        raise Trouble("%s is no address: expected [USER@]HOST[:PORT]" % place)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.password is not None:
        raise Trouble("expected [USER@]HOST[:PORT], without a password: others can read command lines")
    return parts.username or "root", make_url(parts.scheme, parts.hostname, port)


def make_url(scheme, host, port):
    return "%s://%s%s" % (scheme, "[%s]" % host if ":" in host else host, ":%d" % port if port else "")


def log_in(settings, url, password):
    """A session with the pool's master, who may be another host than the one that was named."""
    context = trust(settings) if url.startswith("https:") else None
    xapi = Xapi(url, context)
    try:
        xapi.login(settings.user, password)
    except Refused as refused:
        if refused.code != "HOST_IS_SLAVE" or not refused.details:
            raise
        parts = urllib.parse.urlsplit(url)
        xapi = Xapi(make_url(parts.scheme, refused.details[0], parts.port), context)
        warn("%s is a member of the pool; asking its master, %s" % (url, xapi.url))
        xapi.login(settings.user, password)
    return xapi


def fetch(xapi):
    records = {}
    for name in CLASSES:
        try:
            found = xapi.call(name + ".get_all_records", xapi.session)
        except Refused as refused:
            if refused.code != "MESSAGE_METHOD_UNKNOWN":
                raise
            warn("%s has no %s records" % (xapi.url, name))
            continue
        if not isinstance(found, dict) or not all(isinstance(record, dict) for record in found.values()):
            raise Trouble("%s: %s.get_all_records gave no records" % (xapi.url, name))
        records[name] = {
            ref: {key: value for key, value in record.items() if key not in SECRET} for ref, record in found.items()
        }
    return records


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("place", metavar="[USER@]HOST[:PORT]", help="a host of the pool; USER is root unless told")
    parser.add_argument("--ca", metavar="FILE", help="the certificate to trust (PEM)")
    parser.add_argument("--insecure", action="store_true", help="trust whoever answers")
    parser.add_argument("--password-file", metavar="FILE", help="its first line is the password")
    settings = parser.parse_args()
    try:
        settings.user, url = parse_place(settings.place)
        if url.startswith("http:"):
            warn("%s is not encrypted: whoever listens reads the password" % url)
        xapi = log_in(settings, url, read_password(settings))
        try:
            records = fetch(xapi)
        finally:
            xapi.logout()
        json.dump(records, sys.stdout, indent=1)
        sys.stdout.write("\n")
        sys.stdout.flush()
    except Trouble as trouble:
        sys.exit("xapi-records: %s" % trouble)
    except OSError as error:
        sys.exit("xapi-records: %s" % (error.strerror or error))
    except (KeyboardInterrupt, EOFError):
        sys.exit("xapi-records: stopped")


if __name__ == "__main__":
    main()
