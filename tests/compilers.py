# SPDX-License-Identifier: MIT
"""What gcc and clang turn on for each -march= name, against the catalog's baseline of that name.

A compiler tells through its predefined macros and, gcc, through -Q --help=target.  Differences are allowed only
where tests/compilers.exceptions has a line for them, and every line there must be needed.
"""

import fnmatch
import functools
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FEATSET = os.environ.get("FEATSET", str(ROOT / "build/featset"))
EXCEPTIONS = ROOT / "tests/compilers.exceptions"
COMPILERS = [c for c in ("gcc", "clang") if shutil.which(c)]

# Names for a whole family of parts without 64-bit mode of their own, or for no part at all.
NOT_OURS = re.compile(r"native|eden-.*|nano-.*|lakemont|generic")


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr}"
    return done.stdout


@functools.lru_cache(None)
def spellings():
    """Letters and digits of a gcc spelling -> canonical name."""
    found = {}
    for feature in json.loads(run(FEATSET, "list", "features", "--json"))["features"]:
        if "gcc" in feature["names"]:
            found[squeeze(feature["names"]["gcc"])] = feature["name"]
    # Macros and options that are spelt otherwise, or are part of another feature.
    found.update(LAHFSAHF="lahf_lm", CRC32="sse4_2", LZCNT="abm", GCCHAVESYNCCOMPAREANDSWAP16="cx16")
    found.update({squeeze(n): n for n in ("avx512_4fmaps", "avx512_4vnniw", "clzero", "invpcid", "mwaitx", "rdpru")})
    found.update({"3DNOWA": "3dnowext", "3DNOW": "3dnow", "PRFCHW": "3dnowprefetch", "SHSTK": "shstk"})
    return found


def squeeze(name):
    return re.sub(r"[^A-Z0-9]", "", name.upper())


def march_names(compiler):
    done = subprocess.run(
        [compiler, "-march=?", "-E", "-x", "c", "/dev/null"], capture_output=True, text=True, check=False
    )
    listed = re.search(r"(?:valid arguments|valid target CPU values).*?: (.*)", done.stderr).group(1)
    return [n for n in re.split(r"[ ,]+", listed.split(";")[0].strip()) if not NOT_OURS.fullmatch(n)]


@functools.lru_cache(None)
def turned_on(compiler, march):
    told = re.findall(r"^#define (\w+) 1$", run(compiler, f"-march={march}", "-dM", "-E", "-x", "c", "/dev/null"), re.M)
    if compiler == "gcc":
        told += re.findall(r"^\s+-m(\S+)\s+\[enabled\]", run(compiler, f"-march={march}", "-Q", "--help=target"), re.M)
    return {spellings()[squeeze(t)] for t in told if squeeze(t) in spellings()}


@functools.lru_cache(None)
def universe(compiler):
    """What this compiler turns on for any name: of the rest it could not tell us."""
    return set().union(*(turned_on(compiler, name) for name in march_names(compiler)))


def exceptions():
    """(line, compilers, names, sign, features, witness) of each line."""
    rows = []
    for number, line in enumerate(EXCEPTIONS.read_text().splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            fields = [f.strip() for f in line.split("|")]
            assert len(fields) == 5 and fields[0] in ("gcc", "clang", "both") and fields[2][0] in "+-", line
            assert len(fields[3]) > 10 and len(fields[4]) > 10, f"{line}: a reason and a witness are expected"
            rows.append((number, fields[0], fields[1].split(), fields[2][0], fields[2][1:].split(), fields[4]))
    return rows


def allowed(row, compiler, march, sign, feature):
    _, whose, names, row_sign, features, _witness = row
    return (
        whose in (compiler, "both")
        and sign == row_sign
        and feature in features
        and any(fnmatch.fnmatch(march, n) for n in names)
    )


@functools.lru_cache(None)
def matters():
    """What user code can use, and what some microarchitecture has."""
    features = json.loads(run(FEATSET, "list", "features", "--json"))["features"]
    baselines = json.loads(run(FEATSET, "list", "baselines", "--json"))["baselines"]
    ours = set().union(*(b["features"] for b in baselines if b["kind"] == "microarchitecture"))
    return ours | {f["name"] for f in features if f["scope"] == "user"}


@functools.lru_cache(None)
def differences():
    return [d for d in all_differences() if d[3] in matters()]


def all_differences():
    for compiler in COMPILERS:
        for march in march_names(compiler):
            shown = json.loads(run(FEATSET, "show", f"{compiler}:{march}", "--json"))
            ours = set(shown["features"]) & universe(compiler)
            theirs = turned_on(compiler, march)
            yield from ((compiler, march, "+", feature) for feature in sorted(theirs - ours))
            yield from ((compiler, march, "-", feature) for feature in sorted(ours - theirs))


@pytest.mark.skipif(not COMPILERS, reason="neither gcc nor clang is installed")
def test_only_written_differences():
    rows = exceptions()
    unexplained = [d for d in differences() if not any(allowed(row, *d) for row in rows)]
    assert not unexplained, "\n".join(" ".join(d) for d in unexplained)


@pytest.mark.skipif(len(COMPILERS) < 2, reason="gcc and clang are not both installed")
def test_no_line_is_idle():
    found = differences()
    for row in exceptions():
        for feature in row[4]:
            for name in row[2]:
                one = (row[0], row[1], [name], row[3], [feature], row[5])
                assert any(allowed(one, *d) for d in found), f"line {row[0]}: {name} {row[3]}{feature} is not needed"


DATA = Path(os.environ.get("FEATSET_SHARED", "../shared")) / "data"


LEAF = re.compile(
    r"<cpuid eax_in='0x(?P<xl>\w+)' ecx_in='0x(?P<xs>\w+)' eax='0x(\w+)' ebx='0x(\w+)' ecx='0x(\w+)' edx='0x(\w+)'"
    r"|^(?P<nk>basic|ext)_cpuid\[(?P<nl>\d+)\]=(\w{8}) (\w{8}) (\w{8}) (\w{8})"
    r"|^CPUID (?P<al>\w{8}): (\w{8})-(\w{8})-(\w{8})-(\w{8})(?: \[SL (?P<as>\w\w)\])?",
    re.M,
)


def look_at(dump, scratch):
    """What the program says of the first CPU of a dump in any of the forms below data/."""
    seen = {}
    for match in LEAF.finditer(dump.read_text()):
        g = match.groupdict()
        number = int(g["nl"]) + (0x80000000 if g["nk"] == "ext" else 0) if g["nl"] else int(g["xl"] or g["al"], 16)
        registers = [x for x in match.groups() if x and re.fullmatch(r"[0-9A-Fa-f]{8}", x)][-4:]
        seen.setdefault((number, int(g["xs"] or g["as"] or "0", 16)), registers)
    lines = ("   0x%08x 0x%02x: eax=0x%s ebx=0x%s ecx=0x%s edx=0x%s" % (*k, *v) for k, v in seen.items())
    scratch.write_text("CPU 0:\n" + "\n".join(lines) + "\n")
    return json.loads(run(FEATSET, "show", str(scratch), "--json"))


@pytest.mark.skipif(not (ROOT / DATA).is_dir(), reason=f"no {DATA} (set FEATSET_SHARED)")
def test_witnesses(tmp_path):
    """The dump that a line names is of a part of that name, and bears out our row."""
    seen = 0
    for number, whose, names, sign, features, witness in exceptions():
        if witness.startswith("("):
            continue
        path, _, other = witness.partition(" lacks ")
        shown = look_at(ROOT / DATA / path, tmp_path / "dump")
        assert shown["microarchitecture"], witness
        for feature in [other] if other else features:
            assert (feature in shown["features"]) == (sign == "-"), f"line {number}: {witness} and {feature}"
        seen += 1
    assert seen >= 10


def test_the_list_is_short():
    """All that is excused, here and for the models, is to fit two screens."""
    lists = sorted((ROOT / "tests").glob("*.exceptions"))
    assert sum(len(exceptions_of.read_text().splitlines()) for exceptions_of in lists) <= 100
