# SPDX-License-Identifier: MIT
"""Policies for gcc and clang: every baseline's options compile, and each macro agrees with the policy."""

import functools
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("FEATSET", str(ROOT / "build/featset"))).parent
# Macros whose names are not the option's, and options without a macro of their own.
OTHERWISE = {"GCCHAVESYNCCOMPAREANDSWAP16": "cx16", "3DNOWA": "3dnowa", "LAHFSAHF": "sahf"}
NO_MACRO = {"monitor", "mwait"}


def squeeze(name):
    return re.sub(r"[^A-Z0-9]", "", name.upper())


def release(compiler):
    told = subprocess.run([compiler, "-dumpversion"], capture_output=True, text=True, check=True).stdout
    return int(told.split(".")[0])


@functools.lru_cache(None)
def macros(compiler, options):
    done = subprocess.run(
        [compiler, *options.split(), "-dM", "-E", "-x", "c", "/dev/null"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and not done.stderr, f"{compiler} {options}\n{done.stderr}"
    return {squeeze(m) for m in re.findall(r"^#define (\w+) 1$", done.stdout, re.M)}


def policies(compiler):
    done = subprocess.run(
        [str(BUILD / "tests/test_policy_platforms"), compiler], capture_output=True, text=True, cwd=ROOT, check=True
    )
    return [line.split("\t") for line in done.stdout.splitlines()]


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_macros_agree(compiler):
    if not shutil.which(compiler):
        pytest.skip(f"{compiler} is not installed")
    target = {"gcc": "gcc-12", "clang": "clang-14"}[compiler]
    if release(compiler) < int(target.split("-")[1]):
        pytest.skip(f"{compiler} is older than {target}")
    rows = [row for row in policies(compiler) if row[1] == target]
    assert len(rows) > 300
    # A feature that is ever shown by a macro has one.
    shown = set().union(*(macros(compiler, row[2]) for row in rows))
    wrong = []
    for name, _, options, features, switchable in rows:
        defined = macros(compiler, options)
        for option in switchable.split():
            macro = next((m for m, o in OTHERWISE.items() if o == option), squeeze(option))
            if option in NO_MACRO or macro not in shown:
                continue
            if (macro in defined) != (option in features.split()):
                wrong.append(f"{name}: {options}: {option} is {'more' if macro in defined else 'missing'}")
    assert not wrong, "\n".join(wrong[:40]) + f"\n{len(wrong)}"
