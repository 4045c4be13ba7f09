# SPDX-License-Identifier: MIT
"""featset pool --how: the scripts are run, with programs in front that answer as the hosts would."""

import json
import os
import shlex
import subprocess

import pytest

from test_program import ROOT, need_json, run, trouble

POOL = ROOT / "examples" / "pools" / "hera-zeus"
DUMP = (
    "CPU:\n"
    "   0x00000000 0x00: eax=0x00000001 ebx=0x756e6547 ecx=0x6c65746e edx=0x49656e69\n"
    "   0x00000001 0x00: eax=0x000306a9 ebx=0x00000800 ecx={} edx=0x078bfbfd\n"
)
# 1.ECX with AES, bit 25, and without.
AES, NO_AES = "0xf6982203", "0xf4982203"


@pytest.fixture
def place(tmp_path):
    """A folder to run scripts in, and one for the programs they call."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "run").mkdir()
    return tmp_path


def add_program(place, name, text):
    path = place / "bin" / name
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)


def script(platform, names=None):
    done = run("pool", "--how", platform)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    assert subprocess.run(["sh", "-n"], input=done.stdout, text=True, capture_output=True).stderr == ""
    text = done.stdout
    for old, new in (names or {}).items():
        assert old in text
        text = text.replace(old, new)
    return text


def collect(place, text):
    environment = {**os.environ, "PATH": f"{place / 'bin'}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", "-eu"], input=text, cwd=place / "run", env=environment, text=True, capture_output=True)
    assert done.returncode == 0 and done.stderr == "", done.stderr


def pool(*words):
    need_json()
    done = run("pool", "--json", *map(str, words))
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("platform", ["xcp-ng", "xenserver"])
def test_xe(place, platform):
    texts = {"host": "hosts.txt", "vm": "vms.txt"}
    add_program(place, "xe", f"""[ $# = 2 ] && [ "$2" = params=all ] || exit 1
case $1 in
host-list) cat {shlex.quote(str(POOL / texts["host"]))} ;;
vm-list) cat {shlex.quote(str(POOL / texts["vm"]))} ;;
pool-list | snapshot-list | network-list | pif-list | vif-list | sr-list | pbd-list | vbd-list | vdi-list | \
vgpu-list | vusb-list) ;;
*) exit 1 ;;
esac
""")
    collect(place, script(platform))
    assert [p.name for p in (place / "run").iterdir()] == ["pool.txt"]
    got, expected = pool(place / "run" / "pool.txt"), pool(POOL / "hosts.txt", POOL / "vms.txt")
    assert [h["name"] for h in got["hosts"]] == ["hera", "zeus"]
    assert got["level"] == expected["level"]
    assert [(v["name"], v["host"]) for v in got["vms"]] == [(v["name"], v["host"]) for v in expected["vms"]]


CAPABILITIES = "<capabilities><host><cpu><arch>x86_64</arch><model>Westmere</model>{}</cpu></host></capabilities>"
PROMISE = (
    "<domainCapabilities><arch>x86_64</arch><cpu><mode name='host-model' supported='yes'><model>Westmere</model>"
    "<feature policy='require' name='{}'/></mode></cpu></domainCapabilities>"
)
DOMAIN = "<domain type='kvm' id='1'><name>{0}</name><uuid>{0}-uuid</uuid><cpu mode='custom'>{1}</cpu></domain>"


def test_libvirt(place):
    """Two hosts; a VM has a blank in its name; dumpxml reads standard input, as programs behind ssh do."""
    answers = {
        "hera capabilities": CAPABILITIES.format("<feature name='avx'/>"),
        "hera domcapabilities": PROMISE.format("avx"),
        "hera list --all --name": "web 1\ndb\n\n",
        "hera dumpxml --domain web 1": DOMAIN.format("web 1", "<model>Westmere</model>"),
        "hera dumpxml --domain db": DOMAIN.format("db", "<model>Westmere</model><feature policy='require' name='avx'/>"),
        "hera snapshot-list --domain web 1 --name": "\n",
        "hera snapshot-list --domain db --name": "before\n\n",
        "hera snapshot-dumpxml --domain db --snapshotname before": "<domainsnapshot><name>before</name><state>running"
        "</state>" + DOMAIN.format("db", "<model>Westmere</model>") + "</domainsnapshot>",
        "zeus capabilities": CAPABILITIES.format(""),
        "zeus domcapabilities": PROMISE.format("vmx"),
        "zeus list --all --name": "\n",
    }
    cases = "".join(f"{shlex.quote(words)}) printf %s {shlex.quote(text)} ;;\n" for words, text in answers.items())
    add_program(place, "virsh", """[ "$1" = -c ] || exit 1
host=${2#qemu+ssh://root@}
host=${host%/system}
shift 2
case "$1" in dumpxml | snapshot-list | snapshot-dumpxml) cat > /dev/null ;; esac
case "$host $*" in
""" + cases + "*) echo \"not known: $host $*\" >&2; exit 1 ;;\nesac\n")
    collect(place, script("libvirt", {"host1 host2": "hera zeus"}))
    got = pool(place / "run" / "pool")
    assert got["manager"] == "libvirt"
    assert [h["name"] for h in got["hosts"]] == ["hera", "zeus"]
    vms = {v["name"]: v for v in got["vms"]}
    assert vms["web 1"]["host"] == vms["db"]["host"] == "hera" and vms["before"]["power_state"] == "suspended"
    assert vms["db"]["blocked_on"][0]["host"] == "zeus" and "avx" in vms["db"]["blocked_on"][0]["missing"]
    assert not any("avx" in b["missing"] for b in vms["web 1"]["blocked_on"])


def test_proxmox(place):
    """The commands for the nodes are run here, with the nodes' /etc/pve in a folder."""
    for node, model, words in (("hera", "custom-mine", AES), ("zeus", "", NO_AES)):
        etc = place / node / "etc" / "pve"
        (etc / "qemu-server").mkdir(parents=True)
        (etc / "virtual-guest").mkdir()
        (place / node / "cpu").write_text(DUMP.format(words))
        if model:
            (etc / "qemu-server" / "100.conf").write_text(f"cpu: {model}\n")
            (etc / "virtual-guest" / "cpu-models.conf").write_text("cpu-model: mine\n    flags +aes\n")
            (place / node / "list").write_text(
                "      VMID NAME                 STATUS     MEM(MB)    BOOTDISK(GB) PID       \n"
                "       100 VM 100               running    512                1.00 7         \n"
                "       101 db                   stopped    512                1.00 0         \n"
            )
        else:
            (place / node / "list").write_text("")
    add_program(place, "qm", '[ "$*" = list ] && cat "$NODE/list"\n')
    # Only hera has the program cpuid; zeus shows its kernel's list.
    add_program(place, "cpuid", '[ "$*" = "-1 -r" ] && [ "${NODE##*/}" = hera ] && cat "$NODE/cpu"\n')
    (place / "zeus" / "cpuinfo").write_text("processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu sse sse2 lm\n\n")
    add_program(place, "ssh", f"""[ "$1" = -n ] || exit 1
NODE={shlex.quote(str(place))}/${{2#root@}}
export NODE
printf %s "$3" | sed "s|/etc/pve|$NODE/etc/pve|g; s|/proc/cpuinfo|$NODE/cpuinfo|" > "$NODE/command"
exec sh "$NODE/command" < /dev/null
""")
    collect(place, script("proxmox", {"node1 node2": "hera zeus"}))
    got = pool(place / "run" / "pool")
    assert got["manager"] == "proxmox"
    assert [h["name"] for h in got["hosts"]] == ["hera", "zeus"]
    vms = {v["name"]: v for v in got["vms"]}
    assert list(vms) == ["VM 100"] and vms["VM 100"]["host"] == "hera"  # the halted one holds no CPU's features
    assert "aes" in vms["VM 100"]["blocked_on"][0]["missing"]


def test_platforms_that_nobody_knows():
    assert "xcp-ng, xenserver, libvirt and proxmox, not 'vmware'" in trouble("pool", "--how", "vmware")
