# SPDX-License-Identifier: MIT
"""Policies of every baseline against the installed QEMU and the installed libvirt's cpu_map.

QEMU expands each model over QMP, without a machine and without KVM: the expansion is what the policy says a guest gets.
"""

import json
import os
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / os.environ.get("BUILD", "build") / "tests/test_policy"
CPU_MAP = Path(os.environ.get("CPU_MAP", "/usr/share/libvirt/cpu_map"))

# Off under KVM in every model, whatever it says; the expansion shows the model's (kvm_default_props of QEMU).
KVM_OFF = {"acpi", "monitor"}


def texts(platform, target):
    """(baseline, text, features) of each policy for a target."""
    if not PROGRAM.exists():
        pytest.skip(f"{PROGRAM} is not built")
    done = subprocess.run([PROGRAM, platform], capture_output=True, text=True, check=True)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return [(name, text, set(features.split())) for name, wanted, text, features in rows if wanted == target]


@pytest.fixture(scope="module")
def qemu():
    if not shutil.which("qemu-system-x86_64"):
        pytest.skip("no QEMU here: policies are not compared with it")
    from hypervisors import Qmp

    qmp = Qmp()
    yield qmp
    qmp.close()


def expand(qemu, model):
    properties = qemu.ask("query-cpu-model-expansion", type="static", model=model)["model"]["props"]
    return {name for name, value in properties.items() if value is True}, properties


def test_qemu_expands_a_policy_to_what_it_says(qemu):
    rows = texts("qmp", "qemu-%d.%d" % qemu.version)
    if not rows:
        pytest.skip("no policies are written for this QEMU, which is %d.%d" % qemu.version)
    assert len(rows) > 800
    for baseline, text, features in rows:
        model = json.loads(text)
        has, properties = expand(qemu, model)
        # Under TCG a model has VME only if it is asked for.
        left = KVM_OFF if "vme" in model["props"] else KVM_OFF | {"vme"}
        assert has - left == features - left, (baseline, text, (has ^ features) - left)
        for name, value in model["props"].items():
            # QEMU raises the largest leaves as the features ask for it.
            got = properties.get(name, value)
            assert got >= value if name.startswith("min-") else got == value, (baseline, name)


@pytest.fixture(scope="module")
def cpu_map():
    if not (CPU_MAP / "index.xml").exists():
        pytest.skip("no libvirt here: policies are not compared with its names")
    architecture = ET.parse(CPU_MAP / "index.xml").getroot().find("arch[@name='x86']")
    files = [ET.parse(CPU_MAP / i.get("filename")).getroot() for i in architecture.iter("include")]
    names = {kind: {e.get("name") for root in files for e in root.iter(kind)} for kind in ("feature", "model")}
    if "Haswell-v1" in names["model"]:
        pytest.skip("this libvirt is newer than 9.0, whose names are compared")
    return names


def test_libvirt_9_0_knows_every_name(cpu_map):
    rows = texts("libvirt", "libvirt-9.0")
    assert len(rows) > 800
    for baseline, text, _ in rows:
        cpu = ET.fromstring(text)
        assert cpu.get("check") == "partial" and cpu.get("match") == "exact"
        assert cpu.findtext("model") in cpu_map["model"], baseline
        named = [f.get("name") for f in cpu.iter("feature")]
        assert len(named) == len(set(named))
        assert set(named) <= cpu_map["feature"], (baseline, set(named) - cpu_map["feature"])


def test_qemu_makes_of_libvirts_text_what_it_says(qemu, cpu_map):
    """libvirt hands the model's name and the features to QEMU as they stand, in QEMU's spelling."""
    spelt = {}
    for feature in ET.parse(CPU_MAP / "x86_features.xml").getroot().iter("feature"):
        alias = feature.find("alias[@source='qemu']")
        spelt[feature.get("name")] = feature.get("name") if alias is None else alias.get("name")
    if qemu.version != (7, 2):
        pytest.skip("this QEMU is not the one that belongs to libvirt 9.0")
    for baseline, text, features in texts("libvirt", "libvirt-9.0"):
        cpu = ET.fromstring(text)
        said = {spelt[f.get("name")]: f.get("policy") == "require" for f in cpu.iter("feature")}
        has, _ = expand(qemu, {"name": cpu.findtext("model"), "props": said})
        left = KVM_OFF if "vme" in said else KVM_OFF | {"vme"}
        assert has - left == features - left, (baseline, text, (has ^ features) - left)
