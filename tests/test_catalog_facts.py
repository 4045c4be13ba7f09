# SPDX-License-Identifier: MIT
"""Identification against a table of vendors, families, models and steppings made from other projects' catalogs."""

import csv
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
FEATSET = os.environ.get("FEATSET", "build/featset")
TABLE = pathlib.Path(os.environ.get("FEATSET_SHARED", "../shared")) / "facts/uarch-facts.csv"

# Where we say something else than the table, and why.
DIFFERENT = {
    ("arrowlake", 6, range(0xB5, 0xB6)): "meteorlake",  # Arrow Lake-U has Meteor Lake's cores and features
}


def rows():
    if not TABLE.exists():
        pytest.skip("uarch-facts.csv is not here")
    with TABLE.open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["models"]]


def span(text):
    first, _, last = text.partition("-")
    return range(int(first, 0), int(last or first, 0) + 1)


def steppings(row, model):
    """A stepping that the table gives to this model; 0 where it leaves the stepping open."""
    for part in filter(None, row["steppings"].split(";")):
        of, _, numbers = part.partition(":")
        if int(of, 0) == model:
            return list(span(numbers))
    return [0]


def parts():
    for row in rows():
        for text in row["models"].split(","):
            for model in span(text.strip()):
                for stepping in steppings(row, model):
                    yield row["name"], row["vendor"], int(row["family"]), model, stepping


def expected(name, family, model):
    for (of, of_family, models), other in DIFFERENT.items():
        if of == name and of_family == family and model in models:
            return other
    return name


def test_every_part_of_the_table_is_identified(tmp_path):
    probe = subprocess.run([FEATSET, "list", "rules", "--json"], capture_output=True, text=True)
    if "without JSON" in probe.stderr or "no JSON" in probe.stderr:
        pytest.skip("this build writes no JSON")
    asked = list(parts())
    assert len(asked) > 300
    hosts = [
        {"name": f"{name} {model:#x} {stepping}", "vendor": vendor, "family": family, "model": model, "stepping": stepping,
         "words": {}}
        for name, vendor, family, model, stepping in asked
    ]  # fmt: skip
    file = tmp_path / "parts.json"
    file.write_text(json.dumps({"schema": 1, "hosts": hosts}))
    done = subprocess.run([FEATSET, "show", "--json", str(file)], capture_output=True, text=True, check=True)
    wrong = []
    for host, (name, vendor, family, model, _) in zip(json.loads(done.stdout)["hosts"], asked):
        if host["microarchitecture"] != expected(name, family, model):
            wrong.append(f"{vendor} {host['name']}: {host['microarchitecture']}")
    assert not wrong


def test_years_vendors_and_parents():
    done = subprocess.run([FEATSET, "list", "baselines", "--json"], capture_output=True, text=True)
    if done.returncode:
        pytest.skip("this build writes no JSON")
    ours = {b["name"]: b for b in json.loads(done.stdout)["baselines"]}
    for row in rows():
        assert row["name"] in ours, row["name"]
        assert ours[row["name"]]["year"] == int(row["year"]), row["name"]
        assert ours[row["name"]]["vendor"] == row["vendor"], row["name"]


# gcc 16's and LLVM 23's tokens that our dialect gcc has no feature for, or not by that name.
TOKENS = {
    "sahf": "lahf_lm", "lzcnt": "abm", "abm": "abm", "prfchw": "3dnowprefetch", "rdrnd": "rdrand", "cx8": "cx8",
    "pclmul": "pclmulqdq", "3dnowa": "3dnowext", "usermsr": "user_msr", "apxf": "apx", "cmov": "cmov",
    "invpcid": "invpcid", "rdpru": "rdpru", "avx5124fmaps": "avx512_4fmaps", "avx5124vnniw": "avx512_4vnniw",
}  # fmt: skip
# Parts of APX, the x87 unit, an instruction of SSE4.2, MONITOR of ring 0.
NOT_FEATURES = {"ccmp", "egpr", "jmpabs", "ndd", "nf", "ppx", "push2pop2", "zu", "x87", "crc32", "mwait"}
# What firmware, microcode or the kernel decides is in no row, whatever compilers assume.
DECIDED_ELSEWHERE = {"sgx", "hle", "aes_keylocker_wide", "key_locker", "pconfig", "lwp", "enqcmd"}
# Compilers have it and we do not; docs/catalog.md argues each.
WITHOUT = {
    "3dnowprefetch": "k8 k8-sse3 griffin",  # LLVM means 3DNow!'s own PREFETCHW
    "cldemote": "tremont",  # no dump has it
    "xsave": "bobcat",  # gcc alone; no dump has it
    "intel_prefetchi": "zen5 zen6",  # theirs is AMD's bit, amd_prefetchi
    "aes": "dhyana", "pclmulqdq": "dhyana", "sha_ni": "dhyana",  # compilers borrow Zen's name
    "avx512_vp2intersect": "c86-4g-m7 c86-4g-m8", "avx_vnni": "c86-4g-m7 c86-4g-m8",  # gcc alone
    "shstk": "c86-4g-m8",  # LLVM alone
    "invpcid": "knl knm",  # from the parent that the table gives them, no compiler has it there
}  # fmt: skip
# We have it and compilers do not.
WITH = {
    "aes": "westmere sandybridge ivybridge haswell broadwell",  # fused off in some parts, so compilers wait for Skylake
    "lahf_lm": "k8-sse3 griffin", "cx16": "k8-sse3 griffin",  # revisions E and F; compilers speak of the first parts
    "shstk": "zen3 zen3+",  # compilers leave shadow stacks to their own option
    "fxsr": "nano lujiazui yongfeng shijidadao",  # SSE is not there without it
    "avx": "lujiazui", "f16c": "lujiazui", "sha_ni": "lujiazui",  # slow there, so gcc leaves them off by choice
    "prefetchwt1": "yongfeng shijidadao", "pku": "yongfeng shijidadao", "rdpid": "yongfeng shijidadao",  # QEMU's YongFeng
    "xsavec": "shijidadao", "xsaves": "shijidadao",  # real dumps
}  # fmt: skip


def data(what):
    done = subprocess.run([FEATSET, "list", what, "--json"], capture_output=True, text=True)
    if done.returncode:
        pytest.skip("this build writes no JSON")
    return json.loads(done.stdout)[what]


def cumulated(table, name, compiler, named):
    """What a compiler turns on for a row: its own additions and drops on top of its parent's."""
    row = table[name]
    found = cumulated(table, row["parent"], compiler, named) if row["parent"] else set()
    for column, change in (("adds", found.add), ("drops", found.discard)):
        for token in row[f"{compiler}_{column}"].split():
            if token not in NOT_FEATURES:
                change(TOKENS.get(token) or named[token])
    return found


def test_features_of_newer_compilers():
    """gcc 16 and LLVM 23 know rows that the installed compilers do not."""
    named = {f["names"]["gcc"]: f["name"] for f in data("features") if "gcc" in f["names"]}
    ours = {b["name"]: b for b in data("baselines")}
    with TABLE.open(newline="") if TABLE.exists() else pytest.skip("uarch-facts.csv is not here") as file:
        table = {row["name"]: row for row in csv.DictReader(file)}
    wrong = []
    for name, row in table.items():
        if not row["gcc_march"]:
            continue
        gcc, llvm = (cumulated(table, name, compiler, named) for compiler in ("gcc16", "llvm23"))
        have = set(ours[name]["features"])
        for feature in (gcc | llvm) - have - set(ours[name]["switchable"]) - DECIDED_ELSEWHERE:
            if name not in WITHOUT.get(feature, "").split():
                wrong.append(f"{name} lacks {feature}")
        for feature in (have & set(named.values())) - gcc - llvm:
            if name not in WITH.get(feature, "").split():
                wrong.append(f"{name} has {feature}")
    assert not wrong
