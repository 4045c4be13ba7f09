# SPDX-License-Identifier: MIT
"""The program, run as an administrator or a script runs it.

Expected values are typed from the story of Hera and Zeus, from Xen's and XAPI's
published semantics, or read from cpuid(1)'s output by a second reader here.
"""

import fcntl
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import struct
import subprocess
import termios

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
FEATSET = os.environ.get("FEATSET", str(ROOT / "build" / "featset"))
POOL = str(ROOT / "examples/pools/hera-zeus/hosts.txt")

COMMANDS = ["check", "convert", "diff", "explain", "host", "level", "list", "policy", "show"]
TOPICS = ["baselines", "dialects", "errors", "features", "formats", "models", "platforms", "rules", "words"]

LOST_BY_HERA = "fma movbe abm tsc_adjust bmi1 avx2 bmi2 invpcid".split()
LEVEL_XEN = (
    "1fcbfbff-f7ba2223-2c100800-00000001-00000001-00000281-00000000-00000000-00001000-"
    "9c000400-00000000-00000000-00000000-00000000-00000000-00000000-00000000-00000000"
)
HERA_HVM = (
    "1fcbfbff-f7fa3223-2d93fbff-00000423-00000001-000007ab-00000000-00000000-00001000-"
    "9c000400" + 8 * "-00000000"
)


def run(*arguments, stdin="", env=None, text=True):
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS")}
    environment.update(env or {})
    return subprocess.run([FEATSET, *arguments], input=stdin, capture_output=True, text=text, env=environment)


def ok(*arguments, code=0, **more):
    done = run(*arguments, **more)
    assert done.returncode == code, (arguments, done.stdout, done.stderr)
    assert done.stderr == "", done.stderr
    return done.stdout


def need_json():
    done = run("list", "rules", "--json")
    if done.returncode == 2 and "not in this build" in done.stderr:
        pytest.skip("this build has no JSON: " + done.stderr)


def as_json(*arguments, code=0, **more):
    need_json()
    root = json.loads(ok(*arguments, "--json", code=code, **more))
    assert root["schema"] == 1
    return root


def trouble(*arguments, **more):
    """Exit code 2, nothing on standard output, one sentence on standard error."""
    done = run(*arguments, **more)
    assert done.returncode == 2, (arguments, done)
    assert done.stdout == ""
    assert done.stderr.startswith("featset: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


def in_terminal(*arguments, columns=80, env=None):
    """What a terminal of that width gets to see."""
    try:
        master, slave = pty.openpty()
    except OSError as error:
        pytest.skip(f"no terminal to be had here: {error}")
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS")}
    environment.update({"TERM": "xterm"}, **(env or {}))
    child = subprocess.Popen([FEATSET, *arguments], stdin=subprocess.DEVNULL, stdout=slave, env=environment)
    os.close(slave)
    data = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        data += piece
    os.close(master)
    child.wait()
    return data.decode().replace("\r\n", "\n")


def is_to_be_pasted(line):
    return re.fullmatch(r" *[0-9a-f]{8}(-[0-9a-f]{8})*", line) is not None


def narrow(text, width=80):
    for line in text.splitlines():
        assert len(line) <= width or is_to_be_pasted(line), line


# ---- help and arguments ------------------------------------------------------------------


@pytest.mark.parametrize("command", [[], *[[c] for c in COMMANDS]])
def test_help_fits_a_screen(command):
    text = ok(*command, "--help")
    assert text.startswith("Usage: featset ")
    assert len(text.splitlines()) <= 24
    narrow(text)


def test_help_names_every_command():
    text = ok("--help")
    for command in COMMANDS:
        assert re.search(rf"^  {command} ", text, re.M)
    assert ok("help", "level") == ok("level", "--help")


def test_version():
    header = (ROOT / "libfeatset/featset.h").read_text()
    version = re.search(r'FEATSET_VERSION "([^"]+)"', header).group(1)
    assert ok("--version") == f"featset {version}\n"


@pytest.mark.parametrize(
    "arguments, expected",
    [
        ([], "no command"),
        (["lvel"], "did you mean 'level'?"),
        (["frobnicate"], "unknown command 'frobnicate'"),
        (["--frob"], "unknown option '--frob'"),
        (["level"], "needs INPUT..."),
        (["check", "haswell"], "needs GUEST HOST..."),
        (["host", "x"], "takes options only"),
        (["show", "haswell", "ivybridge"], "no more"),
        (["level", "--jsno", "host"], "did you mean '--json'?"),
        (["level", "-z", "host"], "unknown option '-z'"),
        (["level", "--json=1", "host"], "takes no value"),
        (["level", "host", "--rule"], "needs a value"),
        (["level", "--rule", "xenservr", "host"], "did you mean 'xenserver'?"),
        (["level", "--rule", "frobnicate", "host"], "plain, xenserver, safe"),
        (["level", "--domain", "pvx", "host"], "did you mean 'pv'?"),
        (["level", "--names", "qmeu", "host"], "did you mean 'qemu'?"),
        (["list", "feature"], "did you mean 'features'?"),
        (["convert", "haswell"], "--to FORMAT"),
        (["convert", "--to", "xen-string", "haswell"], "'xen-string'"),
        (["convert", "--to", "xe", "haswell"], "can be read but not written"),
        (["show", POOL, "--host", "apollo"], "no host is named 'apollo'"),
        (["diff", "haswell"], "compares two"),
    ],
)
def test_wrong_arguments(arguments, expected):
    assert expected in trouble(*arguments)


# ---- the pool of Hera and Zeus --------------------------------------------------------------


def test_level_of_the_pool():
    level = as_json("level", POOL)
    assert level["rule"] == "xenserver"
    assert level["domain"] == "hvm"
    assert level["baseline"] == "ivybridge"
    assert level["psabi"] == "x86-64-v2"
    assert level["count"] == 58
    assert len(level["features"]) == 58
    assert level["xen"] == LEVEL_XEN
    assert level["vendor"] == "GenuineIntel"
    assert level["accumulated"] == []
    assert level["unknown"] == []
    hera, zeus = level["hosts"]
    assert (hera["name"], hera["microarchitecture"]) == ("hera", "haswell")
    assert (zeus["name"], zeus["microarchitecture"]) == ("zeus", "ivybridge")
    assert re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", hera["uuid"])
    assert hera["lost"] == LOST_BY_HERA
    assert zeus["lost"] == [] and zeus["lost_other"] == []
    # 2d93fbff against 2c100800: eighteen copies of 1.EDX; 423 against 1: cmp_legacy and ibs
    assert len(hera["lost_other"]) == 20
    assert {"cmp_legacy", "ibs"} < set(hera["lost_other"])


def test_level_of_the_pool_in_words():
    text = ok("level", POOL)
    assert text.splitlines()[0] == "ivybridge, x86-64-v2: 2 hosts, 58 features (rule xenserver)"
    assert "loses 8: " + " ".join(LOST_BY_HERA) in text
    assert re.search(r"^zeus: ivybridge, .*\n    loses nothing$", text, re.M)
    assert LEVEL_XEN in text.splitlines()
    assert "Rule plain gives the same." in text
    narrow(text)


def test_level_of_pv_guests():
    level = as_json("level", "--domain", "pv", POOL)
    # features_pv_host of both, by hand: word by word and
    words = "1fc9cbf5-f6b82203-28100800-00000001-00000001-00000201-00000000-00000000-00001000-8c000400"
    assert level["domain"] == "pv"
    assert level["xen"] == words + "-00000000" * 8


@pytest.mark.parametrize("rule", ["plain", "xenserver", "safe", "kvm"])
def test_level_under_a_rule(rule):
    level = as_json("level", "--rule", rule, POOL)
    assert level["rule"] == rule
    assert level["hosts"][0]["lost"][: len(LOST_BY_HERA)] != []
    assert set(LOST_BY_HERA) <= set(level["hosts"][0]["lost"])
    assert rule not in level["other_rules"] and len(level["other_rules"]) == 3


def test_rules_differ_by_what_they_say():
    level = as_json("level", "--rule", "xenserver", POOL)
    safe = as_json("level", "--rule", "safe", POOL)
    differs = level["other_rules"]["safe"]
    assert set(differs["leaves_out"]) == set(level["features"]) - set(safe["features"])
    assert set(differs["adds"]) == set(safe["features"]) - set(level["features"])


def test_default_rule():
    assert as_json("level", "haswell", "ivybridge")["rule"] == "safe"
    assert as_json("level", POOL, "ivybridge")["rule"] == "safe"
    assert as_json("level", HERA_HVM, LEVEL_XEN)["rule"] == "xenserver"


def test_level_of_several_vendors():
    level = as_json("level", "haswell", "zen2")
    assert level["vendor"] is None and level["mixed"] is True
    text = " ".join(ok("level", "haswell", "zen2").split())
    assert "GenuineIntel, AuthenticAMD" in text
    assert "VMs do not migrate between them" in text


def test_one_host_alone_loses_nothing():
    level = as_json("level", "--host", "hera", POOL)
    assert level["xen"] == HERA_HVM
    assert level["hosts"][0]["lost"] == []


def test_names_of_other_dialects():
    hera = as_json("level", "--names", "qemu", POOL)["hosts"][0]
    assert hera["lost"] == "fma movbe abm tsc_adjust bmi1 avx2 bmi2 invpcid".replace("_", "-").split()
    linux = as_json("level", "--names", "linux", POOL)
    assert "pni" in linux["features"] and "sse3" not in linux["features"]


# ---- check -------------------------------------------------------------------------------------


def test_check_says_no_and_what_is_missing():
    text = ok("check", "haswell", "ivybridge", code=1)
    assert text.startswith("no: ivybridge lacks ")
    for name in ["avx2", "bmi2", "fma", "movbe", "invpcid"]:
        assert re.search(rf"\b{name}\b", text)
    answer = as_json("check", "haswell", "ivybridge", code=1)
    assert answer["compatible"] == "no"
    assert set(LOST_BY_HERA) <= set(answer["missing"])
    assert answer["hosts"][0]["name"] == "ivybridge"


def test_check_says_yes():
    assert ok("check", "ivybridge", "haswell").startswith("yes: ")
    answer = as_json("check", "ivybridge", "haswell")
    assert answer["compatible"] == "yes" and answer["missing"] == [] and answer["unknown"] == []


def test_check_several_hosts():
    answer = as_json("check", "haswell", "haswell", "ivybridge", code=1)
    assert answer["compatible"] == "no"
    assert [h["compatible"] for h in answer["hosts"]] == ["yes", "no"]
    assert ok("check", "haswell", "haswell", "ivybridge", code=1).startswith("no: 1 of 2 hosts ")


def test_check_of_a_vm_against_the_pool():
    answer = as_json("check", HERA_HVM, POOL, code=1)
    assert answer["missing"] == LOST_BY_HERA
    assert {h["name"]: h["compatible"] for h in answer["hosts"]} == {"hera": "yes", "zeus": "no"}
    assert as_json("check", LEVEL_XEN, POOL)["compatible"] == "yes"


def test_check_unread_is_unknown(tmp_path):
    """A dump that stops before leaf 7, though the CPU has one, leaves AVX2 open."""
    dump = tmp_path / "short.txt"
    dump.write_text(
        "CPU 0:\n"
        "   0x00000000 0x00: eax=0x0000000d ebx=0x756e6547 ecx=0x6c65746e edx=0x49656e69\n"
        "   0x00000001 0x00: eax=0x000306f2 ebx=0x00200800 ecx=0x7ffefbff edx=0xbfebfbff\n"
    )
    answer = as_json("check", "avx2", str(dump), code=1)
    assert answer["compatible"] == "unknown"
    assert "avx2" in answer["unknown"] and "avx2" not in answer["missing"]
    assert ok("check", "avx2", str(dump), code=1).startswith("unknown: ")


def test_check_uses_what_a_host_accepts(tmp_path):
    """XAPI starts guests without HLE and RTM, and still accepts those that have them (2019, TAA)."""
    pool = tmp_path / "pool.txt"
    lines = []
    for line in pathlib.Path(POOL).read_text().splitlines():
        lines.append(re.sub(r"(features_hvm: (?:[0-9a-f]{8}-){5})000007ab", r"\g<1>00000fbb", line))
    pool.write_text("\n".join(lines) + "\n")
    guest = HERA_HVM.replace("000007ab", "00000fbb")
    assert as_json("check", guest, str(pool), "--host", "hera")["compatible"] == "yes"
    answer = as_json("check", guest, POOL, "--host", "hera", code=1)
    assert answer["missing"] == ["hle", "rtm"]
    # and a guest that is a host is what new guests get there
    assert as_json("check", str(pool), HERA_HVM, "--guest", "hera")["compatible"] == "yes"


def test_check_says_when_the_vendor_differs():
    answer = as_json("check", "x86-64-v2", "zen2")
    assert answer["vendor_differs"] is False
    assert as_json("check", "haswell", "zen2", code=1)["vendor_differs"] is True
    assert "another vendor" in ok("check", "haswell", "zen2", code=1)


def test_a_misspelt_name():
    assert "did you mean 'haswell'?" in trouble("check", "haswel", "ivybridge")
    assert "did you mean 'ivybridge'?" in trouble("check", "haswell", "ivybrige")


# ---- diff ----------------------------------------------------------------------------------------


def test_diff():
    answer = as_json("diff", POOL, code=1)
    assert answer["same"] == "no"
    assert answer["a"]["name"] == "hera" and answer["a"]["only"] == LOST_BY_HERA
    assert len(answer["a"]["only_other"]) == 20
    assert answer["b"]["only"] == [] and len(answer["common"]) == 58
    text = ok("diff", POOL, code=1)
    assert text.startswith("58 in common, 8 only in hera, 0 only in zeus\n")
    narrow(text)


def test_diff_of_the_same():
    assert ok("diff", "haswell", "haswell").startswith("haswell and haswell have the same ")
    assert as_json("diff", "haswell", "haswell")["same"] == "yes"


# ---- show and host -------------------------------------------------------------------------------

SHOW_KEYS = (
    "format vendor family model stepping brand microarchitecture psabi max_leaves phys_bits features usable lacks words"
)


def test_show_one_host():
    host = as_json("show", POOL, "--host", "hera")
    assert set(SHOW_KEYS.split()) <= set(host)
    assert (host["vendor"], host["family"], host["model"], host["stepping"]) == ("GenuineIntel", 6, 63, 2)
    assert host["brand"] == "Intel(R) Xeon(R) CPU E5-2670 v3 @ 2.30GHz"
    assert host["microarchitecture"] == "haswell"
    assert host["psabi"] == "x86-64-v3"
    assert host["usable"] is None
    names = ["1.0.edx", "1.0.ecx", "80000001.0.edx", "80000001.0.ecx", "d.1.eax", "7.0.ebx"]
    assert [host["words"][n] for n in names] == HERA_HVM.split("-")[:6]
    assert "cpus" not in host


def test_show_several_hosts():
    root = as_json("show", POOL)
    assert [h["name"] for h in root["hosts"]] == ["hera", "zeus"]
    text = ok("show", POOL)
    assert re.search(r"^hera: haswell, x86-64-v3, ", text, re.M)
    assert re.search(r"^zeus: ivybridge, x86-64-v2, 5", text, re.M)
    narrow(text)


def test_show_by_uuid():
    uuid = as_json("show", POOL)["hosts"][1]["uuid"]
    assert as_json("show", POOL, "--host", uuid)["name"] == "zeus"


def test_show_arithmetic():
    features = set(as_json("show", "haswell-avx2+sha_ni")["features"])
    assert "sha_ni" in features and "avx2" not in features and "fma" in features
    assert set(as_json("show", "avx2,bmi2")["features"]) == {"avx2", "bmi2"}


def test_show_all_nearest():
    assert "--nearest" not in ok("show", "haswell", "--nearest")
    nearest = as_json("show", "haswell", "--nearest")["nearest"]
    assert nearest[0] == "haswell"


def test_show_a_string_from_stdin():
    assert as_json("show", "-", stdin=HERA_HVM + "\n")["psabi"] == "x86-64-v3"


def need_host():
    done = run("host")
    if done.returncode == 2 and ("build" in done.stderr or "CPUID" in done.stderr):
        pytest.skip("this build or machine cannot read its own CPU: " + done.stderr)
    return done


def test_host():
    text = need_host().stdout
    assert text.startswith("this machine: ")
    narrow(text)
    host = as_json("host")
    assert set(SHOW_KEYS.split()) <= set(host)
    assert host["usable"] is not None and set(host["usable"]) <= set(host["features"])


def test_host_without_msr():
    need_host()
    assert not [w for w in as_json("host", "--no-msr")["words"] if w.startswith("msr.")]


def test_host_on_every_cpu():
    need_host()
    cpus = as_json("host", "--cpus").get("cpus", [None])
    assert len(cpus) == len(os.sched_getaffinity(0))


def words_of_cpuid(dump):
    """A second reader of cpuid -1 -r: leaf.subleaf.register to eight digits."""
    words = {}
    for line in dump.splitlines():
        found = re.match(r"\s+0x([0-9a-f]{8}) 0x([0-9a-f]{2}): (.*)", line)
        if found:
            for register, value in re.findall(r"(e[abcd]x)=0x([0-9a-f]{8})", found[3]):
                words[f"{int(found[1], 16):x}.{int(found[2], 16):x}.{register}"] = value
    return words


def test_host_agrees_with_cpuid():
    if not shutil.which("cpuid"):
        pytest.skip("cpuid(1) is not installed, so nothing independent reads this CPU")
    need_host()
    dump = subprocess.run(["cpuid", "-1", "-r"], capture_output=True, text=True, check=True).stdout
    theirs = words_of_cpuid(dump)
    ours = as_json("host")["words"]
    both = sorted(set(theirs) & set(ours))
    assert {"1.0.edx", "1.0.ecx", "80000001.0.edx", "80000001.0.ecx"} <= set(both)
    assert {n: ours[n] for n in both} == {n: theirs[n] for n in both}
    shown = as_json("show", "-", stdin=dump)
    assert shown["format"] == "cpuid"
    assert {n: shown["words"][n] for n in both} == {n: ours[n] for n in both}


# ---- convert ---------------------------------------------------------------------------------------


def test_convert_to_xen_and_back():
    done = run("convert", "--to", "xen", LEVEL_XEN)
    assert (done.returncode, done.stdout.strip()) == (0, LEVEL_XEN)
    assert as_json("show", "-", stdin=done.stdout)["words"]["7.0.ebx"] == "00000281"


def test_convert_to_cpuid_and_back():
    if not shutil.which("cpuid"):
        pytest.skip("cpuid(1) is not installed")
    dump = subprocess.run(["cpuid", "-1", "-r"], capture_output=True, text=True, check=True).stdout
    written = run("convert", "--to", "cpuid", "-", stdin=dump)
    assert written.returncode == 0
    assert as_json("show", "-", stdin=written.stdout)["words"] == as_json("show", "-", stdin=dump)["words"]


def test_convert_to_names(tmp_path):
    assert run("convert", "--to", "names", "avx2,bmi2,fma").stdout.split() == ["fma", "avx2", "bmi2"]
    assert "pni" in run("convert", "--to", "names", "--names", "linux", "x86-64-v2").stdout.split()
    target = tmp_path / "names.txt"
    done = run("convert", "--to", "names", "avx2", "-o", str(target))
    assert (done.returncode, done.stdout, target.read_text().split()) == (0, "", ["avx2"])


def test_convert_tells_what_it_cannot_hold():
    done = run("convert", "--to", "xen", "avx2,avx10.1")
    assert done.returncode == 0
    assert done.stderr.startswith("featset: warning: ") and "avx10.1" in done.stderr
    assert "avx2" not in done.stderr


def test_convert_holds_one():
    assert "--host" in trouble("convert", "--to", "xen", POOL)
    assert run("convert", "--to", "xen", POOL, "--host", "hera").stdout.strip() == HERA_HVM


def test_convert_where_nothing_can_be_written():
    assert "/nonexistent/x" in trouble("convert", "--to", "names", "avx2", "-o", "/nonexistent/x")


# ---- list --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("topic", TOPICS)
def test_list(topic):
    rows = as_json("list", topic)[topic]
    text = ok("list", topic)
    if topic == "baselines":  # data have the models too
        assert len(ok("list", topic, "--models").splitlines()) == len(rows) + 1
        rows = [row for row in rows if row["kind"] != "model"]
    assert len(text.splitlines()) == len(rows) + 1
    narrow(in_terminal("list", topic).replace("\033[1m", "").replace("\033[0m", ""))


def test_list_features():
    rows = {r["name"]: r for r in as_json("list", "features")["features"]}
    avx2 = rows["avx2"]
    assert (avx2["where"], avx2["number"], avx2["class"]) == ("7.0.ebx[5]", 165, "capability")
    assert rows["sse3"]["names"]["linux"] == "pni"
    assert "avx2" in ok("list", "features", "avx2") and "bmi1" not in ok("list", "features", "avx2")
    assert re.search("^sse3 ", ok("list", "features", "pni"), re.M)


def test_list_finds_nothing():
    done = run("list", "features", "frobnicate")
    assert (done.returncode, done.stdout) == (1, "") and "frobnicate" in done.stderr


def test_list_words():
    words = as_json("list", "words")["words"]
    assert len(words) == 64 and words[5]["name"] == "7.0.ebx"


# ---- bad input ---------------------------------------------------------------------------------------


def test_missing_file(tmp_path):
    assert "nothing.txt" in trouble("show", str(tmp_path / "nothing.txt"))


def test_empty_file(tmp_path):
    path = tmp_path / "empty.txt"
    path.write_text("")
    assert str(path) in trouble("show", str(path))
    trouble("show", "-", stdin="")
    trouble("show", "")


def test_binary_file(tmp_path):
    path = tmp_path / "binary"
    path.write_bytes(bytes(range(256)) * 16)
    assert str(path) in trouble("show", str(path))
    assert "featset" in trouble("show", FEATSET)


@pytest.mark.parametrize("cut", [HERA_HVM[:-1], HERA_HVM[:-3], HERA_HVM[:44] + "-", HERA_HVM[:44] + "-xyz"])
def test_truncated_string(cut, tmp_path):
    trouble("show", cut)
    path = tmp_path / "cut.txt"
    path.write_text(cut + "\n")
    assert str(path) in trouble("show", str(path))


def test_a_directory(tmp_path):
    trouble("show", str(tmp_path))


def test_text_of_no_format(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("Dear admin,\nplease level the pool.\n")
    assert str(path) in trouble("level", str(path))


def test_one_bad_input_spoils_all():
    trouble("level", "haswell", "no-such-cpu-anywhere")


def test_no_terminal_codes_from_input(tmp_path):
    """A host's name is foreign text and must not steer the terminal."""
    path = tmp_path / "evil.txt"
    path.write_text(pathlib.Path(POOL).read_text().replace(": hera", ": he\x1b[31mra"))
    done = run("level", str(path))
    assert "\x1b" not in done.stdout + done.stderr


# ---- terminals and pipes -----------------------------------------------------------------------------


def test_colour_only_on_a_terminal():
    assert "\033" not in ok("level", POOL)
    assert "\033[1m" in in_terminal("level", POOL)
    assert "\033" not in in_terminal("level", POOL, env={"NO_COLOR": "1"})
    assert "\033" not in in_terminal("level", POOL, env={"TERM": "dumb"})


@pytest.mark.parametrize("columns", [60, 80, 132])
def test_lines_fit_the_terminal(columns):
    for command in (["show", "haswell"], ["diff", "haswell", "ivybridge"], ["list", "baselines"]):
        text = in_terminal(*command, columns=columns, env={"NO_COLOR": "1"})
        # tables whose fixed columns leave no room are not cut
        narrow(text, max(columns, 80))
    wide = in_terminal("show", "haswell", columns=132, env={"NO_COLOR": "1"})
    assert max(map(len, wide.splitlines())) > 80


@pytest.mark.parametrize("restore", [True, False])
def test_a_reader_that_leaves(restore):
    """As in `featset list features | head -1`, with SIGPIPE as it is or ignored."""
    if restore:
        need_json()
    before = None if restore else lambda: signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    child = subprocess.Popen(
        [FEATSET, "list", "features", "--json"] if restore else [FEATSET, "list", "features"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=before,
        restore_signals=restore,
    )
    child.stdout.read(1)
    child.stdout.close()
    assert child.stderr.read() == b""
    child.stderr.close()
    assert child.wait() in (0, 2, -signal.SIGPIPE)


def test_full_disk():
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full")
    with open("/dev/full", "w") as full:
        done = subprocess.run([FEATSET, "list", "words"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2 and "No space left" in done.stderr


# ---- manual pages -------------------------------------------------------------------------------------

PAGES = [str(ROOT / "docs/man" / page) for page in ("featset.1", "featset.3", "featset-catalog.5")]


@pytest.mark.parametrize("page", PAGES)
def test_manual_pages_have_no_warnings(page):
    for command in (["mandoc", "-Tlint", "-Wwarning"], ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z"]):
        if not shutil.which(command[0]):
            pytest.skip(command[0] + " is not installed")
        done = subprocess.run([*command, page], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
        noise = done.stderr if command[0] == "man" else done.stdout + done.stderr
        assert (done.returncode, noise) == (0, "")


def test_a_host_without_hvm_is_left_out_of_the_level():
    """XAPI takes features_hvm_host only from hosts that support HVM (the words are a nested host's)."""
    need_json()
    fake = "10000000-00200000-00000000-00000402" + "-00000000" * 11
    pool = open(POOL).read() + f"""
uuid ( RO)            : 11111111-2222-3333-4444-555555555555
          name-label ( RW): nested
            cpu_info (MRO): vendor: GenuineIntel; features_hvm: {fake}; features_hvm_host: {fake}
"""
    level = json.loads(ok("level", "--json", "-", stdin=pool))
    assert level["xen"] == LEVEL_XEN
    assert [host["name"] for host in level["hosts"]] == ["hera", "zeus"]
    assert any("nested" in note for note in level["notes"])


def test_convert_as_json():
    need_json()
    said = json.loads(ok("convert", "--json", "--to", "xen", LEVEL_XEN))
    assert (said["schema"], said["format"], said["text"], said["left_out"]) == (1, "xen", LEVEL_XEN + "\n", [])


def test_list_in_a_dialect():
    assert "avx512vnni" in ok("list", "features", "--names", "qemu")
    assert "avx512vnni" not in ok("list", "features")


def test_another_vendor():
    """XAPI refuses a VM from another vendor's host; programs only need the features."""
    words = LEVEL_XEN
    record = "uuid ( RO): 1\nname-label ( RW): {}\ncpu_info (MRO): vendor: {}; " + "; ".join(
        f"{key}: {words}" for key in ("features_pv", "features_hvm", "features_pv_host", "features_hvm_host")
    )
    pool = record.format("one", "GenuineIntel") + "\n\n" + record.format("two", "AuthenticAMD").replace("1\n", "2\n", 1)
    done = run("check", POOL, "-", "--guest", "zeus", "--host", "two", stdin=pool + "\n")
    assert (done.returncode, done.stdout.split(":")[0]) == (1, "no")
    done = run("check", POOL, "-", "--guest", "zeus", "--host", "one", stdin=pool + "\n")
    assert (done.returncode, done.stdout.split(":")[0]) == (0, "yes")
    assert "the vendors differ" in " ".join(ok("check", "nehalem", "zen4").split())


def test_host_chooses_within_listings_only():
    need_json()
    check = json.loads(ok("check", "--json", "haswell", POOL, "ivybridge", "--host", "hera", code=1))
    assert [host["name"] for host in check["hosts"]] == ["hera", "ivybridge"]
    assert run("level", POOL, "--host", "nobody").returncode == 2


def test_level_vectors_through_the_program():
    """Worked cases of XAPI's two rules; every string counts, even one of compatibility bits alone."""
    need_json()
    vectors = pathlib.Path(os.environ.get("FEATSET_SHARED", "../shared")) / "facts/xen-level-vectors.txt"
    if not vectors.exists():
        pytest.skip("xen-level-vectors.txt is not here")
    rows = [line.split() for line in vectors.read_text().splitlines() if line and line[0] != "#"]
    assert len(rows) == 109
    for a, b, *expected in rows:
        for rule, words in zip(("plain", "xenserver"), expected):
            level = json.loads(ok("level", "--rule", rule, "--json", a, b))
            assert level["xen"] == words, (rule, a, b)


def test_the_manual_has_every_command_and_option():
    page = pathlib.Path(PAGES[0]).read_text().replace("\\-", "-")
    for command in COMMANDS:
        assert f".It Cm {command}" in page
        for option in re.findall(r"--[a-z-]+", ok(command, "--help").split("Options:")[1]):
            assert f"Fl {option[1:]}" in page, option


def test_the_example_of_the_manual(tmp_path):
    """The program of featset(3) compiles without warnings, and runs where the shared library is built."""
    compiler = shutil.which("cc")
    if not compiler:
        pytest.skip("there is no C compiler")
    page = pathlib.Path(PAGES[1]).read_text()
    source = page.split(".Bd -literal\n")[1].split("\n.Ed")[0].replace("\\e", "\\")
    (tmp_path / "example.c").write_text(source + "\n")
    strict = [compiler, "-std=c11", "-Wall", "-Wextra", "-pedantic", "-Werror", f"-I{ROOT}/libfeatset"]
    subprocess.run([*strict, "-fsyntax-only", tmp_path / "example.c"], check=True)
    build = pathlib.Path(FEATSET).resolve().parent
    if not (build / "libfeatset.so").exists():
        pytest.skip("no shared library beside the program to link with")
    linked = [f"-L{build}", "-lfeatset", f"-Wl,-rpath,{build}", "-o", tmp_path / "example"]
    if subprocess.run([*strict, tmp_path / "example.c", *linked]).returncode:
        pytest.skip("the library beside the program cannot be linked plainly (a sanitizer's build?)")
    done = subprocess.run([tmp_path / "example", POOL], capture_output=True, text=True)
    assert done.stdout == "hera loses " + " ".join(LOST_BY_HERA) + "\nzeus loses\n"
