# SPDX-License-Identifier: MIT
"""`featset policy` and `level --for`, as a person pipes them into a configuration.

Expected texts are those that QEMU 7.2 and libvirt 9.0 took; what is asked of libvirt and QEMU on top is in
test_policy_hypervisors.py.
"""

import json
import re
import subprocess
import xml.etree.ElementTree as ET

import pytest

from test_program import FEATSET, POOL, as_json, in_terminal, need_json, ok, run, trouble

# Ivy Bridge as QEMU 7.2 has it, without RDRAND: booted with this option.
IVY_BRIDGE = "qemu:IvyBridge-v1-rdrand"
IVY_BRIDGE_TEXT = "-cpu IvyBridge-v1,-rdrand,enforce\n"
# User interrupts have no name in QEMU, up to the newest version that is known.
UNNAMED = "qemu:IvyBridge-v1+uintr"


def test_the_text_that_qemu_booted():
    assert ok("policy", "--for", "qemu", "--target", "qemu-7.2", IVY_BRIDGE) == IVY_BRIDGE_TEXT
    assert ok("policy", "--for", "qemu", "--target", "7.2", IVY_BRIDGE) == IVY_BRIDGE_TEXT


def test_the_model_that_the_monitor_took():
    text = ok("policy", "--for", "qmp", "--target", "qemu-7.2", IVY_BRIDGE)
    assert json.loads(text) == {"name": "IvyBridge-v1", "props": {"rdrand": False}}


def test_the_cpu_that_libvirt_took():
    """ARAT and XSAVEOPT are in QEMU's model and not in libvirt's of that name."""
    cpu = ET.fromstring(ok("policy", "--for", "libvirt", "--target", "libvirt-9.0", IVY_BRIDGE))
    assert cpu.tag == "cpu" and cpu.attrib == {"mode": "custom", "match": "exact", "check": "partial"}
    assert cpu.findtext("model") == "IvyBridge" and cpu.find("model").get("fallback") == "forbid"
    features = {feature.get("name"): feature.get("policy") for feature in cpu.findall("feature")}
    assert features == {"rdrand": "disable", "arat": "require", "xsaveopt": "require"}


def test_expanded_names_every_feature():
    text = ok("policy", "--for", "qemu", "--target", "qemu-7.2", "--expanded", IVY_BRIDGE)
    assert text.startswith("-cpu base,") and ",f16c=on," in text and "rdrand" not in text


def test_it_goes_into_a_file(tmp_path):
    """Standard output has the text and nothing else, however wide the terminal is not."""
    target = tmp_path / "option"
    with target.open("w") as file:
        done = subprocess.run([FEATSET, "policy", "--for", "qemu", "haswell+sgx+uintr", "broadwell"], stdout=file,
                              stderr=subprocess.PIPE, text=True, env={"COLUMNS": "20"})
    assert done.returncode == 0
    text = target.read_text()
    assert text.startswith("-cpu ") and text.endswith(",enforce\n") and text.count("\n") == 1 and " " not in text[5:]
    assert text == run("policy", "--for", "qemu", "haswell+sgx+uintr", "broadwell").stdout


def test_it_is_read_again():
    """It keeps what virsh cpu-baseline of the two loses (F16C, RDRAND, VME), and has nothing that Ivy Bridge lacks."""
    both = "policy", "--for", "qemu", "--target", "qemu-7.2", "haswell", "ivybridge"
    assert {"f16c", "rdrand", "vme"} <= set(as_json(*both)["features"])
    has = set(as_json("show", "-", stdin=ok(*both))["features"])
    assert {"f16c", "rdrand"} <= has
    assert not {"avx2", "bmi1", "bmi2", "fma", "movbe", "invpcid"} & has


def test_what_cannot_be_said_is_a_warning():
    done = run("policy", "--for", "qemu", UNNAMED)
    assert done.returncode == 0 and done.stdout.startswith("-cpu IvyBridge-v1,") and "uintr" not in done.stdout
    assert re.search(r"^featset: warning: qemu-[0-9.]+ cannot express 1 feature: uintr$", done.stderr, re.M)


def test_strict_writes_nothing():
    said = trouble("policy", "--for", "qemu", "--strict", UNNAMED)
    assert "--strict" in said and "uintr" in said
    assert ok("policy", "--for", "qemu", "--target", "qemu-7.2", "--strict", IVY_BRIDGE) == IVY_BRIDGE_TEXT
    need_json()
    trouble("policy", "--for", "qemu", "--strict", "--json", UNNAMED)


def test_an_older_target_knows_less():
    """QEMU 7.2 has no property for it, and 11.1 has one (its own lists of properties)."""
    cpu = "sapphirerapids+sha512"
    assert "sha512" in run("policy", "--for", "qemu", "--target", "qemu-11.1", cpu).stdout
    old = run("policy", "--for", "qemu", "--target", "qemu-7.2", cpu)
    assert "sha512" not in old.stdout and re.search(r"qemu-7.2 cannot express .*\bsha512\b", old.stderr)


def test_json():
    root = as_json("policy", "--for", "qemu", "--target", "qemu-7.2", IVY_BRIDGE)
    assert root["platform"] == "qemu" and root["target"] == "qemu-7.2" and root["model"] == "qemu:IvyBridge-v1"
    assert root["text"] == IVY_BRIDGE_TEXT and root["rule"] is None
    assert root["left_out"] == [] and root["exact"] is True and root["notes"] == []
    assert "rdrand" not in root["features"] and {"f16c", "hypervisor"} <= set(root["features"])
    root = as_json("policy", "--for", "qemu", UNNAMED)
    assert root["exact"] is False and root["left_out"] == ["uintr"]


def test_the_rule_is_the_platforms():
    """One CPU is written as it is: with the invtsc that is asked for; a level for KVM has none."""
    asked = "qemu:IvyBridge-v1+invtsc"
    assert "+invtsc" in run("policy", "--for", "qemu", asked).stdout
    assert "invtsc" not in run("policy", "--for", "qemu", asked, asked).stdout
    assert "invtsc" not in run("policy", "--for", "qemu", "--rule", "kvm", asked).stdout
    assert "+invtsc" in run("policy", "--for", "qemu", "--rule", "plain", asked, asked).stdout
    assert as_json("policy", "--for", "qemu", "haswell", "ivybridge")["rule"] == "kvm"
    assert as_json("level", "--for", "qemu", POOL)["rule"] == "kvm"
    assert as_json("level", "--for", "qemu", "--rule", "safe", POOL)["rule"] == "safe"
    assert as_json("level", POOL)["rule"] == "xenserver"


def test_a_promise_counts_not_the_hardware(tmp_path):
    """libvirt's domain capabilities: what a guest of this host may have."""
    (tmp_path / "a.xml").write_text(
        "<domainCapabilities><path>/usr/bin/qemu-system-x86_64</path><domain>kvm</domain><arch>x86_64</arch><cpu>"
        "<mode name='host-model' supported='yes'><model fallback='forbid'>IvyBridge</model><vendor>Intel</vendor>"
        "<feature policy='require' name='arat'/><feature policy='disable' name='rdrand'/></mode>"
        "</cpu></domainCapabilities>\n")
    text = run("policy", "--for", "libvirt", str(tmp_path / "a.xml"), "haswell").stdout
    assert "<feature policy='disable' name='rdrand'/>" in text


def test_a_folder_of_a_pool(tmp_path):
    (tmp_path / "hosts.txt").write_text(open(POOL).read())
    assert run("policy", "--for", "xapi", str(tmp_path)).stdout == run("policy", "--for", "xapi", POOL).stdout
    assert ok("level", str(tmp_path)) == ok("level", POOL)
    (tmp_path / "hosts.txt").unlink()
    assert str(tmp_path) in trouble("level", str(tmp_path))


def test_what_nobody_read_is_turned_off_or_left_open(tmp_path):
    """A template of Firecracker that speaks of two bits of a register, AVX2 (5) and BMI2 (8), and of nothing else."""
    mask = "0b" + 23 * "x" + "0xx1" + 5 * "x"
    modifiers = [{"register": "ebx", "bitmap": mask}]
    leaf = {"leaf": "0x7", "subleaf": "0x0", "flags": 1, "modifiers": modifiers}
    need_json()
    (tmp_path / "template.json").write_text(json.dumps({"cpuid_modifiers": [leaf], "msr_modifiers": []}))
    words = "policy", "--for", "firecracker", str(tmp_path / "template.json")
    assert json.loads(run(*words, "--leave-open").stdout)["cpuid_modifiers"] == [leaf]
    closed = json.loads(run(*words).stdout)["cpuid_modifiers"]
    masks = [m["bitmap"] for one in closed if one["leaf"] == "0x7" for m in one["modifiers"] if m["register"] == "ebx"]
    assert masks[0][2:].count("0") > 20 and masks[0][-6] == "1"


def test_a_name():
    """Proxmox calls such a model custom-NAME in a VM's configuration."""
    text = run("policy", "--for", "proxmox", "--name", "ivb-no-rdrand", IVY_BRIDGE).stdout
    assert text.startswith("cpu-model: ivb-no-rdrand\n") and "--cpu custom-ivb-no-rdrand" in text
    uuid = "3a6f0d91-5c2e-4b7d-9e18-c4072b8fd5a6"
    assert f"uuid={uuid} " in run("policy", "--for", "xapi", "--name", uuid, POOL).stdout


def test_several_vendors():
    done = run("policy", "--for", "qemu", "haswell", "znver2")
    assert done.returncode == 0
    assert "several vendors (GenuineIntel, AuthenticAMD)" in done.stderr


def test_level_gives_it_as_advice():
    plain = ok("level", "--rule", "kvm", "haswell", "ivybridge")
    text = ok("level", "--for", "qemu", "--target", "qemu-7.2", "haswell", "ivybridge")
    assert text.splitlines()[0] == plain.splitlines()[0]
    assert "The level for qemu (qemu-7.2):\n-cpu IvyBridge-v1," in text and "Xen featureset" not in text
    root = as_json("level", "--for", "qemu", "--target", "qemu-7.2", "haswell", "ivybridge")
    assert root["policy"]["text"] in text and root["policy"]["platform"] == "qemu"
    assert "policy" not in as_json("level", "haswell", "ivybridge")


@pytest.mark.parametrize(
    "arguments, expected",
    [
        (["policy", "haswell"], "needs --for PLATFORM"),
        (["policy", "--for", "qemu"], "needs INPUT"),
        (["policy", "--for", "quemu", "haswell"], "did you mean 'qemu'"),
        (["policy", "--for", "zzzzzz", "haswell"], "expected one of "),
        (["policy", "--for"], "needs a value"),
        (["policy", "--for", "qemu", "--target", "qemu-1.0", "haswell"], "qemu-7.2"),
        (["policy", "--for", "qemu", "nosuchfile"], "nosuchfile"),
        (["policy", "--for", "qemu", "--to", "xen", "haswell"], "unknown option '--to'"),
        (["level", "--for", "quemu", "haswell"], "did you mean 'qemu'"),
        (["level", "--target", "qemu-7.2", "haswell"], "needs --for"),
        (["level", "--strict", "haswell"], "unknown option '--strict'"),
        (["policy", "--for", "proxmox", "--name", "a b", "haswell"], "cannot be a name"),
        (["policy", "--for", "xapi", "--name", "$(id)", "haswell"], "cannot be a name"),
        (["policy", "--for", "qemu", "--name", "", "haswell"], "cannot be a name"),
        (["policy", "--for", "qemu", "--name", "-x", "haswell"], "cannot be a name"),
        (["polcy"], "did you mean 'policy'"),
        (["list", "platfroms"], "did you mean 'platforms'"),
    ],
)
def test_wrong_arguments(arguments, expected):
    if expected.startswith("expected one of"):
        assert "qemu" in trouble(*arguments)
    else:
        assert expected in trouble(*arguments)


def test_platforms():
    rows = as_json("list", "platforms")["platforms"]
    by_name = {row["name"]: row for row in rows}
    assert [row["name"] for row in rows] == sorted(by_name)
    assert by_name["qemu"]["rule"] == "kvm" and by_name["qemu"]["targets"][-1] == "qemu-7.2"
    assert "libvirt-9.0" in by_name["libvirt"]["targets"] and "<cpu>" in by_name["libvirt"]["summary"]
    text = ok("list", "platforms")
    assert all(re.search(f"^{name} ", text, re.M) for name in by_name)


def test_every_platform_and_target_writes_something():
    for row in as_json("list", "platforms")["platforms"]:
        for target in row["targets"]:
            done = run("policy", "--for", row["name"], "--target", target, "ivybridge")
            assert done.returncode == 0 and done.stdout.endswith("\n"), (row, done)


def test_platforms_fit_a_terminal():
    for line in in_terminal("list", "platforms", columns=80).splitlines():
        assert len(re.sub("\x1b\\[[0-9;]*m", "", line).rstrip()) <= 80, line
