# SPDX-License-Identifier: MIT
"""Hostile files through the program, of every format: an answer, or one sentence with the file's name and exit code 2.

A megabyte of one line or of the same lines would take minutes if the time grew
with its square, and then the program is stopped and the test fails.
"""

import os
import subprocess

import pytest

from test_program import FEATSET, ROOT

SEEDS = sorted(p for d in ("hex", "json", "names", "xe", "xml") for p in (ROOT / "tests" / "corpus" / d).glob("*"))
BIG = 1 << 20


def stretched(seed):
    """The seed's longest line, over and over in one line."""
    line = max(seed.split(b"\n"), key=len)
    at = seed.index(line)
    return seed[:at] + line * (BIG // max(1, len(line))) + seed[at + len(line) :]


WAYS = {
    "one-line": stretched,
    "repeated": lambda seed: (seed.rstrip(b"\n") + b"\n") * (BIG // (len(seed) + 1)),
    "nul": lambda seed: seed[: len(seed) // 2] + b"\0" + seed[len(seed) // 2 :],
    "crlf": lambda seed: seed.replace(b"\n", b"\r\n"),
    "latin-1": lambda seed: seed.replace(b"e", b"\xe9"),
    "escapes": lambda seed: seed.replace(b"e", b"\x1b[2Je"),
    "digits": lambda seed: seed.replace(b"1", b"1" * 40),
    **{f"cut-{n}": (lambda seed, n=n: seed[: len(seed) * n // 16]) for n in range(16)},
}


def answer_or_sentence(path):
    done = subprocess.run([FEATSET, "level", str(path)], capture_output=True, timeout=60)
    said = done.stdout.decode() + done.stderr.decode()  # UTF-8 whatever the file is
    assert not [c for c in said if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160)]
    if done.returncode:
        assert done.returncode == 2 and done.stdout == b""
        assert done.stderr.startswith(b"featset: " + bytes(path)) and done.stderr.count(b"\n") == 1
    return done.returncode


@pytest.mark.parametrize("way", WAYS)
def test_changed_seeds(way, tmp_path):
    path = tmp_path / "file"
    codes = set()
    for seed in SEEDS:
        path.write_bytes(WAYS[way](seed.read_bytes()))
        codes.add(answer_or_sentence(path))
    if way in ("nul", "cut-0"):
        assert codes == {2}
    if way in ("crlf", "repeated"):
        assert 0 in codes


DEEP = 100000


@pytest.mark.parametrize(
    "text",
    [
        "[" * DEEP,
        '{"lscpu":' * DEEP,
        '{"hosts": ' + "[" * DEEP + "]" * DEEP + "}",
        "<cpu>" * DEEP,
        "<domain>" + "<a>" * DEEP + "</a>" * DEEP + "</domain>",
        '{"words": {"1.0.ecx": "0"}, "words": {"1.0.ecx": "1"}}',
        "\n" * BIG,
        "\xff" * 100,
    ],
    ids=["json", "lscpu", "own-json", "xml", "domain", "twice", "blank", "garbage"],
)
def test_is_refused(text, tmp_path):
    path = tmp_path / "file"
    path.write_text(text, encoding="latin-1")
    assert answer_or_sentence(path) == 2


def test_a_fifo_is_read_and_what_cannot_be_is_told(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with subprocess.Popen([FEATSET, "show", str(fifo)], stdout=subprocess.PIPE, text=True) as process:
        fifo.write_text("avx2\n")
        assert "avx2" in process.communicate(timeout=60)[0]
    assert answer_or_sentence(tmp_path) == 2
    secret = tmp_path / "secret"
    secret.write_text("avx2\n")
    secret.chmod(0)
    if os.access(secret, os.R_OK):
        pytest.skip("who runs this may read everything")
    assert answer_or_sentence(secret) == 2
