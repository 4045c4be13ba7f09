# SPDX-License-Identifier: MIT
"""The models of the catalog: their names, and their sets against what the projects say of them."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FEATSET = os.environ.get("FEATSET", str(ROOT / "build/featset"))
DATA = Path(os.environ.get("FEATSET_SHARED", ROOT.parent / "shared")) / "data"
PROJECTS = {"qemu": "QEMU", "libvirt": "libvirt", "proxmox": "Proxmox VE", "evc": "VMware EVC", "firecracker": "Firecracker"}


def featset(*arguments):
    return subprocess.run([FEATSET, *arguments], capture_output=True, text=True, check=False)


def listed(topic):
    done = featset("list", topic, "--json")
    if done.returncode == 2 and "not in this build" in done.stderr:
        pytest.skip("this build has no JSON", allow_module_level=True)
    return json.loads(done.stdout)[topic]


FEATURES = {f["name"]: f for f in listed("features")}
BASELINES = {b["name"]: b for b in listed("baselines")}
MODELS = {n: b for n, b in BASELINES.items() if b["kind"] == "model"}
PLACES = {f["where"]: f["name"] for f in FEATURES.values()}


def spellings(dialect):
    return {f["names"][dialect]: f["name"] for f in FEATURES.values() if dialect in f["names"]}


def of(name):
    return set(BASELINES[name]["features"])


def names(text):
    return set(text.split())


def data(*path):
    if not DATA.exists():
        print(f"skip: {DATA} is not here")
        pytest.skip(f"{DATA} is not here")
    return json.loads(DATA.joinpath(*path).read_text())


# ---- names -------------------------------------------------------------------------------


def test_every_model_says_whose_it_is():
    assert len(MODELS) > 250
    for name, model in MODELS.items():
        project, _, _ = name.partition(":")
        assert model["origin"] == PROJECTS[project] and re.fullmatch(r"\d+\.\d+", model["since"]), name
        assert model["fused"] == [] and model["switchable"] == []
    others = [b for b in BASELINES.values() if b["kind"] != "model"]
    assert others and all(b["origin"] is None and b["since"] is None for b in others)


@pytest.mark.parametrize(
    "word, name",
    [
        ("qemu:Haswell-v4", "qemu:Haswell-v4"),
        ("QEMU:haswell_V4", "qemu:Haswell-v4"),
        ("GraniteRapids-v7", "qemu:GraniteRapids-v7"),
        ("libvirt:KnightsMill-v1", "libvirt:KnightsMill"),
        ("x86-64-v2-aes", "proxmox:x86-64-v2-AES"),
        ("T2CL", "firecracker:T2CL"),
        ("evc:intel-haswell", "evc:intel-haswell"),
        ("haswell", "haswell"),
        ("qemu:Haswell", "qemu:Haswell"),
        ("libvirt:haswell", "libvirt:Haswell"),
        ("x86-64-v2", "x86-64-v2"),
    ],
)
def test_names(word, name):
    shown = json.loads(featset("show", word, "--json").stdout)
    assert set(shown["features"]) == of(name)


@pytest.mark.parametrize("word", ["Haswell-noTSX-IBRS", "haswell_notsx", "486"])
def test_a_name_of_several_projects_shows_the_choices(word):
    done = featset("show", word)
    assert done.returncode == 2
    assert re.search(r"can mean 'qemu:\S+' or 'libvirt:\S+'", done.stderr)


def test_an_unknown_model():
    done = featset("show", "qemu:Haswel-v4")
    assert done.returncode == 2 and "did you mean 'qemu:Haswell-v4'?" in done.stderr


def test_models_are_never_the_nearest_baseline():
    for name in [n for n in MODELS if n.endswith(("-v2", "T2A", "haswell", "-AES"))]:
        nearest = json.loads(featset("show", name, "--json").stdout)["nearest"]
        assert nearest and not set(nearest) & set(MODELS), name


# ---- QEMU --------------------------------------------------------------------------------


def test_qemu_7_2():
    """Every model of a stored answer of QEMU 7.2, with VME where it is under KVM."""
    stored = data("qemu", "models-7.2-static-true.json")["models"]
    read = spellings("qemu")
    for name, model in stored.items():
        if name in ("max", "host"):
            assert "qemu:" + name not in MODELS
            continue
        wanted = {read[f] for f in model["features"]} | ({"vme"} if model["vme_under_kvm"] else set())
        assert of("qemu:" + name) == wanted, (name, of("qemu:" + name) ^ wanted)
        row = BASELINES["qemu:" + name]
        assert row["since"] == "7.2" and (row["vendor"] or "") == model["vendor"]
        if model["family"]:
            (signature,) = row["signatures"]
            assert (signature["family"], signature["models"][0], signature["steppings"][0]) == (
                model["family"],
                model["model"],
                model["stepping"],
            )
    assert {n for n, b in MODELS.items() if b["origin"] == "QEMU" and b["since"] == "7.2"} == {
        "qemu:" + n for n in stored if n not in ("max", "host")
    }


def test_qemu_7_2_aliases():
    stored = data("qemu", "models-7.2-static-true.json")["models"]
    for name, model in stored.items():
        if model["alias-of"]:
            assert BASELINES["qemu:" + name]["parent"] == "qemu:" + model["alias-of"]


# ---- Proxmox VE --------------------------------------------------------------------------

# The flags of PVE's CPUConfig.pm, each list beyond the one before.
FLAGS = {
    "x86-64-v2": "popcnt pni sse4.1 sse4.2 ssse3",
    "x86-64-v2-AES": "aes",
    "x86-64-v3": "avx avx2 bmi1 bmi2 f16c fma abm movbe xsave",
    "x86-64-v4": "avx512f avx512bw avx512cd avx512dq avx512vl",
}


def test_proxmox():
    read = spellings("qemu")
    wanted = of("qemu:qemu64")
    for name, flags in FLAGS.items():
        wanted = wanted | {read[f] for f in flags.split()}
        assert of("proxmox:" + name) == wanted
        level = re.sub("-AES", "", name)
        # PVE leaves osxsave to the guest; its models reach the psABI level that they are named after.
        shown = json.loads(featset("show", "proxmox:" + name, "--json").stdout)
        assert shown["psabi"] == level


# ---- VMware EVC ----------------------------------------------------------------------------

# What a powered-on VM of hardware version 14 lists as required whose minRequiredEVCModeKey is intel-broadwell.
REQUIRED = """3dnprefetch abm adx aes avx avx2 bmi1 bmi2 cmpxchg16b enfstrg f16c fcmd fma fsgsbase ibpb ibrs invpcid lahf64
    lm mdclear movbe nx pcid pclmulqdq pdpe1gb popcnt rdrand rdseed rdtscp smap smep ss ssbd sse3 sse41 sse42 ssse3 stibp
    xcr0_master_sse xcr0_master_ymm_h xsave xsaveopt"""
VMWARE = {
    "3dnprefetch": "3dnowprefetch", "cmpxchg16b": "cx16", "enfstrg": "erms", "lahf64": "lahf_lm",
    "sse41": "sse4_1", "sse42": "sse4_2", "xcr0_master_sse": "xcr0_sse", "xcr0_master_ymm_h": "xcr0_avx",
}  # fmt: skip
# They follow the patches of ESXi, not the mode.
PATCHES = names("fcmd ibpb ibrs mdclear ssbd stibp")
# What every 64-bit CPU has and no VM lists.
BASIC = names("fpu vme de pse tsc msr pae mce cx8 sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2 syscall")


def test_evc_broadwell():
    required = {VMWARE.get(n, n) for n in names(REQUIRED) - PATCHES}
    assert of("evc:intel-broadwell") == required | BASIC


def test_evc_modes_grow():
    modes = "merom penryn nehalem westmere sandybridge ivybridge haswell broadwell".split()
    for younger, elder in zip(modes[1:], modes):
        assert of("evc:intel-" + elder) < of("evc:intel-" + younger)
    generations = ["core2", *modes[1:]]
    for mode, generation in zip(modes, generations):
        listed_there = of("evc:intel-broadwell") & of(generation)
        beyond = of("evc:intel-" + mode) - listed_there
        assert listed_there <= of("evc:intel-" + mode) and beyond <= names("ss xcr0_sse xcr0_avx")


# ---- Firecracker ---------------------------------------------------------------------------


def registers(path):
    """A template's or a fingerprint's registers: word -> 32 characters of 0, 1 and x."""
    root = data("firecracker", path)
    root = root.get("guest_cpu_config", root)
    found = {}
    for leaf in root["cpuid_modifiers"]:
        for part in leaf["modifiers"]:
            word = "%x.%x.%s" % (int(leaf["leaf"], 0), int(leaf["subleaf"], 0), part["register"])
            found[word] = part["bitmap"][2:].replace("_", "").rjust(32, "x")
    return found


def places(words, character):
    return {"%s[%d]" % (w, 31 - i) for w, bits in words.items() for i, c in enumerate(bits) if c == character}


@pytest.mark.parametrize("template", ["T2", "C3"])
def test_firecracker(template):
    """Of the registers that the template touches: what it surely leaves of two kinds of host, and what it sets."""
    mask = registers(template + ".json")
    left = set.intersection(
        *(
            (places(registers(f"fingerprint_INTEL_{host}_6.1host.json"), "1") - places(mask, "0")) | places(mask, "1")
            for host in ("CASCADELAKE", "SAPPHIRE_RAPIDS")
        )
    )
    wanted = {PLACES[p] for p in left if p in PLACES and p.split("[")[0] in mask}
    assert of("firecracker:" + template) == wanted
    assert places(mask, "1") & set(PLACES) <= {FEATURES[f]["where"] for f in of("firecracker:" + template)}
    assert not places(mask, "0") & {FEATURES[f]["where"] for f in of("firecracker:" + template)}


def test_firecracker_family():
    """T2S fixes the ARCH_CAPABILITIES register beyond T2; T2CL and T2A are to look the same to programs."""
    t2, t2s = of("firecracker:T2"), of("firecracker:T2S")
    assert t2 < t2s and all(FEATURES[f]["where"].startswith("msr.10a.") for f in t2s - t2)
    programs = {n for n, f in FEATURES.items() if f["scope"] == "user" and f["class"] == "capability"}
    assert of("firecracker:T2CL") & programs == of("firecracker:T2A") & programs
    assert not of("firecracker:C3") & names("fma movbe bmi1 avx2 bmi2 invpcid abm")
