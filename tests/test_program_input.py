# SPDX-License-Identifier: MIT
"""What the program makes of files: every format, broken hosts, sizes, and the way back.

The featuresets are typed from Xen's word order; the numbers of lines and columns
are counted in the texts below.
"""

import json
import pathlib
import re

import pytest

from test_program import POOL, ROOT, as_json, need_json, ok, run, trouble

GOOD = "1fcbfbff-f7fa3223-2c100800-00000021"
LEAST = "1fcbfbff-f7ba2223-2c100800-00000001"
BAD = "1fcbfbff-f7fa322x-2c100800-00000021"
KEYS = ("features_hvm_host", "features_hvm", "features_pv_host", "features_pv")
HOSTS = 10
BROKEN = 6  # counted from 0


def words(index):
    return BAD if index == BROKEN else LEAST if index == 2 else GOOD


def cpu_info(index):
    return {"vendor": "GenuineIntel", **{key: words(index) for key in KEYS}}


def xe():
    record = "uuid ( RO)            : {0}\n          name-label ( RW): host{0}\n            cpu_info (MRO): {1}\n\n\n"
    return "".join(record.format(i, "; ".join(f"{k}: {v}" for k, v in cpu_info(i).items())) for i in range(HOSTS))


def xen():
    return "".join(words(i) + "\n" for i in range(HOSTS))


def xapi():
    records = {
        f"OpaqueRef:{i}": {"uuid": str(i), "name_label": f"host{i}", "cpu_info": cpu_info(i)} for i in range(HOSTS)
    }
    return json.dumps({"jsonrpc": "2.0", "result": records, "id": 1}, indent=1)


def orchestra():
    return json.dumps([{"id": str(i), "name_label": f"host{i}", "CPUs": cpu_info(i)} for i in range(HOSTS)], indent=1)


def xapi_db():
    row = '<row ref="{0}" uuid="{0}" name__label="host{0}" cpu_info="({1})"/>\n'
    rows = [row.format(i, "%.".join(f"('{k}'%.'{v}')" for k, v in cpu_info(i).items())) for i in range(HOSTS)]
    return '<database>\n<table name="host">\n' + "".join(rows) + "</table>\n</database>\n"


def own_json():
    hosts = [
        {"schema": 1, "name": f"host{i}", "words": {"1.0.edx": "1fcbfbff", "1.0.ecx": words(i)[9:17]}}
        for i in range(HOSTS)
    ]
    return json.dumps({"schema": 1, "hosts": hosts}, indent=1)


def lscpu():
    machine = "Architecture:  x86_64\nVendor ID:     GenuineIntel\n{}Model name:    host{}\n"
    return "".join(machine.format("" if i == BROKEN else "Flags:  fpu sse avx2\n", i) for i in range(HOSTS))


# What each is written by, what its broken host is called, and the line it starts at or that is wrong.
LISTINGS = {
    "xe": (xe, "host6", 6 * 5 + 3),
    "xen": (xen, ":7:17:", 7),
    "xapi": (xapi, "host6", None),
    "orchestra": (orchestra, "host6", None),
    "xapi-db": (xapi_db, "host6", 3 + 6),
    "json": (own_json, "host6", None),
    "lscpu": (lscpu, ":25", 25),
}


def line_of_broken(text, line):
    return line or next(n for n, row in enumerate(text.splitlines(), 1) if "host6" in row or "322x" in row)


@pytest.fixture(params=LISTINGS)
def listing(request, tmp_path):
    write, called, line = LISTINGS[request.param]
    if request.param in ("xapi", "orchestra", "json"):
        need_json()
    path = tmp_path / "hosts"
    path.write_text(write())
    reads = {row.split()[0]: row.split()[1] for row in ok("list", "formats").splitlines()}
    if request.param in reads and reads[request.param] == "no":
        pytest.skip("this build does not read " + request.param)
    return path, called, line


def test_a_broken_host_is_trouble_and_is_named(listing):
    path, called, line = listing
    message = trouble("level", str(path))
    assert called in message
    place = re.match(r"featset: (.*?):(\d+)(:\d+)?: ", message)
    assert place and place.group(1) == str(path)
    text = path.read_text().splitlines()
    if line:
        assert int(place.group(2)) == line, message
    else:
        # JSON: where the host starts, or where the words stand that are wrong; never in another host.
        row = int(place.group(2))
        names = [n for n, content in enumerate(text, 1) if re.search(r'"host\d"', content)]
        assert names[BROKEN - 1] < row < names[BROKEN + 1], message


def test_keep_going_uses_the_rest_and_says_so(listing):
    path, called, _ = listing
    done = run("level", "--keep-going", str(path))
    assert done.returncode == 0
    assert f" {HOSTS - 1} hosts" in done.stdout
    assert done.stderr.startswith("featset: warning: left out: ") and done.stderr.count("\n") == 1
    assert called in done.stderr and str(path) in done.stderr
    assert "left out" not in done.stdout


def test_keep_going_keeps_what_the_others_have(tmp_path):
    path = tmp_path / "hosts.txt"
    path.write_text(xe())
    need_json()
    done = run("level", "--keep-going", "--json", str(path))
    level = json.loads(done.stdout)
    assert level["xen"].startswith(LEAST)
    assert [host["name"] for host in level["hosts"]] == [f"host{i}" for i in range(HOSTS) if i != BROKEN]
    assert len([note for note in level["notes"] if "host6" in note]) == 1


def test_keep_going_needs_a_host(tmp_path):
    path = tmp_path / "hosts.txt"
    path.write_text(BAD + "\n")
    assert ":1:17: no Xen featureset" in trouble("show", "--keep-going", str(path))
    path.write_text("\n".join(xe().splitlines()[BROKEN * 5 : BROKEN * 5 + 3]) + "\n")
    assert "host host6: features_hvm_host is no Xen featureset" in trouble("show", "--keep-going", str(path))


def test_check_is_not_sure_about_a_host_that_was_left_out(tmp_path):
    path = tmp_path / "hosts.txt"
    path.write_text(xe())
    done = run("check", "--keep-going", LEAST, str(path))
    assert done.returncode == 1
    assert done.stdout.startswith("unknown: ") and "left out" in done.stdout.splitlines()[0] and "host0: yes" in done.stdout
    # The others count as ever: what none of them has is missing.
    assert run("check", "--keep-going", "avx512f", str(path)).stdout.startswith("no: ")


def test_many_broken_hosts_take_linear_time(tmp_path):
    """Each of them named; the places of very many are not looked for."""
    path = tmp_path / "hosts.json"
    need_json()
    hosts = [{"name": f"h{i}", "words": {"1.0.ecx": "x"}} for i in range(20000)]
    path.write_text(json.dumps({"hosts": [*hosts, {"name": "good", "words": {"1.0.ecx": "1000"}}]}))
    done = run("show", "--keep-going", str(path))
    assert done.returncode == 0
    assert done.stderr.count("warning: left out") == 20000


# ---- sizes -------------------------------------------------------------------------------------------


def test_a_file_over_the_limit_is_refused_with_the_option_that_helps():
    size = pathlib.Path(POOL).stat().st_size
    for limit in (str(size - 1), "1K" if size > 1024 else "1"):
        assert "--max-size" in trouble("level", "--max-size", limit, POOL)
    for limit in (str(size), "1M", "1g"):
        ok("level", "--max-size", limit, POOL)


@pytest.mark.parametrize("limit", ["", "x", "0", "-1", "1T", "1MB", "1.5M", "99999999999999999999", "99999999999G"])
def test_a_limit_is_a_number(limit):
    assert "--max-size" in trouble("level", "--max-size", limit, POOL)


# ---- every format ---------------------------------------------------------------------------------------


def formats():
    return [row.split() for row in ok("list", "formats").splitlines()[1:]]


def test_formats_fit_a_terminal_and_say_where_they_come_from():
    rows = ok("list", "formats").splitlines()
    assert max(map(len, rows)) <= 80
    assert rows[0].split() == ["NAME", "READS", "WRITES", "SOURCE"]
    assert all(len(row.split()) > 3 for row in rows)


def samples():
    corpus = ROOT / "tests" / "corpus"
    others = ("catalog", "explain", "pool", "roundtrip")
    return sorted(path for path in corpus.glob("*/*") if path.parent.name not in others)


def test_there_is_a_sample_of_every_format():
    seen = {re.search(r"read as +([\w-]+)", run("show", str(path)).stdout) for path in samples()}
    readable = {row[0] for row in formats() if row[1] == "yes"}
    assert readable <= {match.group(1) for match in seen if match}


@pytest.mark.parametrize("path", samples(), ids=lambda path: path.name)
def test_the_first_screen_has_format_cpu_and_features(path):
    done = run("show", str(path))
    if done.returncode == 2:
        assert done.stderr.startswith("featset: ") and not done.stdout
        return
    screen = done.stdout.splitlines()[:24]
    assert re.search(r": .*\d+ features?\b", " ".join(screen[:2])), screen
    assert any(row.startswith("  read as ") for row in screen)
    assert any(re.match(r"(for|switched|mitigations|numbers|mirrors|without|set).*\(\d+\)", row) for row in screen) or (
        " 0 features" in screen[0]
    )


def test_all_lists_every_feature():
    need_json()
    every = as_json("show", POOL, "--host", "hera")["features"]
    text = ok("show", POOL, "--host", "hera", "--all")
    assert set(every) <= set(text.split())
    short = ok("show", POOL, "--host", "hera")
    assert "--all lists them" in short and len(short.splitlines()) < len(text.splitlines())


# ---- the way back ------------------------------------------------------------------------------------------


DUMP = """CPU:
   0x00000000 0x00: eax=0x00000007 ebx=0x756e6547 ecx=0x6c65746e edx=0x49656e69
   0x00000001 0x00: eax=0x000306f2 ebx=0x00000000 ecx=0x77fa3203 edx=0x078bf9ff
   0x00000007 0x00: eax=0x00000000 ebx=0x000007ab ecx=0x00000000 edx=0x00000000
   0x80000000 0x00: eax=0x80000001 ebx=0x00000000 ecx=0x00000000 edx=0x00000000
   0x80000001 0x00: eax=0x00000000 ebx=0x00000000 ecx=0x00000021 edx=0x2c100800
"""


@pytest.mark.parametrize("name", [row[0] for row in formats() if row[2] == "yes"])
def test_what_is_written_is_read_again(name):
    need_json()
    written = run("convert", "--to", name, "-", stdin=DUMP)
    assert written.returncode == 0
    # A dump knows all of itself, and every format has room for its features.
    assert written.stderr == ""
    again = as_json("show", "-", stdin=written.stdout)
    assert again["format"] == name
    assert again["features"] == as_json("show", "-", stdin=DUMP)["features"]
    if name not in ("names", "xen"):
        assert (again["vendor"], again["family"], again["model"], again["stepping"]) == ("GenuineIntel", 6, 63, 2)


def test_what_a_format_cannot_hold_is_named():
    done = run("convert", "--to", "libvirt-cpudata", "avx2,kvm_pv_eoi")
    if done.returncode == 2:
        pytest.skip("this build has no XML: " + done.stderr)
    assert done.returncode == 0
    done = run("convert", "--to", "cpuid", "rdcl_no,avx2")
    assert "cannot hold 1 of the features: rdcl_no" in done.stderr


def test_what_a_dump_makes_up_is_told():
    done = run("convert", "--to", "cpuid", GOOD)
    assert done.returncode == 0
    assert "made up" in done.stderr and "vendor" in done.stderr and "largest leaves" in done.stderr
    assert "made up" not in run("convert", "--to", "names", GOOD).stderr


@pytest.mark.parametrize("name", ["aida64", "cpuid", "libvirt-cpudata"])
def test_registers_that_nobody_read_are_told(name):
    """Xen's words 4 and 5 are d.1.eax and 7.0.ebx; no word of d.1.ecx, 7.0.ecx and 7.0.edx is among the first six."""
    done = run("convert", "--to", name, GOOD + "-00000000-000007ab")
    if done.returncode == 2:
        pytest.skip("this build has no XML: " + done.stderr)
    rows = [row for row in done.stderr.splitlines() if "nobody read" in row]
    assert len(rows) == 1 and rows[0].endswith(": 7.0.ecx 7.0.edx d.1.ecx")
    # Names that Linux shows are part of a register; a dump's own leaves are whole.
    assert "1.0.ecx" in run("convert", "--to", name, "-", stdin="processor\t: 0\nflags\t\t: fpu sse\n").stderr
    assert "nobody read" not in run("convert", "--to", name, "-", stdin=DUMP).stderr
    assert "nobody read" not in run("convert", "--to", "names", GOOD + "-00000000-000007ab").stderr


# ---- several logical CPUs ------------------------------------------------------------------------------------


def test_cpus_shows_where_cores_differ(tmp_path):
    other = DUMP.replace("0x000007ab", "0x0000078b")  # without AVX2, bit 5
    path = tmp_path / "dump.txt"
    path.write_text(DUMP + other)
    text = ok("show", "--cpus", str(path))
    assert "2 logical CPUs of 2 kinds" in text
    assert "has besides: avx2" in text
    assert "avx2" not in as_json("show", str(path))["features"]
    assert "has besides: avx2" in ok("level", "--cpus", str(path), "haswell")
    assert "has besides" not in ok("level", str(path), "haswell")
    path.write_text(DUMP + DUMP)
    assert "2 logical CPUs, all alike" in ok("show", "--cpus", str(path))


def pool_record(keys):
    """A pool's record as xe pool-param-list prints it (cli_printer.ml)."""
    cpu_info = "; ".join(f"{key}: {value}" for key, value in keys.items())
    return (
        "uuid ( RO)                : 9a6b4f3c-1111-2222-3333-444455556666\n"
        "          name-label ( RW): lab\n              master ( RO): 1de8f41d-0002-497c-b026-d8b687dee6a1\n"
        f"            cpu_info (MRO): {cpu_info}\n\n\n"
    )


POOL_INFO = {"vendor": "GenuineIntel", "socket_count": "4", "cpu_count": "80"}
POOL_LEVEL = {"features_pv_host": LEAST, "features_hvm_host": GOOD}


def test_a_pool_alone_is_its_level(tmp_path):
    """pool-param-list says what pool-param-get param-name=cpu_info says."""
    (tmp_path / "list").write_text(pool_record({**POOL_INFO, **POOL_LEVEL}))
    (tmp_path / "get").write_text("; ".join(f"{k}: {v}" for k, v in {**POOL_INFO, **POOL_LEVEL}.items()) + "\n")
    for name in "list", "get":
        assert ok("convert", "--to", "xen", str(tmp_path / name)).split() == [GOOD]
    shown = ok("show", str(tmp_path / "list"))
    assert shown.startswith("lab: ") and "note: this is what a pool gives to new VMs" in shown


def test_a_pool_is_no_host_beside_hosts(tmp_path):
    path = tmp_path / "pool.txt"
    path.write_text(pool_record({**POOL_INFO, **POOL_LEVEL}) + xe().replace(BAD, GOOD))
    shown = ok("show", str(path))
    assert "lab: " not in shown and "host0: " in shown


@pytest.mark.parametrize("keys", [POOL_INFO, {**POOL_INFO, "features_hvm_host": BAD, "features_pv_host": ""}])
def test_a_pool_without_a_level_is_trouble(tmp_path, keys):
    path = tmp_path / "pool.txt"
    path.write_text(pool_record(keys))
    assert "tells of no host" in trouble("show", str(path))
