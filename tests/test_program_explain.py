# SPDX-License-Identifier: MIT
"""featset explain: pasted errors in, sentences and commands out."""

import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
FEATSET = os.environ.get("FEATSET", str(ROOT / "build" / "featset"))
TEXTS = ROOT / "tests/corpus/explain"
POOL = ROOT / "examples/pools/hera-zeus"
RECORDS = str(POOL / "records.json")

MAIL = "3a6f0d91-5c2e-4b7d-9e18-c4072b8fd5a6"
LACKS = "VM last booted on a CPU with features this host's CPU does not have."
EIGHT = "fma movbe abm tsc_adjust bmi1 avx2 bmi2 invpcid".split()


def run(*arguments, stdin=""):
    return subprocess.run([FEATSET, "explain", *arguments], input=stdin, capture_output=True, text=True)


def ok(*arguments, stdin="", code=0):
    done = run(*arguments, stdin=stdin)
    assert (done.returncode, done.stderr) == (code, ""), (arguments, done.stdout, done.stderr)
    return done.stdout


def findings(*arguments, **more):
    answer = json.loads(ok("--json", *arguments, **more))
    assert answer["schema"] == 1
    return answer["findings"]


def test_the_story_of_hera_and_zeus():
    out = ok("--pool", RECORDS, str(TEXTS / "orchestra"))
    first = " ".join(out.split("  error")[0].split())
    assert first == (
        "hera cannot be evacuated: VM mail was started with 8 features that zeus lacks, "
        "and 1 more VM stands in the way."
    )
    assert " ".join(EIGHT) in out
    commands = out[out.index("To type:") :].splitlines()[1:]
    assert commands[0] == f"  xe vm-reboot uuid={MAIL}"
    # Two more VMs of hera's stand in the way, of which this text does not tell: evacuation would fail again.
    assert not any("host-evacuate" in command for command in commands)


def test_each_dress_of_the_pool_gives_the_same_answer():
    xe = [word for name in ("hosts", "vms", "networks", "storage", "pool") for word in ("--pool", f"{POOL}/{name}.txt")]
    for text in ("xe", "records"):
        answers = [
            [(f["code"], f["what"], f["missing"], f["commands"]) for f in findings(*words, str(TEXTS / text))]
            for words in (["--pool", RECORDS], ["--pool", str(POOL / "pool-database.xml")])
        ]
        assert answers[0] == answers[1]
    # References are not in what xe prints, UUIDs are.
    (one,) = findings(*xe, str(TEXTS / "xe"))
    assert (one["vm"]["name"], one["host"]["name"], one["missing"]) == ("mail", "zeus", EIGHT)
    assert one["missing_by_cause"] == {"silicon": EIGHT}


def test_a_text_comes_from_a_file_from_words_and_from_standard_input():
    text = (TEXTS / "xe").read_text()
    by_file = ok(str(TEXTS / "xe"))
    assert by_file == ok(stdin=text) == ok("-", stdin=text) == ok(text)
    assert ok(*text.split("\n")[0].split(" ")).startswith("The VM cannot run on the host it was to go to")


def test_without_a_pool_names_are_those_of_the_text():
    (one,) = findings(str(TEXTS / "xe"))
    assert one["what"] == "VM mail was started with features that zeus lacks."
    assert one["vm"] == {"name": None, "uuid": None, "text": MAIL}
    assert one["missing"] == []
    assert one["commands"] == [f"xe vm-reboot uuid={MAIL}"]
    assert "--pool FILE" in ok(str(TEXTS / "orchestra"))
    assert "--pool FILE" not in ok("--pool", RECORDS, str(TEXTS / "orchestra"))


def test_names_are_spelt_as_asked():
    text = "kvm: warning: host doesn't support requested feature: CPUID.01H:ECX.sse4.1 [bit 19]"
    assert findings(text)[0]["missing"] == ["sse4_1"]
    assert findings("--names", "qemu", text)[0]["missing"] == ["sse4.1"]


def test_what_is_not_known_is_said():
    assert ok("all is well", code=1).startswith("No error that featset knows")
    assert findings("all is well", code=1) == []


@pytest.mark.parametrize(
    "arguments, part",
    [
        (["no/such/file"], "no/such/file: cannot be read"),
        (["--pool", "no/such/pool", "text"], "no/such/pool"),
        (["--pool", str(TEXTS / "xe"), "text"], "xe"),
    ],
)
def test_trouble(arguments, part):
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert part in done.stderr


def test_a_text_too_large_is_refused(tmp_path):
    large = tmp_path / "large"
    large.write_bytes(b"x" * ((16 << 20) + 1))
    done = run(str(large))
    assert done.returncode == 2
    assert "16 MiB" in done.stderr


@pytest.mark.parametrize("text", sorted(p.name for p in TEXTS.iterdir()))
def test_lines_fit_80_columns_but_for_commands(text):
    for line in ok(str(TEXTS / text)).splitlines():
        assert len(line) <= 80 or line.startswith("  xe "), line


def test_control_characters_do_not_reach_the_terminal():
    out = ok(f"VM_REQUIRES_NETWORK(x)\nvm: \033]0;title\007\nunable to find CPU model '\033[31mred\033[0m\x9b'\n")
    assert not set(out) & {chr(c) for c in range(32) if c != 10}
    assert "'red" in out


def test_the_table_is_listed():
    done = subprocess.run([FEATSET, "list", "errors", "--json"], capture_output=True, text=True)
    rows = json.loads(done.stdout)["errors"]
    assert {"CANNOT_EVACUATE_HOST", "SR_BACKEND_FAILURE_140", "guest CPU doesn't match specification"} <= {
        row["code"] for row in rows
    }
    assert all(row["cause"] and row["cure"] for row in rows)
