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
    ("k8-sse3", 15, range(0x40, 0xC2)): "k8-rev-f",  # revision F adds CX16; the table has one row for E to G
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
