# SPDX-License-Identifier: MIT
"""Inputs that tell of VMs, networks and storage, and the example pool in its dresses.

Hera's VMs were started before Zeus joined: they have the eight features of a
Haswell that an Ivy Bridge lacks.
"""

import json
import pathlib
import re
import xml.etree.ElementTree as ElementTree

import pool_maker
import pytest

from test_program import HERA_HVM, LEVEL_XEN, LOST_BY_HERA, ROOT, as_json, ok, trouble

EXAMPLE = ROOT / "examples/pools/hera-zeus"
HOSTS, VMS = str(EXAMPLE / "hosts.txt"), str(EXAMPLE / "vms.txt")
STARTED = "mail wiki build dns scratch nvr archive ledger wiki-before-upgrade".split()


def write(path, *parts):
    path.write_text("\n\n".join(pathlib.Path(part).read_text() for part in parts))
    return str(path)


# ---- VMs ------------------------------------------------------------------------------------


def test_a_vm_is_a_guest():
    said = ok("check", VMS, HOSTS, "--guest", "mail", code=1)
    assert re.search(r"^hera: yes$", said, re.M) and re.search(r"^zeus: no$", said, re.M)
    assert f"missing 8: {' '.join(LOST_BY_HERA)}" in said
    assert ok("check", VMS, HOSTS, "--guest", "build").startswith("yes: what runs as build can run on all 2 hosts")
    root = as_json("check", VMS, HOSTS, "--guest", "58e1c3b7-f04d-4a96-8b2f-d7106ae5943c")
    assert root["guest"] == "build"


def test_which_guest():
    assert "tells of 9; --guest NAME picks one" in trouble("check", VMS, HOSTS)
    assert "no VM that was ever started is named 'nobody' there" in trouble("check", VMS, HOSTS, "--guest", "nobody")


def test_vms_where_there_is_no_host():
    root = as_json("level", VMS)
    assert [host["name"] for host in root["hosts"]] == STARTED
    assert ok("level", VMS).startswith("ivybridge, x86-64-v2: 9 VMs, ")
    assert ok("level", HOSTS).startswith("ivybridge, x86-64-v2: 2 hosts, ")
    shown = ok("show", VMS)
    assert re.findall(r"^([\w-]+): (?:haswell|ivybridge) by its features", shown, re.M) == STARTED


def test_vms_beside_hosts_are_not_levelled(tmp_path):
    both = write(tmp_path / "both", VMS, HOSTS)
    assert ok("level", both) == ok("level", HOSTS)
    assert [host["name"] for host in as_json("level", both)["hosts"]] == ["hera", "zeus"]
    # One that is asked for by its name is a guest all the same.
    assert ok("check", both, both, "--guest", "wiki", code=1).count("missing 8: fma movbe abm") == 1


@pytest.mark.parametrize("form", ("vendor: GenuineIntel; features: {}\n", "features: {}; vendor: GenuineIntel\n"))
def test_flags_of_one_vm(tmp_path, form):
    path = tmp_path / "flags"
    path.write_text(form.format(HERA_HVM))
    assert "missing 8: fma movbe" in ok("check", str(path), HOSTS, code=1)


def test_level_of_a_pool(tmp_path):
    path = tmp_path / "level"
    path.write_text(f"features_pv_host     : {LEVEL_XEN}\n    features_hvm_host: {LEVEL_XEN}\n")
    said = ok("show", str(path))
    assert "58 features" in said and "this is what a pool gives to new VMs" in " ".join(said.split())


def test_neither_hosts_nor_vms():
    said = trouble("level", str(EXAMPLE / "networks.txt"))
    assert "networks.txt" in said and "4 networks, 5 PIFs, 9 VIFs" in said
    assert "xe host-list params=uuid,name-label,cpu_info" in said


FLAGS = "    last-boot-CPU-flags ( RO): {}\n"


@pytest.mark.parametrize("flags", ("", FLAGS.format(""), FLAGS.format("vendor: x")))
def test_vms_that_were_never_started(tmp_path, flags):
    path = tmp_path / "new"
    path.write_text("uuid ( RO)           : 1\n     name-label ( RW): new\n    power-state ( RO): halted\n" + flags)
    assert "but of 1 VM;" in trouble("show", str(path))


def test_a_broken_vm_is_left_out(tmp_path):
    text = pathlib.Path(VMS).read_text().replace(f"features: {HERA_HVM}", "features: 1fcbfbff-what", 1)
    path = tmp_path / "broken"
    path.write_text(text)
    line = 1 + text[: text.index("1fcbfbff-what")].count("\n")
    said = trouble("check", str(path), HOSTS, "--guest", "build")
    assert f"{path}:{line}:" in said and "VM mail" in said


# ---- the example's dresses -------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(pool_maker.EXAMPLE_FILES))
def test_example_is_what_its_description_says(name):
    made = pool_maker.EXAMPLE_FILES[name](pool_maker.example())
    assert made == (EXAMPLE / name).read_text(encoding="utf-8"), "tests/pool_maker.py --example writes it anew"


@pytest.mark.parametrize("name", sorted(pool_maker.EXAMPLES_BESIDE))
def test_what_lies_beside_the_example(name):
    made = pool_maker.EXAMPLES_BESIDE[name]()
    assert made == (EXAMPLE.parent / name).read_text(encoding="utf-8"), "tests/pool_maker.py --example writes it anew"


def unprotect(text):
    """The database's own protection of blanks, read by the rule that its documentation gives."""
    return re.sub("%(.)", lambda m: {".": " ", "t": "\t", "n": "\n", "r": "\r", "%": "%"}[m[1]], text)


def expression(text):
    """An s-expression of strings in quotes, as nested lists."""
    stack = [[]]
    for token in re.finditer(r"'((?:[^'\\]|\\.)*)'|([()])", text):
        if token[2] == "(":
            stack.append([])
        elif token[2] == ")":
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(re.sub(r"\\(.)", r"\1", token[1]))
    return stack[0][0]


def as_database_has_it(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return [[key, item] for key, item in value.items()]
    if isinstance(value, list):
        return [str(item) for item in value]
    return str(value)


def test_json_and_database_agree():
    tree = json.loads((EXAMPLE / "records.json").read_text(encoding="utf-8"))
    tables = {table.get("name"): table for table in ElementTree.parse(EXAMPLE / "pool-database.xml").iter("table")}
    assert sorted(tree) == sorted(tables)
    for name, records in tree.items():
        rows = {row.get("ref"): row for row in tables[name]}
        assert list(rows) == list(records)
        for ref, record in records.items():
            row = {key.replace("__", "_"): unprotect(value) for key, value in rows[ref].items()}
            for key, value in record.items():
                structured = isinstance(value, (dict, list))
                assert as_database_has_it(value) == (expression(row[key]) if structured else row[key]), (name, key)


def test_pools_of_any_size(tmp_path):
    pool = pool_maker.many(5, 40)
    strings = [host["cpu_info"]["features_hvm_host"].split("-") for host in pool.objects["host"].values()]
    length = max(map(len, strings))
    words = [[int(word, 16) for word in string] + [0] * (length - len(string)) for string in strings]
    common = words[0]
    for other in words[1:]:
        common = [a & b for a, b in zip(common, other)]
    for dress, make in pool_maker.DRESSES.items():
        path = tmp_path / dress
        path.write_text(make(pool), encoding="utf-8")
        root = as_json("level", str(path), "--rule", "plain")
        assert [host["name"] for host in root["hosts"]] == [f"host-{i:04}" for i in range(5)]
        assert root["xen"] == "-".join(f"{word:08x}" for word in common)
