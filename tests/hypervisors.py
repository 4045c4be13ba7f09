# SPDX-License-Identifier: MIT
"""The catalog's models against the installed QEMU and the installed libvirt, bit for bit.

QEMU is asked over QMP, without a machine, without KVM; libvirt's cpu_map is read.  Differences are allowed only where
tests/models.exceptions has a line for them, and every line there must be needed.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FEATSET = os.environ.get("FEATSET", str(ROOT / "build/featset"))
QEMU = shlex.split(os.environ.get("QEMU", "qemu-system-x86_64"))
CPU_MAP = Path(os.environ.get("CPU_MAP", "/usr/share/libvirt/cpu_map"))
DOCUMENT = ROOT / "docs/catalog.md"

VENDORS = {"Intel": "GenuineIntel", "AMD": "AuthenticAMD", "Hygon": "HygonGenuine"}


def listed(topic):
    done = subprocess.run([FEATSET, "list", topic, "--json"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)[topic]


FEATURES = {f["name"]: f for f in listed("features")}
BASELINES = {b["name"]: b for b in listed("baselines")}
EXCEPTIONS = [
    [field.strip() for field in line.split("|")]
    for line in (ROOT / "tests/models.exceptions").read_text().splitlines()
    if line and not line.startswith("#")
]


def excepted(project, what):
    """The names of the line for it, which must be there."""
    (names,) = [names.split() for p, w, names, _ in EXCEPTIONS if (p, w) == (project, what)]
    return names


def rows(project):
    return {n.split(":", 1)[1]: b for n, b in BASELINES.items() if n.startswith(project + ":")}


def spellings(dialect):
    return {f["names"][dialect]: f["name"] for f in FEATURES.values() if dialect in f["names"]}


def release(text):
    return tuple(int(part) for part in text.split("."))


def test_exceptions_have_reasons():
    assert all(len(line) == 4 and all(line) for line in EXCEPTIONS)
    exceptions = [f for f in (ROOT / "tests").glob("*.exceptions")]
    lines = [s for f in exceptions for s in f.read_text().splitlines() if s and not s.startswith("#")]
    assert len(lines) <= 50, "more than two screens"


# ---- QEMU --------------------------------------------------------------------------------


class Qmp:
    def __init__(self):
        options = ["-machine", "none", "-accel", "tcg", "-nodefaults", "-display", "none", "-qmp", "stdio"]
        self.child = subprocess.Popen(
            QEMU + options, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        version = self.read()["QMP"]["version"]["qemu"]
        self.version = (version["major"], version["minor"])
        self.ask("qmp_capabilities")

    def read(self):
        while True:
            line = self.child.stdout.readline()
            assert line, self.child.stderr.read()
            answer = json.loads(line)
            if "event" not in answer:
                return answer

    def ask(self, command, **arguments):
        self.child.stdin.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.child.stdin.flush()
        answer = self.read()
        assert "return" in answer, answer
        return answer["return"]

    def expand(self, name):
        return self.ask("query-cpu-model-expansion", type="static", model={"name": name})["model"]["props"]

    def close(self):
        self.child.stdin.close()
        self.child.terminate()
        self.child.wait()


@pytest.fixture(scope="module")
def qemu():
    if not shutil.which(QEMU[0]):
        pytest.skip("no QEMU here: the rows of its models are not compared with it")
    qmp = Qmp()
    yield qmp
    qmp.close()


@pytest.fixture(scope="module")
def models(qemu):
    """All models of the installed QEMU: name -> what it expands to."""
    checked = sorted({release(b["since"]) for b in rows("qemu").values()})
    if qemu.version not in checked:
        pytest.skip("this QEMU is %d.%d, and the rows are those of %s" % (*qemu.version, checked))
    names = [d["name"] for d in qemu.ask("query-cpu-definitions")]
    return {n: qemu.expand(n) for n in names if n not in excepted("QEMU", "model")}


def test_every_model_of_this_qemu_has_a_row(qemu, models):
    ours = {n for n, b in rows("qemu").items() if release(b["since"]) <= qemu.version}
    assert set(models) == ours
    assert len(models) >= 130


def test_features_of_this_qemu(models):
    names = spellings("qemu")
    lost = excepted("QEMU", "-vme") and {"vme"}
    lacking = 0
    for model, properties in models.items():
        has = {names[p] for p, value in properties.items() if value is True}
        wanted = set(BASELINES["qemu:" + model]["features"])
        assert has == wanted - lost, (model, has ^ (wanted - lost))
        lacking += bool(wanted & lost)
    assert lacking > 100, "nothing lacks vme: its exception is not needed"


def test_who_the_models_of_this_qemu_are(models):
    ignored = excepted("QEMU", "property")
    seen = set()
    for model, properties in models.items():
        others = {p: value for p, value in properties.items() if not isinstance(value, bool)}
        seen |= set(others)
        row = BASELINES["qemu:" + model]
        assert (row["vendor"] or "") == others.pop("vendor")
        family, number, stepping = others.pop("family"), others.pop("model"), others.pop("stepping")
        if family:
            signature = {"family": family, "models": [number] * 2, "steppings": [stepping] * 2}
            assert row["signatures"] == [signature], model
        else:
            assert row["signatures"] == [], model
        assert set(others) <= set(ignored), others
    assert set(ignored) <= seen, "an exception is not needed"


def test_this_qemu_names_every_property_as_we_do(models):
    """No property is overlooked because nobody could read its name."""
    names = spellings("qemu")
    for model, properties in models.items():
        unknown = [p for p, value in properties.items() if value is True and p not in names]
        assert not unknown, (model, unknown)


# ---- libvirt -----------------------------------------------------------------------------


def include(name):
    return ET.parse(CPU_MAP / name).getroot()


@pytest.fixture(scope="module")
def cpu_map():
    if not (CPU_MAP / "index.xml").exists():
        pytest.skip("no libvirt here: its features and models are not compared with ours")
    architecture = include("index.xml").find("arch[@name='x86']")
    return [element for i in architecture.iter("include") for element in include(i.get("filename"))]


def place(element):
    """A feature of cpu_map -> word and bit as featset spells them."""
    found = element.find("cpuid")
    if found is not None:
        word = "%x.%x." % (int(found.get("eax_in"), 0), int(found.get("ecx_in", "0"), 0))
        halves = [(word + r, int(found.get(r), 0)) for r in ("eax", "ebx", "ecx", "edx") if found.get(r)]
    else:
        found = element.find("msr")
        word = "msr.%x." % int(found.get("index"), 0)
        halves = [(word + half, int(found.get(r), 0)) for half, r in (("low", "eax"), ("high", "edx"))]
    ((word, mask),) = [h for h in halves if h[1]]
    assert mask & (mask - 1) == 0
    return "%s[%d]" % (word, mask.bit_length() - 1)


def test_places_of_libvirts_features(cpu_map):
    names = spellings("libvirt")
    elements = [e for e in cpu_map if e.tag == "feature"]
    assert len(elements) >= 212
    for element in elements:
        name = element.get("name")
        assert name in names, f"libvirt's {name} is not known"
        assert FEATURES[names[name]]["where"] == place(element), name


@pytest.fixture(scope="module")
def libvirt_models(cpu_map):
    elements = {e.get("name"): e for e in cpu_map if e.tag == "model"}
    if any(e.find("model") is not None for e in elements.values()):
        pytest.skip("this libvirt's models inherit: it is not 9.0, whose models the rows are")
    return elements


def of_model(element):
    """What a model has; what it marks as removed it had in older releases."""
    return {f.get("name") for f in element.findall("feature") if f.get("removed") != "yes"}


def test_features_of_libvirts_models(libvirt_models):
    names = spellings("libvirt")
    of_9_0 = {n for n, row in rows("libvirt").items() if row["since"] == "9.0"}
    assert of_9_0 == set(libvirt_models) and len(libvirt_models) == 58
    for model, element in libvirt_models.items():
        has = {names[n] for n in of_model(element)}
        wanted = set(BASELINES["libvirt:" + model]["features"])
        assert has == wanted, (model, has ^ wanted)


def steppings(text):
    first, _, last = (text or "0-15").partition("-")
    return [int(first), int(last or first)]


def test_who_libvirts_models_are(libvirt_models):
    for model, element in libvirt_models.items():
        row = BASELINES["libvirt:" + model]
        vendor = element.find("vendor")
        assert row["vendor"] == (VENDORS[vendor.get("name")] if vendor is not None else None), model
        signatures = [
            {
                "family": int(s.get("family")),
                "models": [int(s.get("model"))] * 2,
                "steppings": steppings(s.get("stepping")),
            }
            for s in element.findall("signature")
        ]
        assert row["signatures"] == signatures, model


# ---- microarchitectures against libvirt's models of the same name ---------------------------


def table():
    """The table of docs/catalog.md: microarchitecture -> libvirt's model, what it lacks, what it has beyond."""
    text = DOCUMENT.read_text().split("<!-- libvirt -->")[1]
    found = {}
    for line in re.findall(r"^\| `(.*)` \|$", text, re.M):
        ours, theirs, lacks, more = [field.strip("` ") for field in line.split("|")]
        found[ours] = (theirs, lacks, more)
    return found


def differences(ours, theirs):
    """What programs and kernels can act on; not mitigations, mirrors, hints and switches of the firmware."""
    own, other = (
        {n for n in BASELINES[name]["features"] if FEATURES[n]["class"] == "capability"} for name in (ours, theirs)
    )
    return " ".join(sorted(own - other)) or "-", " ".join(sorted(other - own)) or "-"


def test_documented_differences_from_libvirt():
    documented = table()
    assert len(documented) >= 30
    for ours, (theirs, lacks, more) in documented.items():
        assert (lacks, more) == differences(ours, "libvirt:" + theirs), ours
    assert "f16c" in documented["haswell"][1] and "rdrand" in documented["haswell"][1]


def print_table():
    """What the table should be: python3 tests/hypervisors.py"""
    for ours, (theirs, _, _) in table().items():
        print("| `%s` | `%s` | `%s` | `%s` |" % (ours, theirs, *differences(ours, "libvirt:" + theirs)))


if __name__ == "__main__":
    print_table()
