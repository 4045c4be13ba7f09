# SPDX-License-Identifier: MIT
"""Policies of every baseline through the installed libvirt: its schema, and the `-cpu` that it starts QEMU with.

libvirt's driver runs inside virsh (qemu:///embed), below a directory of its own: no daemon, and nothing is started.
"""

import os
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from hypervisors import Qmp
from test_policy_hypervisors import KVM_OFF, expand, texts

TARGET = "libvirt-9.0"
SCHEMA = Path("/usr/share/libvirt/schemas/domain.rng")


def domain(text, number):
    """The policy in a domain that emulates; with check='partial' libvirt would refuse what emulation lacks."""
    cpu = ET.fromstring(text)
    cpu.set("check", "none")
    return (
        f"<domain type='qemu'><name>guest{number}</name><memory unit='MiB'>16</memory>"
        "<os><type arch='x86_64' machine='q35'>hvm</type></os>" + ET.tostring(cpu, encoding="unicode") + "</domain>"
    )


@pytest.fixture(scope="module")
def policies():
    return {text: set(features) for _, text, features in texts("libvirt", TARGET)}


@pytest.fixture(scope="module")
def domains(policies):
    """A directory with a domain for each policy, which the driver may write to."""
    with tempfile.TemporaryDirectory(prefix="featset") as directory:
        for number, text in enumerate(policies):
            (Path(directory) / f"{number}.xml").write_text(domain(text, number))
        if os.geteuid() == 0:
            shutil.chown(directory, "nobody", "nogroup")
        yield Path(directory)


def test_the_schema_takes_them(policies, domains):
    if not SCHEMA.exists() or not shutil.which("xmllint"):
        pytest.skip("no libvirt-clients here: policies are not validated")
    files = [str(domains / f"{number}.xml") for number in range(len(policies))]
    assert len(files) > 400
    command = ["xmllint", "--noout", "--relaxng", str(SCHEMA), *files]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr.count(" validates") == len(files), done.stderr[-2000:]
    (domains / "wrong.xml").write_text(domain(next(iter(policies)), 0).replace("match=", "matches="))
    assert subprocess.run([*command[:4], str(domains / "wrong.xml")], capture_output=True).returncode != 0


def natives(domains, count):
    """What libvirt makes of them: the arguments of -cpu, in order."""
    root = domains / "root"
    # As root the driver wants users and groups that only a whole installation has.
    user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*user, "virsh", "-q", "-c", f"qemu:///embed?root={root}"],
        input="".join(f"domxml-to-native qemu-argv {domains}/{number}.xml\n" for number in range(count)),
        env={**os.environ, "HOME": str(domains), "XDG_RUNTIME_DIR": str(domains)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    if "no connection driver available" in done.stderr:
        pytest.skip("libvirt's QEMU driver is not here: policies do not go through libvirt")
    lines = done.stdout.replace("\\\n", "")
    found = {int(number): cpu for number, cpu in re.findall(r"-name guest=guest(\d+),.*? -cpu (\S+)", lines)}
    assert len(found) == count, done.stderr[-2000:]
    return [found[number] for number in range(count)]


def test_libvirt_starts_qemu_with_what_they_say(policies, domains):
    if not shutil.which("virsh") or not shutil.which("qemu-system-x86_64"):
        pytest.skip("no virsh or no QEMU here: policies do not go through libvirt")
    version = subprocess.run(["virsh", "--version"], capture_output=True, text=True).stdout.strip()
    if not version.startswith("9.0."):
        pytest.skip(f"policies go through libvirt 9.0, and this is {version}")
    options = natives(domains, len(policies))
    qemu = Qmp()
    try:
        for option, (text, features) in zip(options, policies.items()):
            model, *said = option.strip("'").split(",")
            props = dict(item.split("=", 1) for item in said)
            props = {name: {"on": True, "off": False}.get(value, value) for name, value in props.items()}
            has, _ = expand(qemu, {"name": model, "props": props})
            left = KVM_OFF if "vme" in props else KVM_OFF | {"vme"}
            assert has - left == features - left, (text, option, (has ^ features) - left)
    finally:
        qemu.close()
