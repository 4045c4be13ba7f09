# SPDX-License-Identifier: MIT
"""What `featset show` says of one CPU fits a terminal of 24 lines of 80 columns, whatever the CPU."""

import json
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
FEATSET = os.environ.get("FEATSET", str(ROOT / "build" / "featset"))
SHARED = pathlib.Path(os.environ.get("FEATSET_SHARED", str(ROOT.parent / "shared")))
ROWS, COLUMNS = 24, 80


def show(*arguments):
    environment = {k: v for k, v in os.environ.items() if k != "COLUMNS"}
    done = subprocess.run([FEATSET, "show", *arguments], capture_output=True, text=True, env=environment, timeout=60)
    return done.stdout if done.returncode == 0 else None


def hosts_of(path):
    out = show("--json", path)
    if out is None:
        pytest.skip("refused, or this build has no JSON: " + path)
    return len(json.loads(out).get("hosts", [1]))


def check_screen(path):
    """True when the file was read; the lines of several hosts have a blank line between."""
    text = show(path)
    if text is None:
        return False
    lines = text.splitlines()
    hosts = hosts_of(path)
    assert max(map(len, lines)) <= COLUMNS or any(len(word) > 60 for word in text.split()), path
    if hosts == 1:
        assert len(lines) <= ROWS, (path, text)
    else:
        assert len(lines) <= hosts * (ROWS + 1) + 3, (path, text)
    return True


def files_below(directory):
    return sorted(str(path) for path in directory.rglob("*") if path.is_file())


def test_seeds_fit_a_screen():
    assert sum(check_screen(path) for path in files_below(ROOT / "tests" / "corpus")) > 30


def test_real_dumps_fit_a_screen():
    if not (SHARED / "data").is_dir():
        pytest.skip("no real dumps: %s is not there" % SHARED)
    assert sum(check_screen(path) for path in files_below(SHARED / "data")) > 150


def test_this_machine_fits_a_screen():
    if show("host") is None:
        pytest.skip("this build or machine cannot read its own CPU")
    assert check_screen("host")


def everything(levels):
    """An Intel dump in which every bit of each leaf's feature words is set, and one CPU that differs."""
    rows = []
    for cpu in range(2):
        rows.append("CPU %d:" % cpu)
        for leaf, words in levels:
            rows.append("   0x%08x 0x%02x: eax=0x%08x ebx=0x%08x ecx=0x%08x edx=0x%08x" % (*leaf, *words))
    return "\n".join(rows) + "\n"


FULL = 0xFFFFFFFF
ALL_BITS = [
    ((0, 0), (0x24, 0x756E6547, 0x6C65746E, 0x49656E69)),
    ((1, 0), (0x000306F2, 0x00000000, FULL & ~(1 << 31), FULL)),
    ((7, 0), (2, FULL, FULL, FULL)),
    ((7, 1), (FULL, FULL, FULL, FULL)),
    ((0xD, 1), (FULL, 0, 0, 0)),
    ((0x80000000, 0), (0x80000021, 0, 0, 0)),
    ((0x80000001, 0), (0, 0, FULL, FULL)),
]


def test_more_features_than_any_cpu_has_fit_a_screen(tmp_path):
    path = tmp_path / "a-file-with-a-name-that-is-long-enough-to-need-a-second-line-of-the-screen.txt"
    path.write_text(everything(ALL_BITS))
    text = show(str(path))
    assert text and check_screen(str(path))
    more = int(re.search(r"\.\.\. and (\d+) more", text).group(1))
    title = re.search(r"for programs \((\d+)\)(?:: the (\d+) of)?", text)
    listed = re.search(r"for programs[^\n]*\n((?:    .*\n)+?)    and ", text).group(1).split("...")[0].split()
    assert len(listed) + more + int(title.group(2) or 0) == int(title.group(1))
    whole = show("--all", str(path))
    assert "... and" not in whole and len(whole.splitlines()) > ROWS
    assert set(listed) < set(whole.split())
