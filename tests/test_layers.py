# SPDX-License-Identifier: MIT
"""The house: which room may include which, and what crosses the threshold."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = ROOT / "libfeatset"
BUILD = ROOT / os.environ.get("BUILD", "build")

# docs/design.md, "The floors".  A room may include its own headers and those of lower floors.
FLOORS = {
    "set": 0, "many": 0, "error": 0,
    "feature": 1,
    "depend": 2, "fleet": 2,
    "cpu": 3, "uarch": 3,
    "host": 4, "level": 4, "inventory": 4,
    "format": 5,
    "policy": 6, "input": 6,
    "pool": 7, "explain": 7,
}  # fmt: skip

# Neighbours on one floor that may look at each other, one way only.
SAME_FLOOR = {("uarch", "cpu"), ("error", "set"), ("explain", "pool")}

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
SYSTEM = re.compile(r"^\s*#\s*include\s+<([^>]+)>", re.M)


def room_of(path):
    """The room a file belongs to, from its path below libfeatset/; uarch_models.c belongs to uarch."""
    parts = Path(path).parts
    if parts[0] == "featset":
        parts = parts[1:]
    name = parts[0] if len(parts) > 1 else Path(parts[0]).name.split(".")[0]
    return name.split("_")[0]


def files():
    found = [p for p in LIBRARY.rglob("*.[ch]") if p != LIBRARY / "featset.h"]
    assert len(found) > 20
    return found


TABLES = {
    "words": "feature", "features": "feature", "aliases": "feature", "twins": "feature",
    "depends": "depend",
    "records": "inventory",
    "errors": "explain",
    "uarchs": "uarch", "names": "uarch", "models": "uarch",
}  # fmt: skip


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(LIBRARY)))
def test_rooms_include_lower_floors_only(path):
    room = room_of(path.relative_to(LIBRARY))
    assert room in FLOORS, f"{room} is in no floor"
    for included in INCLUDE.findall(path.read_text()):
        target = (path.parent / included).resolve()
        if not target.exists():
            target = (LIBRARY / included).resolve()
        assert target.exists(), included
        other = room_of(target.relative_to(LIBRARY))
        other = TABLES.get(other, other)
        if other == room:
            continue
        below = FLOORS[other] < FLOORS[room]
        assert below or (room, other) in SAME_FLOOR, f"{room} includes {other}"


def test_only_host_includes_libcpuid():
    users = {room_of(p.relative_to(LIBRARY)) for p in files() if "libcpuid/libcpuid.h" in SYSTEM.findall(p.read_text())}
    assert users <= {"host"}


def test_only_formats_include_parsers():
    for header in ("jansson.h", "expat.h"):
        users = {room_of(p.relative_to(LIBRARY)) for p in files() if header in SYSTEM.findall(p.read_text())}
        assert users <= {"format"}, header


@pytest.mark.parametrize("word", ["printf", "fprintf", "puts", "exit", "abort", "getenv", "perror", "setlocale"])
def test_the_library_neither_prints_nor_exits_nor_reads_the_environment(word):
    call = re.compile(rf"(?<![\w_]){word}\s*\(")
    for path in files():
        text = re.sub(r"/\*.*?\*/|//[^\n]*|\"(\\.|[^\"\\])*\"", "", path.read_text(), flags=re.S)
        assert not call.search(text), f"{path.name} calls {word}"


def symbols(path, *options):
    out = subprocess.run(["nm", *options, str(path)], capture_output=True, text=True, check=True).stdout
    return [line.split() for line in out.splitlines() if line.strip()]


def test_the_library_keeps_no_state():
    """No writable data: sections .data and .bss hold nothing of ours."""
    library = BUILD / "libfeatset.a"
    if not library.exists():
        pytest.skip("no build/libfeatset.a")
    listing = subprocess.run(["objdump", "-t", str(library)], capture_output=True, text=True, check=True).stdout
    objects = [line.split() for line in listing.splitlines() if " O " in line]
    assert len(objects) > 10
    writable = [o[-1] for o in objects if re.search(r"\s\.(data|bss)(\.(?!rel\.ro)\S+)?\s", " " + " ".join(o) + " ")]
    assert not writable


def test_exported_symbols_are_declared():
    library = BUILD / "libfeatset.so"
    if not library.exists():
        pytest.skip("no build/libfeatset.so")
    exported = {s[-1].split("@")[0] for s in symbols(library, "-D", "--defined-only")} - {"LIBFEATSET_0"}
    headers = "\n".join(p.read_text() for p in (LIBRARY / "featset").glob("*.h"))
    declared = set(re.findall(r"FEATSET_API[^;(]*?\b(featset_\w+)\s*\(", headers))
    assert exported == declared
    soname = subprocess.run(["objdump", "-p", str(library)], capture_output=True, text=True, check=True).stdout
    assert re.search(r"SONAME\s+libfeatset\.so\.0$", soname, re.M)


def test_every_source_says_its_licence():
    for folder in ("libfeatset", "cli", "tests", "bench", "examples", "bindings"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".c", ".h", ".cc", ".def", ".py", ".lua", ".i", ".sh"}:
                assert "SPDX-License-Identifier: MIT" in "\n".join(path.read_text().splitlines()[:3]), path
