# SPDX-License-Identifier: MIT
"""libvirt's files against libvirt's own answers, and against a second reader of them.

Beside the raw dumps of ../shared/data/libvirt stand QEMU's replies (.json) and what libvirt made of them
(-json.xml).  What may differ is in tests/libvirt.exceptions, and every line there must be needed.
"""

import json
import os
import re
import xml.etree.ElementTree as ET
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from test_program import ROOT, ok, run, trouble

DATA = Path(os.environ.get("FEATSET_SHARED", ROOT.parent / "shared")) / "data/libvirt"
DERIVED = re.compile(r"-(host|guest|json|enabled|disabled)\.xml$")


def listed(topic):
    done = run("list", topic, "--json")
    if done.returncode == 2 and "not in this build" in done.stderr:
        pytest.skip("this build has no JSON", allow_module_level=True)
    return json.loads(done.stdout)[topic]


FEATURES = {f["name"]: f for f in listed("features")}
WORDS = listed("words")
ROWS = [b for b in listed("baselines") if b["kind"] == "model"]
MODELS = {b["name"]: set(b["features"]) for b in ROWS}
SPELT = {f["names"]["libvirt"]: f["name"] for f in FEATURES.values() if "libvirt" in f["names"]}
EXCEPTIONS = [
    [field.strip() for field in line.split("|")]
    for line in (ROOT / "tests/libvirt.exceptions").read_text().splitlines()
    if line and not line.startswith("#")
]

if any(row.split()[:2] == ["libvirt", "no"] for row in ok("list", "formats").splitlines()):
    pytest.skip("this build reads no XML", allow_module_level=True)


@pytest.fixture
def data():
    if not DATA.exists():
        print(f"skip: {DATA} is not here")
        pytest.skip(f"{DATA} is not here")
    return DATA


def show(path, *options):
    done = run("show", str(path), "--json", *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def raw_dumps(folder):
    return [p for p in sorted(folder.glob("x86_64-cpuid-*.xml")) if not DERIVED.search(p.name)]


# ---- names -------------------------------------------------------------------------------------

# Names of libvirt's cpu_map that came after 9.0 (tests/hypervisors.py reads the installed one), with their places
# there; of leaves 1E and 24 and beyond, which QEMU names first, by QEMU's feature words.
LATER = """
    flush-l1d 7.0.edx[28]  cmpccxadd 7.1.eax[7]  avx-ifma 7.1.eax[23]  avx-vnni-int8 7.1.edx[4]
    avx-ne-convert 7.1.edx[5]  prefetchiti 7.1.edx[14]  mcdt-no 7.2.edx[5]  vnmi 8000000a.0.edx[25]
    no-nested-data-bp 80000021.0.eax[0]  lfence-always-serializing 80000021.0.eax[2]
    null-sel-clr-base 80000021.0.eax[6]  auto-ibrs 80000021.0.eax[8]  sbdr-ssdp-no msr.10a.low[13]
    fbsdp-no msr.10a.low[14]  psdp-no msr.10a.low[15]  fb-clear msr.10a.low[17]  pbrsb-no msr.10a.low[24]
    vmx-ept-uc msr.48c.low[8]  vmx-ept-wb msr.48c.low[14]  vmx-invept-single-context msr.48c.low[25]
    vmx-invvpid-single-context msr.48c.high[9]  vmx-invvpid-single-context-noglobals msr.48c.high[11]
    amx-int8-alias 1e.1.eax[0]  amx-bf16-alias 1e.1.eax[1]  amx-complex-alias 1e.1.eax[2]
    amx-fp16-alias 1e.1.eax[3]  amx-fp8 1e.1.eax[4]  amx-tf32 1e.1.eax[6]  amx-avx512 1e.1.eax[7]
    avx10-128 24.0.ebx[16]  avx10-256 24.0.ebx[17]  avx10-512 24.0.ebx[18]  apx-nci-ndd-nf 29.0.ebx[0]
"""


def test_names_that_came_later(tmp_path):
    pairs = LATER.split()
    for name, place in zip(pairs[::2], pairs[1::2]):
        assert name in SPELT and FEATURES[SPELT[name]]["where"] == place, name
    # QEMU's misnomer, which libvirt takes for an alias.
    path = tmp_path / "cpu.xml"
    path.write_text("<cpu><feature name='vmx-invept-single-context-noglobals'/></cpu>")
    assert show(path)["features"] == ["vmx_invvpid_single_context_noglobals"]


def test_names_of_the_data(data, tmp_path):
    """Each feature name of the data is read, and as the bit that the installed or a later libvirt means."""
    names = {e.get("name") for p in data.glob("*.xml") for e in ET.parse(p).iter("feature")} - {"bogus"}
    assert len(names) > 100
    path = tmp_path / "cpu.xml"
    path.write_text("<cpu>" + "".join(f"<feature name='{n}'/>" for n in sorted(names)) + "</cpu>")
    assert set(show(path)["features"]) == {SPELT[n] for n in names}


# ---- models --------------------------------------------------------------------------------------

# Models of later releases that inherit one of 9.0 as it is, from libvirt's cpu_map.
INHERIT = {
    "Haswell-v1": "Haswell",
    "Haswell-v4": "Haswell-noTSX-IBRS",
    "EPYC-v2": "EPYC-IBPB",
    "Skylake-Client-v3": "Skylake-Client-noTSX-IBRS",
    "Icelake-Server-v2": "Icelake-Server-noTSX",
}


def test_versions_of_models(tmp_path):
    path = tmp_path / "cpu.xml"
    for version, model in INHERIT.items():
        path.write_text(f"<cpu><model>{version}</model></cpu>")
        shown = show(path)
        assert set(shown["features"]) == MODELS["libvirt:" + model] - {"mpx"} and shown["notes"] == [], version
    # Later releases took MPX out of their models, and list it beside them where it is.
    beside = {"": "unknown", "<feature name='mpx'/>": "yes", "<feature name='mpx' policy='disable'/>": "no"}
    for listed_beside, word in beside.items():
        path.write_text(f"<cpu><model>Skylake-Client</model>{listed_beside}</cpu>")
        assert ("mpx" in show(path)["features"]) == (word == "yes")
        assert run("check", "mpx", str(path)).stdout.startswith(word + ":")
    # QEMU's, but not libvirt's yet, and nobody's.
    for version in ("Cascadelake-Server-v7", "EPYC-Turin-v2", "Nehalem-v1-v1"):
        path.write_text(f"<cpu><model>{version}</model></cpu>")
        shown = show(path)
        assert shown["features"] == [] and f"model {version} has is not in the catalog" in shown["notes"][0]


# Two hosts as libvirt 12's domain capabilities tell them: the model and what is listed beside it, and the same with
# all features expanded.  Controls of VMX are left out; in the first one also "its-no", which is younger than the short form.
GRANITE_RAPIDS = """
    3dnowprefetch abm adx aes amd-ssbd amd-stibp amx-bf16 amx-fp16 amx-int8 amx-tile apic arat arch-capabilities avx avx-vnni
    avx2 avx512-bf16 avx512-fp16 avx512-vpopcntdq avx512bitalg avx512bw avx512cd avx512dq avx512f avx512ifma avx512vbmi
    avx512vbmi2 avx512vl avx512vnni bmi1 bmi2 bus-lock-detect cldemote clflush clflushopt clwb cmov cx16 cx8 de ds dtes64
    erms f16c fdp-excptn-only flush-l1d fma fpu fsgsbase fsrc fsrm fsrs fxsr fzrm gds-no gfni hle hypervisor ibpb ibrs
    ibrs-all intel-psfd invpcid invtsc la57 lahf_lm lm mca mce md-clear mds-no mmx movbe movdir64b movdiri msr mtrr nx pae
    pat pcid pclmuldq pdcm pdpe1gb pge pku pni popcnt prefetchiti pschange-mc-no pse pse36 rdctl-no rdpid rdrand rdseed
    rdtscp rfds-no rtm sep serialize sha-ni skip-l1dfl-vmentry smap smep spec-ctrl ss ssbd sse sse2 sse4.1 sse4.2 ssse3 stibp
    syscall taa-no tsc tsc-deadline tsc_adjust tsx-ctrl tsx-ldtrk umip vaes vme vmx vpclmulqdq waitpkg wbnoinvd x2apic xfd
    xgetbv1 xsave xsavec xsaveopt xsaves zero-fcs-fds
"""
TURIN = """
    3dnowprefetch abm adx aes amd-psfd amd-ssbd amd-stibp apic arat auto-ibrs avx avx-vnni avx2 avx512-bf16
    avx512-vp2intersect avx512-vpopcntdq avx512bitalg avx512bw avx512cd avx512dq avx512f avx512ifma avx512vbmi avx512vbmi2
    avx512vl avx512vnni bmi1 bmi2 cet-ss clflush clflushopt clwb clzero cmov cmp_legacy cr8legacy cx16 cx8 de erms f16c
    flush-l1d flushbyasid fma fpu fs-gs-base-ns fsgsbase fsrm fxsr fxsr_opt gfni hypervisor ibpb ibpb-brtype ibrs invpcid
    invtsc lahf_lm lbrv lfence-always-serializing lm mca mce misalignsse mmx mmxext movbe movdir64b movdiri msr mtrr
    no-nested-data-bp npt nrip-save null-sel-clr-base nx osvw overflow-recov pae pat pause-filter pclmuldq pdpe1gb
    perfctr_core perfmon-v2 pfthreshold pge pku pni popcnt prefetchi pse pse36 rdpid rdrand rdtscp sbpb sep sha-ni smap smep
    spec-ctrl srso-user-kernel-no ssbd sse sse2 sse4.1 sse4.2 sse4a ssse3 stibp stibp-always-on succor svm svme-addr-chk
    syscall tsa-l1-no tsa-sq-no tsc tsc-deadline tsc-scale tsc_adjust umip v-vmsave-vmload vaes vgif virt-ssbd vmcb-clean vme
    vnmi vpclmulqdq wbnoinvd x2apic xgetbv1 xsave xsavec xsaveerptr xsaveopt xsaves
"""
EXPANDED = [
    (
        "GraniteRapids",
        """dtes64 vmx pdcm hypervisor ds ss tsc_adjust fdp-excptn-only zero-fcs-fds waitpkg cldemote movdiri movdir64b md-clear
        stibp flush-l1d intel-psfd invtsc ibpb ibrs amd-stibp amd-ssbd tsx-ctrl gds-no rfds-no""",
        "mcdt-no sbdr-ssdp-no fbsdp-no psdp-no pbrsb-no",
        GRANITE_RAPIDS,
    ),
    (
        "EPYC-Turin",
        """cet-ss cmp_legacy flush-l1d hypervisor invtsc spec-ctrl ssbd stibp tsa-l1-no tsa-sq-no tsc-deadline tsc_adjust
        virt-ssbd x2apic""",
        "la57 pcid rdseed",
        TURIN,
    ),
]


def spelt(names):
    return {SPELT[n] for n in names.split()}


@pytest.mark.parametrize("model, required, disabled, expanded", EXPANDED)
def test_later_models_expand_as_in_libvirt(model, required, disabled, expanded, tmp_path):
    path = tmp_path / "cpu.xml"
    listed_beside = [(n, "require") for n in required.split()] + [(n, "disable") for n in disabled.split()]
    for name in (model, model + "-v1"):
        features = "".join(f"<feature policy='{policy}' name='{n}'/>" for n, policy in listed_beside)
        path.write_text(f"<cpu mode='custom' match='exact'><model>{name}</model>{features}</cpu>")
        shown = show(path)
        assert set(shown["features"]) == spelt(expanded) and shown["notes"] == [], name


# What QEMU 10.1 misses on that Granite Rapids for these models, as libvirt's domain capabilities tell it; of a leaf that
# svm brings along QEMU tells nothing, for KVM leaves svm out.
BLOCKED = {
    "ClearwaterForest": """avx-ifma avx-ne-convert avx-vnni-int16 avx-vnni-int8 bhi-ctrl bhi-no cmpccxadd ddpd-u fbsdp-no
        ipred-ctrl lam mcdt-no pbrsb-no psdp-no rrsba-ctrl sbdr-ssdp-no sha512 sm3 sm4""",
    "GraniteRapids-v2": "avx10 avx10-128 avx10-256 avx10-512 fbsdp-no mcdt-no pbrsb-no psdp-no sbdr-ssdp-no",
    "Denverton": "mpx",
    "Denverton-v3": "",
    "Icelake-Server-v7": "",
    "Cascadelake-Server-v5": "",
    "Cooperlake-v2": "",
    "Dhyana-v2": "cr8legacy fxsr_opt misalignsse mmxext osvw sse4a",
    "EPYC-v4": "clzero cr8legacy fxsr_opt misalignsse mmxext osvw perfctr_core sse4a xsaveerptr",
    "EPYC-Rome-v4": "clzero cr8legacy fxsr_opt misalignsse mmxext osvw perfctr_core sse4a xsaveerptr",
    "EPYC-Milan-v2": """amd-psfd clzero cr8legacy fxsr_opt lfence-always-serializing misalignsse mmxext no-nested-data-bp
        null-sel-clr-base osvw perfctr_core sse4a stibp-always-on xsaveerptr""",
    "EPYC-Genoa": """amd-psfd auto-ibrs clzero cr8legacy fxsr_opt lfence-always-serializing misalignsse mmxext
        no-nested-data-bp null-sel-clr-base osvw perfctr_core sse4a stibp-always-on xsaveerptr""",
}


def test_blockers_of_later_models():
    host = spelt(GRANITE_RAPIDS)
    for model, blockers in BLOCKED.items():
        lacked = {f for f in MODELS["libvirt:" + model] - host if not FEATURES[f]["where"].startswith("8000000a.")}
        assert lacked - {"svm"} == spelt(blockers), model


def test_later_models_are_those_of_qemu():
    """libvirt takes them from QEMU's source, without what depends on the host; one was taken before QEMU had it all."""
    vector_lengths = {"avx10_128", "avx10_256", "avx10_512"}
    beyond = {"DiamondRapids": vector_lengths, "DiamondRapids-v1": vector_lengths}
    elder = [set(b["features"]) - {"mpx"} for b in ROWS if b["origin"] == "libvirt" and b["since"] == "9.0"]
    compared = 0
    for name in (b["name"] for b in ROWS if b["origin"] == "libvirt" and b["since"] != "9.0"):
        features, model = MODELS[name], name.partition(":")[2]
        if features in elder:
            continue
        theirs = MODELS["qemu:" + model] - {"hypervisor", "monitor", "topoext"}
        assert features == theirs - beyond.get(model, set()), name
        compared += 1
    assert compared > 55


def test_zhaoxins_vendor(tmp_path):
    path = tmp_path / "cpu.xml"
    path.write_text("<cpu><model>YongFeng-v3</model><vendor>Zhaoxin CentaurHauls</vendor></cpu>")
    shown = show(path)
    assert shown["vendor"] == "CentaurHauls" and shown["notes"] == []
    assert {"ace2", "phe", "pmm", "xsaveopt"} <= set(shown["features"])


# ---- QEMU's reply, read by libvirt and by us ---------------------------------------------------


def expanded(path):
    """What a guest's <cpu> says: the model's features, and what is listed beside it."""
    cpu = ET.parse(path).getroot()
    features = set(MODELS["libvirt:" + cpu.findtext("model")])
    for feature in cpu.findall("feature"):
        if feature.get("policy") == "require":
            features.add(SPELT[feature.get("name")])
        else:
            assert feature.get("policy") == "disable"
            features.discard(SPELT[feature.get("name")])
    return features


def test_exceptions_have_reasons():
    for row in EXCEPTIONS:
        assert len(row) == 3 and all(row), row


def test_replies_of_qemu(data):
    """Ours and libvirt's reading of one reply are the same set, but for what tests/libvirt.exceptions tells."""
    needed, seen = set(), 0
    for path in sorted(data.glob("x86_64-cpuid-*.json")):
        ours, theirs = set(show(path)["features"]), expanded(path.with_name(path.stem + "-json.xml"))
        for files, names, _ in EXCEPTIONS:
            for name in names.split():
                sign, feature = name[0], name[1:]
                beyond = ours - theirs if sign == "+" else theirs - ours
                assert sign in "+-" and feature in FEATURES, name
                if fnmatchcase(path.stem, "x86_64-cpuid-" + files) and feature in beyond:
                    needed.add((files, name))
                    (ours if sign == "+" else theirs).discard(feature)
        assert ours == theirs, (path.name, ours - theirs, theirs - ours)
        seen += 1
    assert seen == 24
    listed_there = {(files, name) for files, names, _ in EXCEPTIONS for name in names.split()}
    assert needed == listed_there, "no file needs " + str(listed_there - needed)


# ---- raw dumps, read by ElementTree --------------------------------------------------------------

REGISTERS = ("eax", "ebx", "ecx", "edx")


def number(text):
    return int(text, 16)


def second_reader(path):
    """A dump as (leaf, subleaf) -> registers, of several readings the first, and MSR -> both halves."""
    root = ET.parse(path).getroot()
    assert root.tag == "cpudata"
    leaves, registers = {}, {}
    for e in root.iter("cpuid"):
        leaf = number(e.get("eax_in") or e.get("function")), number(e.get("ecx_in", "0"))
        leaves.setdefault(leaf, {r: number(e.get(r)) for r in REGISTERS})
    for e in root.iter("msr"):
        registers.setdefault(number(e.get("index")), {"low": number(e.get("eax")), "high": number(e.get("edx"))})
    return leaves, registers


def exists(leaves, leaf, subleaf):
    """Does the CPU itself say that this leaf is there?"""
    first = leaves.get((leaf & 0xFFFF0000, 0))
    if first is None or leaf > first["eax"]:
        return False
    return leaf != 7 or subleaf <= leaves[7, 0]["eax"]


def expected_words(path):
    leaves, registers = second_reader(path)
    words = {}
    for word in WORDS:
        if word["source"] == "cpuid":
            found = leaves.get((word["index"], word["subleaf"]))
            if found is not None and not exists(leaves, word["index"], word["subleaf"]):
                found = None
        else:
            found = registers.get(word["index"]) if word["source"] == "msr" else None
        if found is not None:
            words[word["name"]] = "%08x" % (found[word["register"]] & number(word["flags"]))
    return words


def test_every_word_of_the_dumps(data):
    paths = raw_dumps(data)
    assert len(paths) == 31
    for path in paths:
        shown = show(path)
        expected = expected_words(path)
        words = shown["words"]
        assert shown["format"] == "libvirt-cpudata" and len(expected) > 3
        # Where the CPU says that it lacks what a leaf is about, the leaf's zeros are left out.
        wrong = {w: (v, words.get(w)) for w, v in expected.items() if words.get(w, "0" * 8) != v}
        assert not wrong, (path.name, wrong)
        made_up = {w: v for w, v in words.items() if w not in expected and number(v)}
        assert not made_up, (path.name, made_up)


# ---- files as a whole ----------------------------------------------------------------------------

BROKEN = {
    "x86_64-bogus-feature.xml": ":3:3: no feature is called bogus",
    "x86_64-bogus-vendor.xml": ":3:16: no vendor is called Bogus",
}


def test_every_file_is_read(data):
    """All but those that libvirt itself must refuse; a model nobody knows is read with a note."""
    paths = [p for p in sorted(data.iterdir()) if p.suffix in (".xml", ".json")]
    assert len(paths) > 140
    for path in paths:
        if path.name in BROKEN:
            assert BROKEN[path.name] in trouble("show", str(path))
            continue
        text = path.read_text()
        expected = "qemu" if path.suffix == ".json" else "libvirt-cpudata" if "<cpudata" in text else "libvirt"
        done = run("show", str(path), "--json")
        if text.count("<cpu>") > 1:
            done = run("level", str(path), "--json")
            assert len(json.loads(done.stdout)["hosts"]) == text.count("<cpu>"), path.name
        elif path.suffix == ".json" or ET.parse(path).getroot().tag != "cpuTest":
            assert json.loads(done.stdout)["format"] == expected, path.name
        assert done.returncode == 0, (path.name, done.stderr)
    assert "model Bogus has is not in the catalog" in str(show(data / "x86_64-bogus-model.xml")["notes"])


# ---- several hosts in one file -------------------------------------------------------------------

GUEST = "<domain><name>{}</name><cpu match='exact'>{}</cpu></domain>\n"
MODEL = "<model>Westmere</model>"
UUID = "c7a5fdbd-edaf-9455-926a-d65c16db1809"
# What is wrong -> what is said; every text is one line.
WRONG = {
    GUEST.format("web", "<feature name='bogus'/>" + MODEL + MODEL): "domain web: no feature is called bogus",
    GUEST.format("web", MODEL + "<feature name='avx' policy='maybe'/>"): "domain web: avx: expected the policy",
    GUEST.format("web", MODEL + "<vendor>Bogus</vendor>"): "domain web: no vendor is called Bogus",
    GUEST.format("web", MODEL + MODEL): "domain web: a second model",
    GUEST.format("web", "<feature name='avx'/><feature name='avx'/>"): "domain web: the feature avx is listed twice",
    f"<capabilities><host><uuid>{UUID}</uuid><cpu><arch>aarch64</arch></cpu></host></capabilities>\n": f"host {UUID}: "
    "this is a CPU of architecture aarch64",
    "<domainCapabilities><arch>s390x</arch><cpu><mode name='host-model' supported='yes'>" + MODEL + "</mode></cpu>"
    "</domainCapabilities>\n": ": this is a CPU of architecture s390x",
    GUEST.format("a&#10;&#127;b", "<feature name='bogus'/>"): "b: no feature is called bogus",
    "<cpu>" + MODEL + "<feature name='bogus'/></cpu>\n": ": no feature is called bogus",
    "<cpudata arch='x86'/>\n": "<cpudata> belongs in a file of its own",
    "<domainsnapshot><name>before</name><domain><name>db</name><cpu><feature name='bogus'/></cpu></domain>"
    "</domainsnapshot>\n": "domain db: no feature is called bogus",
}
FIRST = GUEST.format("first", MODEL)
LAST = GUEST.format("last", MODEL + "<feature policy='disable' name='aes'/>")


@pytest.mark.parametrize("wrong", WRONG)
def test_a_broken_host_among_others(wrong, tmp_path):
    path = tmp_path / "hosts.xml"
    path.write_text(FIRST + wrong + LAST)
    message = trouble("level", str(path))
    assert message[:-1].isprintable() and message.startswith(f"featset: {path}:2:") and WRONG[wrong] in message
    done = run("level", "--keep-going", "--json", str(path))
    assert done.returncode == 0
    assert done.stderr == message.replace("featset: ", "featset: warning: left out: ", 1)
    level = json.loads(done.stdout)
    assert [host["name"] for host in level["hosts"]] == ["first", "last"]
    assert "popcnt" in level["features"] and "aes" not in level["features"]


def test_broken_dumps_among_others(tmp_path):
    leaf = "<cpuid eax_in='{}' ecx_in='0' eax='{}' ebx='0' ecx='{}' edx='1'/>"
    good = "<cpudata arch='x86'>" + leaf.format("0", "1", "0") + leaf.format("1", "0", "{}") + "</cpudata>\n"
    # The third breaks after a leaf that must not be taken for the fourth's.
    texts = [
        good.format("3"),
        "<cpudata arch='ppc64'><cpuid/></cpudata>\n",
        "<cpudata arch='x86'>" + leaf.format("1", "0", "0") + "<cpuid eax_in='x'/></cpudata>\n",
        good.format("201"),
        "<cpudata arch='x86'/>\n",
        good.format("1"),
    ]
    path = tmp_path / "dumps.xml"
    path.write_text("".join(texts))
    assert f"{path}:2:1: " in trouble("level", str(path))
    done = run("level", "--rule", "plain", "--keep-going", "--json", str(path))
    assert done.returncode == 0 and re.findall(r":(\d+):(?:\d+:)? ", done.stderr) == ["2", "3", "5"]
    level = json.loads(done.stdout)
    assert len(level["hosts"]) == 3 and "sse3" in level["features"] and "pclmulqdq" not in level["features"]


def test_a_file_that_is_broken_as_a_whole_stays_trouble(tmp_path):
    path = tmp_path / "hosts.xml"
    for text in (FIRST + "<domain><name>", FIRST + "<!DOCTYPE a>" + LAST, FIRST + "</domain>"):
        path.write_text(text)
        assert f"{path}:2:" in trouble("level", "--keep-going", str(path))
    path.write_text(GUEST.format("web", "<feature name='bogus'/>"))
    assert "domain web: no feature is called bogus" in trouble("show", "--keep-going", str(path))


def test_notes_name_the_domain(tmp_path):
    path = tmp_path / "hosts.xml"
    bare = "<domain><name>db</name><cpu mode='host-model'/></domain>"
    path.write_text(GUEST.format("web", "<model>NoSuch</model><feature name='avx'/>") + bare)
    notes = json.loads(run("level", "--json", str(path)).stdout)["notes"]
    assert any(n.startswith("domain web: what libvirt's model NoSuch has") for n in notes)
    # What a host-model is depends on the host: such a domain is no CPU to work on.
    assert not any("domain db" in n for n in notes)


# ---- virsh domcapabilities -----------------------------------------------------------------------

CUSTOM = """<domainCapabilities><arch>x86_64</arch><cpu>
<mode name='host-passthrough' supported='yes'/>
<mode name='host-model' supported='{}'><model fallback='forbid'>Westmere</model></mode>
<mode name='custom' supported='yes'>
<model usable='yes' vendor='unknown' canonical='486-v1'>486</model>
<model usable='no' vendor='Intel'>Broadwell</model>
<blockers model='Broadwell'><feature name='hle'/><feature name='rtm'/></blockers>
<model usable='no' vendor='Intel'>Haswell</model>
<blockers model='Haswell'><feature name='rtm'/><feature name='name-of-the-future'/></blockers>
</mode></cpu></domainCapabilities>
"""


def test_models_that_cannot_be_used(tmp_path):
    path = tmp_path / "capabilities.xml"
    path.write_text(CUSTOM.format("yes"))
    shown = show(path)
    assert shown["view"] == "promised" and set(shown["features"]) == MODELS["libvirt:Westmere"]
    said = "2 of 3 named models cannot be used on the host in line 3"
    assert shown["notes"] == [said + "; what they lack most: rtm (2), hle (1)"]
    # libvirt 9.0 tells no blockers; and what is counted is the document's own.
    path.write_text(CUSTOM.format("yes") + re.sub("(?m)^<blockers.*\n", "", CUSTOM.format("yes")))
    notes = json.loads(run("level", "--json", str(path)).stdout)["notes"]
    assert notes[1] == "2 of 3 named models cannot be used on the host in line 13"
    # Nothing is promised, so that there is no host that it could be told of.
    path.write_text(CUSTOM.format("no"))
    assert "depends on its host" in trouble("show", str(path))
    path.write_text(CUSTOM.format("yes").replace("'no'", "'yes'"))
    assert show(path)["notes"] == []


def test_only_the_features_that_block_most_are_named(tmp_path):
    names = "avx avx2 bmi1 bmi2 erms hle rtm smap smep rdseed".split()
    blockers = "".join(
        f"<model usable='no'>m{i}</model><blockers model='m{i}'>"
        + "".join(f"<feature name='{n}'/>" for n in names[i:])
        + "</blockers>"
        for i in range(len(names))
    )
    path = tmp_path / "capabilities.xml"
    path.write_text(re.sub(r"<model usable=(.|\n)*(?=</mode></cpu>)", blockers, CUSTOM.format("yes")))
    (note,) = show(path)["notes"]
    worst = ", ".join(f"{n} ({names.index(n) + 1})" for n in reversed(names[2:]))
    assert note.endswith("what they lack most: " + worst + ", and 2 features more")
