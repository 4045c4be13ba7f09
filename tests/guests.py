# SPDX-License-Identifier: MIT
"""What a guest of the installed QEMU sees of each policy's `-cpu`, by a guest of our own that executes CPUID.

QEMU emulates (accel=tcg), because KVM in a virtual machine does not enforce masks everywhere.  Emulation lacks features
that today's CPUs have.  A policy without them must be accepted under `enforce` and be what its guest sees; one with
them must be refused for exactly these, and its guest must see the others when it is not enforced.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hypervisors import FEATSET, FEATURES, QEMU, Qmp, spellings
from test_policy_hypervisors import KVM_OFF, texts

ROOT = Path(__file__).resolve().parent.parent
GUEST = ROOT / "tests/guest"
POOL = ROOT / "examples/pools/hera-zeus/hosts.txt"
COMPILE = shlex.split(
    "gcc -m32 -march=i386 -std=c11 -Os -Wall -Wextra -pedantic -Werror -ffreestanding -fno-pic -fno-stack-protector "
    "-fno-asynchronous-unwind-tables -nostdlib -static -Wl,--build-id=none"
)
MACHINE = shlex.split(
    "-machine q35,accel=tcg -smp 1 -m 16 -nodefaults -display none -no-reboot -debugcon stdio "
    "-device isa-debug-exit,iobase=0xf4,iosize=4"
)
FINISHED = 33

# What the guest's system has switched on, not what the CPU has: ours switches nothing on.
MIRRORS = {"osxsave", "ospke"}
# Off in every model under emulation, unless it is asked for; no warning tells (tcg_default_props of QEMU).
TCG_OFF = "vme"
# A model's VMX controls come and go with VMX, and no level has them: they are in registers, not in CPUID.
VMX_CONTROLS = {name for name, f in FEATURES.items() if name.startswith("vmx_") and f["where"].startswith("msr.")}
# Which feature brings which XSAVE states (x86_ext_save_areas of QEMU); they follow what is asked for, even in vain.
STATES = {
    "xsave": {"xcr0_x87", "xcr0_sse"},
    "avx": {"xcr0_avx"},
    "mpx": {"xcr0_mpx_bndregs", "xcr0_mpx_bndcsr"},
    "avx512f": {"xcr0_avx512_opmask", "xcr0_avx512_zmm_hi256", "xcr0_avx512_hi16_zmm"},
    "pku": {"xcr0_pkru"},
    "amx_tile": {"xcr0_tileconfig", "xcr0_tiledata"},
}

NAMES = spellings("qemu")
ALIASES = {name: f["requires"] for name, f in FEATURES.items() if f["class"] == "alias"}
PLACES = {}
for feature in FEATURES.values():
    where = re.fullmatch(r"([0-9a-f]+)\.([0-9a-f]+)\.(e[a-d]x)\[(\d+)\]", feature["where"])
    if where:
        PLACES[int(where[1], 16), int(where[2], 16), where[3], int(where[4])] = feature["name"]
WORDS = {place[:3] for place in PLACES}

LINE = re.compile(r"   0x(\w{8}) 0x(\w\w): eax=0x(\w{8}) ebx=0x(\w{8}) ecx=0x(\w{8}) edx=0x(\w{8})")
WARNING = re.compile(r"warning: TCG doesn't support requested feature: (?:CPUID\.\w+:\w+|MSR\(\w+\))\.(\S+) \[bit")


class Guest:
    """One start of QEMU with a policy's text."""

    def __init__(self, image, text):
        command = [*QEMU, *MACHINE, "-kernel", image, *shlex.split(text)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        self.status, self.dump, self.errors = done.returncode, done.stdout, done.stderr
        self.warned = {NAMES[name] for name in WARNING.findall(done.stderr)}

    def registers(self):
        """(leaf, subleaf, register) -> value; a guest that did not finish and a line of another form are errors."""
        first, *lines, last = self.dump.splitlines() or [""]
        assert (self.status, first, last) == (FINISHED, "CPU 0:", "END"), self.errors
        found = {}
        for line in lines:
            leaf, subleaf, *values = (int(field, 16) for field in LINE.fullmatch(line).groups())
            found.update({(leaf, subleaf, f"e{r}x"): value for r, value in zip("abcd", values)})
        return found

    def features(self):
        """All of them; a bit that has no name is spelt as its place."""
        words = self.registers()
        bits = [(*word, bit) for word in WORDS & set(words) for bit in range(32) if words[word] >> bit & 1]
        return {PLACES.get(bit, "%x.%x.%s[%d]" % bit) for bit in bits}

    def is_amd(self):
        return self.registers()[0, 0, "ebx"].to_bytes(4, "little") == b"Auth"


def expected(features, lacking, amd):
    """What a guest sees of a policy's features where QEMU lacks some: of what CPUID tells, and nothing but."""
    visible = set(PLACES.values()) - MIRRORS - set().union(*STATES.values())
    seen = (features & visible) - lacking
    seen |= set().union(*(states for feature, states in STATES.items() if feature in features))
    return seen | {alias for alias, of in ALIASES.items() if amd and alias in PLACES.values() and set(of) <= seen}


def check(image, text, features, tcg):
    """What is wrong with a policy, as text; empty if nothing is."""
    expanded = text.startswith("-cpu base,")
    off = set() if expanded or f",+{TCG_OFF}," in text else {TCG_OFF}
    lacking = features - tcg - off
    guest = Guest(image, text.replace(",enforce", "") if lacking else text)
    wrong = (guest.warned ^ lacking) - (VMX_CONTROLS if "vmx" in lacking else set())
    if wrong:
        return f"{text}: warnings differ by {wrong}"
    # The texts from `base` have the same features and take half of the time: once is enough.
    if lacking and not expanded:
        refused = Guest(image, text)
        if refused.status != 1 or refused.dump or refused.warned != guest.warned:
            return f"{text}: not refused"
    # The emulated model has what KVM would turn off.
    wrong = (guest.features() ^ expected(features, lacking | off, guest.is_amd())) - KVM_OFF
    return f"{text}: {wrong}" if wrong else ""


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    if not shutil.which(QEMU[0]):
        pytest.skip("no QEMU here: no guest is started with a policy")
    to = str(tmp_path_factory.mktemp("guest") / "guest")
    sources = [str(GUEST / name) for name in ("boot.S", "main.c")]
    try:
        command = [*COMPILE, "-T", str(GUEST / "link.ld"), "-o", to, *sources]
        done = subprocess.run(command, capture_output=True, text=True)
        bare = subprocess.run([*COMPILE[:2], "-x", "c", "-S", "-o", "/dev/null", os.devnull], capture_output=True)
    except FileNotFoundError:
        pytest.skip("no gcc here: there is no guest to start with a policy")
    if bare.returncode:
        pytest.skip("no gcc -m32 here: there is no guest to start with a policy")
    assert done.returncode == 0, done.stderr
    return to


@pytest.fixture(scope="module")
def qemu(image):
    """What the installed QEMU can emulate, and its name among the targets."""
    qmp = Qmp()
    tcg = {NAMES[name] for name, value in qmp.expand("max").items() if value is True}
    target = "qemu-%d.%d" % qmp.version
    qmp.close()
    if target != "qemu-7.2":
        pytest.skip(f"policies are started on QEMU 7.2, and this is {target}")
    return target, tcg


def policy(target, *arguments):
    command = [FEATSET, "policy", "--for", "qemu", "--target", target, "--json", *map(str, arguments)]
    answer = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return answer["text"].strip(), set(answer["features"]) & set(NAMES.values())


def test_guests_of_every_baseline(image, qemu):
    target, tcg = qemu
    policies = {text: {NAMES[name] for name in features} for _, text, features in texts("qemu", target)}
    with ThreadPoolExecutor(2) as pool:
        wrong = pool.map(lambda item: check(image, *item, tcg), policies.items())
        wrong = [what for what in wrong if what]
    assert not wrong, "\n".join(wrong)
    accepted = [text for text, features in policies.items() if features <= tcg | {TCG_OFF}]
    assert len(policies) > 400 and len(accepted) > 60


def test_guest_of_the_example_pool(image, qemu):
    """Haswell and Ivy Bridge: the guest keeps what both have."""
    target, tcg = qemu
    text, features = policy(target, POOL)
    assert not check(image, text, features, tcg)
    assert {"f16c", "rdrand", "erms"} <= features & tcg and "avx2" not in features


@pytest.mark.parametrize("other", ["westmere", "haswell", "icelake-server", "sapphirerapids", POOL], ids=str)
def test_a_level_with_this_qemu_starts_on_it(image, qemu, tmp_path, other):
    """The dump of a guest that has all that QEMU emulates is one more host: what comes out lacks nothing here."""
    target, tcg = qemu
    dump = tmp_path / "emulated.txt"
    dump.write_text(Guest(image, "-cpu max,vendor=GenuineIntel").dump.replace("END\n", ""))
    text, features = policy(target, "--rule", "plain", dump, other)
    # KVM makes it up on any host, so policies leave it in the model; here nobody does.
    text, features = text.replace(",enforce", ",-x2apic,enforce"), features - {"x2apic"}
    assert features <= tcg and len(features) > 30
    assert not check(image, text, features, tcg)


def test_a_guest_s_dump_is_read(image, qemu, tmp_path):
    """featset and this file read the same out of one dump."""
    guest = Guest(image, "-cpu IvyBridge-v1,-rdrand")
    dump = tmp_path / "guest.txt"
    dump.write_text(guest.dump.replace("END\n", ""))
    done = subprocess.run([FEATSET, "show", "--json", dump], capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout)["features"]) == guest.features()
