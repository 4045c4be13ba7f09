# SPDX-License-Identifier: MIT
"""The program's side of the catalog: who a CPU is, baselines shown and drawn, a catalog of one's own.

CPUID values are typed from manuals; what a part lacks is what these tests took out of them.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from test_program import FEATSET, POOL, ROOT, as_json, in_terminal, narrow, need_json, ok, run, trouble

SHARED = pathlib.Path(os.environ.get("FEATSET_SHARED", ROOT.parent / "shared"))

# ---- a CPU in the words of cpuid(1) -------------------------------------------------------

INTEL = (0x756E6547, 0x6C65746E, 0x49656E69)
AMD = (0x68747541, 0x444D4163, 0x69746E65)
KVM = (0x4B4D564B, 0x564B4D56, 0x0000004D)

# Bits of the manuals (SDM volume 2, CPUID), by leaf and register.
LEAF1_ECX = {"fma": 12, "sse4_1": 19, "sse4_2": 20, "movbe": 22, "aes": 25, "avx": 28, "f16c": 29, "hypervisor": 31}
LEAF7_EBX = {"sgx": 2, "bmi1": 3, "hle": 4, "avx2": 5, "bmi2": 8, "rtm": 11, "adx": 19}

# A full Skylake client part: Core i7-6500U with TSX and SGX on; APIC id and caches left out.
SKYLAKE_1_ECX = 0x7FFAFBBF
SKYLAKE_7_EBX = 0x029C6FBF


def mask(table, *names):
    return sum(1 << table[name] for name in names)


def dump(signature, ecx1=SKYLAKE_1_ECX, ebx7=SKYLAKE_7_EBX, vendor=INTEL, hypervisor=None, brand=True):
    """What `cpuid -1 -r` prints, shortened to the leaves that tell of features."""
    ebx, ecx, edx = vendor
    leaves = [(0, 0, 0x16, ebx, ecx, edx), (1, 0, signature, 0x00100800, ecx1, 0xBFEBFBFF)]
    leaves += [(7, 0, 0, ebx7, 0, 0x9C000000)]
    leaves += [(0xD, 0, 7, 0x340, 0x340, 0), (0xD, 1, 0xF, 0x340, 0x100, 0)]
    if hypervisor:
        ebx, ecx, edx = hypervisor
        leaves += [(0x40000000, 0, 0x40000001, ebx, ecx, edx), (0x40000001, 0, 0, 0, 0, 0)]
    leaves += [(0x80000000, 0, 0x80000008, 0, 0, 0), (0x80000001, 0, 0, 0, 0x121, 0x2C100800)]
    if brand:  # it says Haswell, and nobody shall believe it
        text = b"Intel(R) Core(TM) i7-4770K (Haswell)".ljust(48, b"\0")
        words = [int.from_bytes(text[i : i + 4], "little") for i in range(0, 48, 4)]
        leaves += [(0x80000002 + i, 0, *words[i * 4 : i * 4 + 4]) for i in range(3)]
    leaves += [(0x80000007, 0, 0, 0, 0, 0x100), (0x80000008, 0, 0x3027, 0, 0, 0)]
    rows = ("   0x%08x 0x%02x: eax=0x%08x ebx=0x%08x ecx=0x%08x edx=0x%08x" % leaf for leaf in leaves)
    return "CPU:\n" + "\n".join(rows) + "\n"


def signature(family, model, stepping):
    base, extended = (family, 0) if family < 15 else (15, family - 15)
    return extended << 20 | model >> 4 << 16 | base << 8 | (model & 15) << 4 | stepping


FULL = dump(signature(6, 0x4E, 3))


def sentence(text):
    """The second line of show, unwrapped."""
    lines = text.splitlines()[1:]
    end = next(i for i, line in enumerate(lines) if re.match(r"  [a-z][a-zA-Z ]{0,16}  ", line))
    return " ".join(line.strip() for line in lines[:end])


def show(data):
    text = ok("show", "-", stdin=data)
    narrow(text)
    return sentence(text)


# ---- who it is and what it has ---------------------------------------------------------------


def test_a_full_part_lacks_nothing():
    assert show(FULL).startswith("Skylake (client); this part has all of it that was read")


def test_a_pentium_lacks_what_is_fused_off():
    cut = {"fma", "avx", "f16c", "avx2", "bmi1", "bmi2", "adx"}
    ecx = SKYLAKE_1_ECX & ~mask(LEAF1_ECX, "fma", "avx", "f16c")
    ebx = SKYLAKE_7_EBX & ~mask(LEAF7_EBX, "avx2", "bmi1", "bmi2", "adx")
    pentium = dump(signature(6, 0x4E, 3), ecx, ebx)
    found = re.match(r"Skylake \(client\); this part lacks ([a-z0-9 ]+) \(fused off\)", show(pentium))
    assert set(found.group(1).split()) == cut
    data = as_json("show", "-", stdin=pentium)
    assert data["microarchitecture"] == "skylake"
    assert set(data["lacks_fused"]) == cut and data["lacks_masked"] == []


def test_tsx_switched_off():
    off = dump(signature(6, 0x4E, 3), ebx7=SKYLAKE_7_EBX & ~mask(LEAF7_EBX, "hle", "rtm"))
    assert "; TSX switched off" in show(off)
    assert "TSX" not in show(FULL)
    off = dump(signature(6, 0x4E, 3), ebx7=SKYLAKE_7_EBX & ~mask(LEAF7_EBX, "sgx"))
    assert "; switched off: sgx" in show(off)


def test_a_guest_is_masked_not_fused():
    ecx = (SKYLAKE_1_ECX | mask(LEAF1_ECX, "hypervisor")) & ~mask(LEAF1_ECX, "avx", "fma", "f16c")
    guest = dump(signature(6, 0x4E, 3), ecx, SKYLAKE_7_EBX & ~mask(LEAF7_EBX, "avx2"), hypervisor=KVM)
    found = re.match(r"Skylake \(client\); guest of KVM: masked ([a-z0-9_ ]+)", show(guest))
    assert {"avx", "fma", "f16c", "avx2"} <= set(found.group(1).split())
    data = as_json("show", "-", stdin=guest)
    assert {"avx", "fma", "f16c", "avx2"} <= set(data["lacks_masked"])
    assert data["lacks_fused"] == [] and data["lacks_switchable"] == []


def test_an_unknown_part_is_called_unknown():
    """Family 6 model 0xfe was never sold; by its features it is a Skylake, by its brand a Haswell."""
    unknown = dump(signature(6, 0xFE, 1))
    text = ok("show", "-", stdin=unknown)
    assert text.splitlines()[0].startswith("stdin: unknown part, nearest ")
    found = re.fullmatch(
        r"unknown part of GenuineIntel, family 6 model 254: nearest is ([a-z-]+), (\d+) features? away", sentence(text)
    )
    data = as_json("show", "-", stdin=unknown)
    assert data["microarchitecture"] is None
    assert (data["nearest"][0], data["distance"]) == (found.group(1), int(found.group(2)))
    assert "haswell" not in sentence(text).lower()


def test_the_distance_counts_features():
    """x86-64-v2 and two more are two away from it, by the psABI's list."""
    data = as_json("show", "x86-64-v2+avx512f-avx512f")
    assert (data["nearest"][0], data["distance"]) == ("x86-64-v2", 0)
    data = as_json("show", "x86-64-v2+rdseed+sse4a")
    assert (data["nearest"][0], data["distance"]) == ("x86-64-v2", 2)


def test_amd_part_of_the_future():
    future = dump(signature(0x1C, 0x10, 0), vendor=AMD, brand=False)
    assert "unknown part of AuthenticAMD, family 28 model 16: nearest is " in show(future)


# ---- a baseline -----------------------------------------------------------------------------------


def test_show_a_baseline():
    """Names from gcc's, archspec's, QEMU's and VMware's lists; AVX-512 came with Zen 4."""
    text = ok("show", "Genoa")
    narrow(text)
    first, *rest = text.splitlines()
    assert re.fullmatch(r"Genoa is zen4: Zen 4, 2022, x86-64-v4, \d+ features", first)
    rest = "\n".join(rest)
    for field, value in (
        ("kind", "microarchitecture"),
        ("vendor", "AuthenticAMD"),
        ("builds on", "zen3: Zen 3, 2020"),
        ("in gcc", "znver4"),
        ("in clang", "znver4"),
        ("in archspec", "zen4"),
        ("nearest of QEMU", "EPYC-Genoa"),
        ("of libvirt", "EPYC-Genoa"),
    ):
        assert re.search(rf"^  {field} +{re.escape(value)}$", rest, re.M), field
    assert "adds to zen3" in rest and "avx512f" in rest.split("adds to zen3")[1].split("some parts")[0]


def test_show_a_baseline_as_data():
    baseline = as_json("show", "Ivy Bridge-EP")["baseline"]
    assert (baseline["name"], baseline["vendor"], baseline["parent"]) == ("ivybridge", "GenuineIntel", "sandybridge")
    assert baseline["psabi"] == "x86-64-v2"
    assert baseline["names"]["evc"] == ["intel-ivybridge"]
    assert {"f16c", "rdrand", "fsgsbase"} <= set(baseline["adds"]) <= set(baseline["features"])
    dhyana = as_json("show", "dhyana")["baseline"]
    assert {"aes", "pclmulqdq", "sha_ni"} <= set(dhyana["drops"])
    assert "baseline" not in as_json("show", "haswell-avx2")


def test_a_preliminary_baseline_says_where_it_is_described():
    rows = [b for b in as_json("list", "baselines")["baselines"] if b["preliminary"]]
    assert rows
    for row in rows:
        text = " ".join(ok("show", row["name"]).split())
        assert "announced, not sold yet" in text and row["preliminary"] in text


def test_aliases_are_inputs():
    for alias, name in (("Genoa", "zen4"), ("znver2", "zen2"), ("ivy_bridge", "ivybridge"), ("core-avx2", "haswell")):
        assert as_json("show", alias)["features"] == as_json("show", name)["features"]
    guest = as_json("check", "Ivy Bridge-EP", "znver2", code=1)
    assert guest["missing"] == as_json("check", "ivybridge", "zen2", code=1)["missing"] and guest["vendor_differs"]


@pytest.mark.parametrize(
    "word, says",
    [
        # Keys of EVC modes without a row
        ("intel-cascadelake", "baseline or feature is called 'intel-cascadelake'"),
        ("amd-zen3", "baseline or feature is called 'amd-zen3'"),
        ("haswel-avx", "nothing is called 'haswel'; did you mean 'haswell'?"),
        ("haswell-foo", "baseline or feature is called 'foo'"),
        ("x86-64-v33", "nothing is called 'x86-64-v33'; did you mean 'x86-64-v3'?"),
    ],
)
def test_an_unknown_word_is_named_whole(word, says):
    assert says in trouble("show", word)


def test_no_feature_is_hidden_by_a_baseline():
    names = " ".join(f["name"] for f in as_json("list", "features")["features"])
    shown = as_json("show", names)
    assert sorted(shown["features"]) == sorted(names.split())


# ---- the tree and the graph ---------------------------------------------------------------------------

UTF8 = {"LC_ALL": "C.UTF-8"}
ASCII = {"LC_ALL": "C"}


def tree_of(text):
    """The parent of each name, read off the drawing: a second reader of it."""
    parents, column = {}, {}
    for line in text.splitlines()[1:]:
        if not line.strip():
            column = {}
            continue
        found = re.match(r"((?:\| )*(?:\|-)?)\* (\S+)", line)
        if not found:
            continue
        depth, name = len(found.group(1)) // 2, found.group(2)
        branches = found.group(1).endswith("|-")
        parents[name] = column.get(depth - 1) if branches else column.get(depth)
        column = {d: n for d, n in column.items() if d < depth}
        column[depth] = name
    return parents


@pytest.mark.parametrize("models", [False, True])
def test_the_tree_follows_parents(models):
    more = ["--models"] if models else []
    text = ok("list", "baselines", "--tree", *more, env=ASCII)
    assert text.isascii()
    narrow(text)
    rows = [b for b in as_json("list", "baselines")["baselines"] if models or b["kind"] != "model"]
    assert tree_of(text) == {b["name"]: b["parent"] for b in rows}


def test_the_tree_tells_the_year_and_what_is_new():
    text = ok("list", "baselines", "--tree", env=ASCII)
    assert re.search(r"\* haswell +2013 .*\+fma .*\+avx2", text)
    assert re.search(r"\* zen4 +2022 .*\+avx512f", text)
    assert "qemu:" not in text and "qemu:Haswell-v4" in ok("list", "models", "--tree", env=ASCII)


def test_lines_are_drawn_where_the_locale_allows():
    drawn = ok("list", "baselines", "--tree", env=UTF8)
    assert "\u251c\u2500" in drawn
    plain = drawn.replace("\u251c\u2500", "|-").replace("\u2502 ", "| ").replace("\u25cf", "*")
    assert plain == ok("list", "baselines", "--tree", env=ASCII)
    assert "\u251c" in in_terminal("list", "baselines", "--tree", env=UTF8)
    assert in_terminal("list", "baselines", "--tree", env={**UTF8, "TERM": "dumb"}).isascii()
    narrow(in_terminal("list", "baselines", "--tree", columns=60, env={**ASCII, "NO_COLOR": "1"}), 60)


def test_a_part_of_the_tree():
    text = ok("list", "baselines", "zen2", "--tree", env=ASCII)
    names = tree_of(text)
    assert "zen2" in names and names["zen2"] == "zen+" and "haswell" not in names
    done = run("list", "baselines", "no such thing", "--tree")
    assert done.returncode == 1 and done.stdout == ""


@pytest.mark.parametrize("project", ["qemu", "libvirt", "proxmox", "evc", "firecracker"])
def test_a_prefix_asks_for_models(project):
    """docs/catalog.md: `featset list baselines qemu:` shows all of a project."""
    all_names = [b["name"] for b in as_json("list", "baselines")["baselines"]]
    wanted = {name for name in all_names if name.startswith(project + ":")}
    assert wanted
    for text in (project + ":", project, project.upper() + ":"):
        listed = {line.split()[0] for line in ok("list", "baselines", text).splitlines()[1:]}
        assert wanted == {name for name in listed if name.startswith(project + ":")}
        assert wanted <= set(tree_of(ok("list", "baselines", text, "--tree", env=ASCII)))
        assert wanted <= set(parse_dot(ok("list", "baselines", text, "--dot"))[0])


def test_other_texts_ask_for_no_models():
    assert ":" not in "".join(line.split()[0] for line in ok("list", "baselines", "Haswell").splitlines()[1:])
    assert "qemu:Haswell-v4" in ok("list", "baselines", "qemu:haswell")


def parse_dot(text):
    """A reader of the part of the language that is written: nodes and edges with attributes."""
    string = r'"(?:[^"\\]|\\.)*"'
    attribute = rf"[a-z]+=(?:[a-z]+|{string})"
    attributes = rf"\[{attribute}(?:, {attribute})*\]"
    assert text.startswith("digraph featset {\n") and text.endswith("\n}\n")
    nodes, edges = [], []
    for line in text.splitlines()[1:-1]:
        node = re.fullmatch(rf"\t({string}) {attributes};", line)
        edge = re.fullmatch(rf"\t({string}) -> ({string}) {attributes};", line)
        assert node or edge or re.fullmatch(r"\trankdir=LR;", line), line
        if edge:
            edges.append((json.loads(edge.group(1)), json.loads(edge.group(2))))
        elif node:
            nodes.append(json.loads(node.group(1)))
    return nodes, edges


@pytest.mark.parametrize("more", [[], ["--models"]])
def test_the_graph(more):
    nodes, edges = parse_dot(ok("list", "baselines", "--dot", *more))
    rows = [b for b in as_json("list", "baselines")["baselines"] if more or b["kind"] != "model"]
    assert nodes == [b["name"] for b in rows]
    assert edges == [(b["parent"], b["name"]) for b in rows if b["parent"]]


def test_graphviz_takes_the_graph():
    if not shutil.which("dot"):
        pytest.skip("graphviz is not installed")
    done = subprocess.run(
        ["dot", "-Tsvg"], input=ok("list", "baselines", "--dot"), capture_output=True, text=True, check=True
    )
    assert "<svg" in done.stdout and done.stderr == ""


def test_drawings_are_of_baselines():
    assert "are not drawn" in trouble("list", "features", "--tree")
    assert "exclude one another" in trouble("list", "baselines", "--tree", "--dot")


# ---- what keeps a baseline out of reach -----------------------------------------------------------------


def test_why_nothing():
    text = ok("show", "--why", "ivybridge", "haswell")
    assert text.startswith("yes: nothing keeps ivybridge out of reach of haswell")
    assert as_json("show", "--why", "x86-64-v2", "haswell")["reachable"] == "yes"


def test_why_fused_and_absent():
    """A Skylake Pentium lacks x86-64-v4 for two reasons, and only one of them is its own."""
    ecx = SKYLAKE_1_ECX & ~mask(LEAF1_ECX, "fma", "avx", "f16c")
    ebx = SKYLAKE_7_EBX & ~mask(LEAF7_EBX, "avx2", "bmi1", "bmi2", "adx")
    pentium = dump(signature(6, 0x4E, 3), ecx, ebx)
    data = as_json("show", "--why", "x86-64-v4", "-", stdin=pentium, code=1)
    assert data["reachable"] == "no" and data["microarchitecture"] == "skylake"
    assert set(data["fused"]) == {"fma", "avx", "f16c", "avx2", "bmi1", "bmi2"}
    assert set(data["absent"]) == {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}
    assert set(data["missing"]) == set(data["fused"]) | set(data["absent"])
    assert data["masked"] == data["switchable"] == data["unknown"] == []
    text = ok("show", "--why", "x86-64-v4", "-", stdin=pentium, code=1)
    narrow(text)
    assert text.startswith("no: 11 missing features keep x86-64-v4 out of reach of stdin\n")
    assert "fused off in this part: " in text and "not in Skylake (client): " in text


def test_why_masked():
    ecx = (SKYLAKE_1_ECX | mask(LEAF1_ECX, "hypervisor")) & ~mask(LEAF1_ECX, "movbe")
    guest = dump(signature(6, 0x4E, 3), ecx, hypervisor=KVM)
    data = as_json("show", "--why", "x86-64-v3", "-", stdin=guest, code=1)
    assert data["masked"] == data["missing"] == ["movbe"]
    assert "masked by KVM: movbe" in ok("show", "--why", "x86-64-v3", "-", stdin=guest, code=1)


def test_why_switched(tmp_path):
    """The user's row says that firmware may switch AES off."""
    need_json()
    path = tmp_path / "mine.def"
    path.write_text(
        'UARCH(MINE, "mine", "Mine", INTEL, 2015, SKYLAKE, PARTS(P(6, 0x4e)),\n'
        " ADDS(NONE), DROPS(NONE), FUSED(NONE), SWITCHABLE(AES))\n"
    )
    off = dump(signature(6, 0x4E, 3), SKYLAKE_1_ECX & ~mask(LEAF1_ECX, "aes"))
    data = as_json("show", "--catalog", str(path), "--why", "mine", "-", stdin=off, code=1)
    assert data["microarchitecture"] == "mine"
    assert data["switchable"] == data["missing"] == ["aes"]


def test_why_unread():
    """A featureset that ends before leaf 7 says nothing of AVX2."""
    lines = FULL.splitlines()
    short = "\n".join(line for line in lines if "0x00000007 " not in line) + "\n"
    data = as_json("show", "--why", "x86-64-v3", "-", stdin=short, code=1)
    assert data["reachable"] == "unknown" and data["missing"] == []
    assert set(data["unknown"]) == {"avx2", "bmi1", "bmi2"}
    text = ok("show", "--why", "x86-64-v3", "-", stdin=short, code=1)
    assert text.startswith("unknown: nobody read 3 features of x86-64-v3 on stdin")


def test_why_of_several_hosts_and_of_nothing():
    data = as_json("show", "--why", "haswell", POOL, code=1)
    assert [host["name"] for host in data["hosts"]] == ["hera", "zeus"]
    assert "avx2" in data["hosts"][1]["missing"]
    assert "did you mean 'haswell'?" in trouble("show", "--why", "hasswell", POOL)


# ---- diff over vendors -----------------------------------------------------------------------------------


def test_diff_names_both_sides():
    data = as_json("diff", "zen4", "sapphirerapids", code=1)
    assert "sse4a" in data["a"]["only"] and "amx_tile" in data["b"]["only"]


def test_diff_knows_twins():
    """PREFETCHI: leaf 7.1 EDX bit 14 at Intel, leaf 80000021 EAX bit 20 at AMD."""
    one, two = "avx2,80000021.0.eax[20]", "bmi2,7.1.edx[14]"
    text = ok("diff", one, two, code=1)
    assert "amd_prefetchi / intel_prefetchi" in text.split("the same by another bit")[1]
    assert "prefetchi" not in text.split("the same by another bit")[0].split("\n", 1)[1]
    data = as_json("diff", one, two, code=1)
    assert data["a"]["twins"] == ["amd_prefetchi"] and data["b"]["twins"] == ["intel_prefetchi"]
    assert "amd_prefetchi" in data["a"]["only"]
    # Intel's one bit for IBRS and IBPB is not yet the same as AMD's IBPB alone
    text = ok("diff", "spec_ctrl", "amd_ibpb", code=1)
    assert "1 only in spec_ctrl, 0 only in amd_ibpb" in text


# ---- the catalog as data -----------------------------------------------------------------------------------


def test_features_as_data():
    rows = as_json("list", "features")["features"]
    by_name = {row["name"]: row for row in rows}
    assert len({row["number"] for row in rows}) == len({row["id"] for row in rows}) == len(rows)
    assert [row["number"] for row in rows] == sorted(row["number"] for row in rows)
    avx2 = by_name["avx2"]
    assert avx2["id"] == "AVX2" and (avx2["word"], avx2["bit"], avx2["where"]) == (5, 5, "7.0.ebx[5]")
    assert (avx2["class"], avx2["merge"], avx2["scope"]) == ("capability", "and", "user")
    assert "avx" in avx2["requires"] and avx2["names"]["gcc"] == "avx2"
    assert by_name["sse3"]["names"]["linux"] == "pni"
    assert by_name["amd_prefetchi"]["twins"] == ["intel_prefetchi"]
    table = (ROOT / "libfeatset/featset/features.def").read_text()
    assert set(re.findall(r"^FEATURE\((\w+),", table, re.M)) == {row["id"] for row in rows}
    assert all(set(row["requires_xen"]) <= set(row["requires"]) for row in rows)


def test_baselines_as_data():
    rows = as_json("list", "baselines")["baselines"]
    by_name = {row["name"]: row for row in rows}
    seen = {}
    for row in rows:
        before = set(seen[row["parent"]]) if row["parent"] else set()
        assert set(row["features"]) == (before | set(row["adds"])) - set(row["drops"])
        assert not before & set(row["adds"]) and set(row["drops"]) <= before
        assert row["count"] == len(row["features"])
        seen[row["name"]] = row["features"]
    assert by_name["haswell"]["signatures"][0]["family"] == 6
    assert {0x3C, 0x3F, 0x45, 0x46} == {m for s in by_name["haswell"]["signatures"] for m in s["models"]}
    assert by_name["x86-64-v3"]["vendor"] is None and by_name["x86-64-v3"]["psabi"] == "x86-64-v3"
    models = as_json("list", "models")["models"]
    assert [m["name"] for m in models] == [b["name"] for b in rows if b["kind"] == "model"]
    assert all(m["origin"] and m["since"] for m in models)


def test_words_as_data():
    """Word 5 is leaf 7, subleaf 0, EBX; word 16 is the low half of IA32_ARCH_CAPABILITIES."""
    rows = as_json("list", "words")["words"]
    assert [row["number"] for row in rows] == list(range(64))
    seven = rows[5]
    assert (seven["name"], seven["source"], seven["index"], seven["subleaf"]) == ("7.0.ebx", "cpuid", 7, 0)
    assert (seven["register"], seven["flags"]) == ("ebx", "ffffffff")
    assert (rows[16]["source"], rows[16]["index"], rows[16]["register"]) == ("msr", 0x10A, "low")
    assert rows[16]["subleaf"] is None and rows[63]["source"] == "ladder" and rows[63]["index"] is None


def test_the_data_are_the_same_each_time():
    need_json()
    for topic in ("features", "baselines", "words", "models"):
        assert ok("list", topic, "--json") == ok("list", topic, "--json")


# ---- a catalog of one's own ----------------------------------------------------------------------------------

MINE = """/* ours */
PSABI(SITE_2027, "site-2027", "our level of 2027", 2027, X86_64_V3, ADDS(AES, RDSEED))
UARCH(TOMORROW, "tomorrow", "Tomorrow Lake", INTEL, 2027, SKYLAKE,
      PARTS(P(6, 0xfe)), ADDS(SHA_NI), DROPS(NONE), FUSED(AVX), SWITCHABLE(NONE))
"""


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.def"
    path.write_text(MINE)
    return str(path)


def test_own_baselines_are_inputs(mine):
    wanted = set(as_json("show", "x86-64-v3")["features"]) | {"aes", "rdseed"}
    assert set(as_json("show", "site-2027", "--catalog", mine)["features"]) == wanted
    assert set(as_json("show", "SITE_2027-aes", "--catalog", mine)["features"]) == wanted - {"aes"}
    assert ok("check", "--catalog", mine, "site-2027", "skylake").startswith("yes")
    assert as_json("level", "--catalog", mine, "tomorrow", "skylake+sha_ni")["baseline"] == "tomorrow"
    assert as_json("level", "skylake+sha_ni", env={"FEATSET_CATALOG": mine})["baseline"] == "tomorrow"
    assert as_json("level", "skylake+sha_ni")["baseline"] != "tomorrow"
    assert ok("convert", "--catalog", mine, "--to", "names", "site-2027")
    assert as_json("diff", "--catalog", mine, "skylake", "tomorrow", code=1)["b"]["only"] == ["sha_ni"]


def test_own_parts_are_identified(mine):
    unknown = dump(signature(6, 0xFE, 1))
    assert as_json("show", "-", stdin=unknown)["microarchitecture"] is None
    data = as_json("show", "-", "--catalog", mine, stdin=unknown)
    assert data["microarchitecture"] == "tomorrow"
    assert "sha_ni" in data["lacks"]
    assert sentence(ok("show", "-", "--catalog", mine, stdin=unknown)).startswith("Tomorrow Lake; ")


def test_own_rows_are_listed(mine):
    assert "site-2027" in ok("list", "baselines", "--catalog", mine)
    assert "site-2027" not in ok("list", "baselines")
    names = [b["name"] for b in as_json("list", "baselines", "--catalog", mine)["baselines"]]
    assert names[-2:] == ["site-2027", "tomorrow"]
    tree = tree_of(ok("list", "baselines", "--tree", "--catalog", mine, env=ASCII))
    assert tree["tomorrow"] == "skylake" and tree["site-2027"] == "x86-64-v3"
    assert ("skylake", "tomorrow") in parse_dot(ok("list", "baselines", "--dot", "--catalog", mine))[1]


def test_the_option_goes_before_the_environment(mine, tmp_path):
    assert "site-2027" in ok("list", "baselines", env={"FEATSET_CATALOG": mine})
    assert "cannot be opened" in trouble("list", "rules", env={"FEATSET_CATALOG": str(tmp_path / "none")})
    assert "site-2027" in ok("list", "baselines", "--catalog", mine, env={"FEATSET_CATALOG": "/nonexistent"})
    assert ok("list", "baselines", env={"FEATSET_CATALOG": ""}) == ok("list", "baselines")


@pytest.mark.parametrize(
    "text, place, says",
    [
        ('PSABI(A, "a-level", "A", 2027, X86_64_V9, ADDS(AES))', "1:32", "X86_64_V9"),
        ('\n\nPSABI(A, "a-level", "A", 2027, NONE, ADDS(AESS))', "3:43", "did you mean"),
        ('PSABI(A, "a-level", "A", 2027, NONE, ADDS(AES)', "1:47", "')' expected"),
        ('PSABI(A, "haswell", "A", 2027, NONE, ADDS(AES))', "1:10", "taken"),
        ("hello", "1:1", "a row expected"),
        ('PSABI(A, "a-level", "A", 2027, X86_64_V3, ADDS(AES, AVX512BW))', "1:53", "avx512bw needs avx512f"),
        ('PSABI(A, "a-level", "A", 2027, X86_64_V3, ADDS(AES, AVX2))', "1:53", "it is in the parent"),
    ],
)
def test_mistakes_have_a_place(tmp_path, text, place, says):
    path = tmp_path / "broken.def"
    path.write_text(text)
    for command in (["list", "rules"], ["show", "haswell"], ["level", POOL]):
        told = trouble(*command, "--catalog", str(path))
        assert told.startswith(f"featset: {path}:{place}: ") and says in told


@pytest.mark.parametrize("command", ["check", "convert", "diff", "host", "level", "list", "show"])
def test_every_command_takes_a_catalog(command):
    assert "--catalog FILE" in ok(command, "--help")
    assert "option '--catalog' needs a value" in trouble(command, "--catalog")


def test_help_is_there_with_a_broken_catalog():
    assert ok("show", "--help", env={"FEATSET_CATALOG": "/nonexistent"})


# ---- real dumps -----------------------------------------------------------------------------------------------


def test_a_real_pentium():
    """Pentium 4405U: ark.intel.com lists AES-NI and neither AVX nor TSX."""
    path = SHARED / "data/libcpuid/native/intel-pentium-cpu-4405u.test"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    data = as_json("show", str(path))
    assert data["microarchitecture"] == "skylake"
    assert {"avx", "avx2", "bmi1", "bmi2", "fma", "f16c"} <= set(data["lacks_fused"])
    assert "aes" not in data["lacks"]
    narrow(ok("show", str(path)))
