# SPDX-License-Identifier: MIT
"""featset pool: who can go where, why not, and what to do.

What is expected of the example comes from its README; what is expected of made-up
hosts from XAPI's own tests of CPU levelling and from its check of a VM against a host.
"""

import json
import re
from pathlib import Path

import pool_maker
import pytest

from test_program import HERA_HVM, LEVEL_XEN, LOST_BY_HERA, ROOT, as_json, need_json, ok, run, trouble

POOLS = ROOT / "examples/pools"
EXAMPLE = POOLS / "hera-zeus"
XE = [str(EXAMPLE / name) for name in ("hosts.txt", "vms.txt", "pool.txt", "networks.txt", "storage.txt")]
JSON, DATABASE = str(EXAMPLE / "records.json"), str(EXAMPLE / "pool-database.xml")
BEFORE, ZEUS = str(POOLS / "before-zeus.txt"), str(POOLS / "zeus.txt")
MAIL, WIKI = "3a6f0d91-5c2e-4b7d-9e18-c4072b8fd5a6", "b94d7e02-16fa-4c83-a5d0-2e8f36c1b07d"


def answer(*arguments, code, stdin=""):
    need_json()
    done = run("pool", "--json", *map(str, arguments), stdin=stdin)
    assert done.returncode == code, done.stderr or done.stdout[:500]
    root = json.loads(done.stdout)
    assert root["schema"] == 1
    return root


def flat(text):
    return " ".join(text.split())


def named(items, name):
    return next(item for item in items if item["name"] == name)


def narrow(text):
    """Nothing is wider than a terminal but what is to be pasted, and the featureset to compare with."""
    wide = [line for line in text.splitlines() if len(line) > 80]
    assert [line for line in wide if not re.match(r"  (xe|virsh|qm|# its features:) ", line)] == []
    return text


# ---- the example -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ([JSON], [DATABASE]), ids=("json", "database"))
def test_three_dresses_of_one_pool(words):
    assert ok("pool", *words, code=1) == ok("pool", *XE, code=1)
    need_json()
    assert ok("pool", "--json", *words, code=1) == ok("pool", "--json", *XE, code=1)


def test_a_folder_has_them_all():
    said = ok("pool", str(EXAMPLE), code=1)
    assert ok("pool", *XE, code=1).strip() == said[: said.index("\nnote: ")].strip()


def test_hera_cannot_be_evacuated():
    root = answer(*XE, code=1)
    assert root["evacuable"] == ["zeus"] and root["manager"] == "xapi"
    assert [(h["name"], h["evacuable"]) for h in root["hosts"]] == [("hera", "no"), ("zeus", "yes")]
    blocking = [vm["name"] for vm in root["vms"] if vm["blocks_evacuation"] == "yes"]
    assert blocking == ["mail", "wiki", "scratch", "nvr"]
    mail = named(root["vms"], "mail")
    assert (mail["uuid"], mail["host"], mail["cure"]) == (MAIL, "hera", "restart")
    (block,) = mail["blocked_on"]
    assert block["host"] == "zeus" and block["blocks"] == ["features"]
    assert block["missing"] == LOST_BY_HERA and block["missing_by_cause"] == {"silicon": LOST_BY_HERA}
    (storage,) = named(root["vms"], "scratch")["blocked_on"]
    assert (storage["blocks"], storage["storage"], storage["missing"]) == (["storage"], ["Local storage"], [])
    (network,) = named(root["vms"], "nvr")["blocked_on"]
    assert (network["blocks"], network["networks"]) == (["network"], ["cameras"])
    for name in ("build", "dns"):
        assert named(root["vms"], name)["blocked_on"] == []
    assert named(root["vms"], "ledger")["cure"] == "resume"
    assert named(root["vms"], "wiki-before-upgrade")["cure"] == "discard"
    assert "archive" not in [vm["name"] for vm in root["vms"]]


def test_what_to_reboot_and_how_to_verify():
    root = answer(*XE, code=1)
    assert [(vm["name"], vm["command"]) for vm in root["reboot"]] == [
        ("mail", f"xe vm-reboot uuid={MAIL}"),
        ("wiki", f"xe vm-reboot uuid={WIKI}"),
    ]
    verify = f"xe vm-param-get uuid={MAIL} param-name=last-boot-CPU-flags"
    assert root["reboot"][0]["verify"] == verify
    said = ok("pool", *XE, code=1)
    assert f"  xe vm-reboot uuid={MAIL}   # mail\n  xe vm-reboot uuid={WIKI}   # wiki\n" in said
    assert f"  {verify}\n  # its features: {LEVEL_XEN}\n" in said
    assert f"platform:featureset={LEVEL_XEN}\n" in said and "cpu-type set, which nothing reads" in flat(said)


def test_level_of_the_example():
    level = answer(*XE, code=1)["level"]
    assert level["hvm"]["xen"] == as_json("level", XE[0])["xen"] == LEVEL_XEN
    assert (level["hvm"]["rule"], level["hvm"]["baseline"], level["hvm"]["count"]) == ("xenserver", "ivybridge", 58)
    assert level["pv"]["features"] == as_json("level", "--domain", "pv", XE[0])["features"]
    assert level["hvm"]["recorded"] is None
    said = ok("pool", *XE, code=1)
    assert f"zeus alone costs the pool 8: {' '.join(LOST_BY_HERA)}" in said


def test_the_text_of_the_example():
    said = narrow(ok("pool", *XE, code=1))
    assert flat(said).startswith("hera cannot be evacuated: mail, wiki need a restart; nvr lacks a network elsewhere; ")
    assert re.search(r"^hera +haswell +5 +no: mail, wiki, scratch, nvr$", said, re.M)
    assert re.search(r"^zeus +ivybridge +1 +yes$", said, re.M)
    assert re.search(r"^mail +running +runs here +lacks 8$", said, re.M)
    assert re.search(r"^wiki-before-upgrade +snapshot +yes +lacks 8$", said, re.M)
    assert "The other 2 VMs can go to every host." in said


@pytest.mark.parametrize("page", ("README.md", "docs/pool.md"))
def test_documents(page):
    """Every `$ featset pool` prints what the page shows, where `...` stands for lines that it leaves out."""
    need_json()
    count = 0
    for _, block in re.findall(r"^```(\w*)\n(.*?)^```$", (ROOT / page).read_text(), re.M | re.S):
        for command, shown in re.findall(r"^\$ featset (pool .*)\n((?:(?!\$ ).*\n)*)", block, re.M):
            words = [str(ROOT / word) if word.startswith("examples/") else word for word in command.split()]
            pattern = re.escape(shown).replace(re.escape("...") + "\\\n", "(?:.*\\n)*?")
            assert re.fullmatch(pattern, run(*words).stdout), command
            count += 1
    assert count >= 2


# ---- what if ------------------------------------------------------------------------------------------------


def test_join_before_it_is_done():
    root = answer("--join", ZEUS, BEFORE, code=1)
    lost = root["change"]["level"]["hvm"]["lost"]
    assert [f for f in lost if f in LOST_BY_HERA] == LOST_BY_HERA
    assert root["change"]["stuck"] == ["mail", "wiki"] and root["change"]["mixes_vendors"] is False
    assert [vm["name"] for vm in root["reboot"]] == ["mail", "wiki"]
    assert root["level"]["hvm"]["xen"] == LEVEL_XEN
    said = flat(narrow(ok("pool", "--join", ZEUS, BEFORE, code=1)))
    assert said.startswith("with zeus joined: hera cannot be evacuated: mail, wiki need a restart")
    assert "The level now: haswell, 86 features; then: ivybridge, 58 features" in said
    assert f"it would lose 8 (and 20 that no guest misses): {' '.join(LOST_BY_HERA)} 2 VMs would lose mobility" in said


def test_who_is_there_joins_no_second_time():
    root = answer("--join", XE[0], BEFORE, code=1)
    assert sorted(host["name"] for host in root["hosts"]) == ["hera", "zeus"]
    assert root["answer"].startswith("with zeus joined: ")
    assert root["level"] == answer("--join", ZEUS, BEFORE, code=1)["level"]
    assert any(note.startswith("--join: 1 host is in the pool already") for note in root["notes"])


def test_without_gives_it_back():
    root = answer("--without", "zeus", *XE, code=1)
    assert [h["name"] for h in root["hosts"]] == ["hera"] and root["level"]["hvm"]["xen"] == HERA_HVM
    assert [f for f in root["change"]["level"]["hvm"]["gained"] if f in LOST_BY_HERA] == LOST_BY_HERA
    assert root["change"]["homeless"] == ["dns"]
    said = flat(ok("pool", "--without", "zeus", *XE, code=1))
    assert "1 VM would be without a host, and must move before theirs goes: dns" in said
    uuid = "e20b9f6a-4d15-48c7-b3a8-0f927d61c58e"
    assert answer("--without", uuid, *XE, code=1)["level"] == root["level"]
    root = answer("--join", ZEUS, "--without", "hera", BEFORE, code=1)
    assert root["answer"] == "with zeus joined, without hera: the one host does not take 2 of 2 VMs"


def test_to_another_pool():
    root = answer("--to", ZEUS, BEFORE, code=1)
    assert [vm["blocked_on"][0]["missing"] for vm in root["vms"]] == [LOST_BY_HERA, LOST_BY_HERA]
    assert "evacuable" not in root and "reboot" not in root
    assert ok("pool", "--to", ZEUS, BEFORE, code=1).startswith("2 of 2 VMs cannot migrate to every host there\n")
    assert answer("--to", BEFORE, BEFORE, code=0)["answer"].startswith("every VM can migrate")


def test_over_time():
    root = answer("--before", BEFORE, *XE, code=1)
    assert [(h["name"], h["is"], h["turn"]) for h in root["change"]["hosts"]] == [
        ("hera", "both", "none"),
        ("zeus", "new", "none"),
    ]
    assert root["change"]["stuck"] == ["mail", "wiki"]
    said = ok("pool", "--before", BEFORE, JSON, code=1)
    assert "\nzeus is new\n" in said and "\n2 VMs lost mobility: mail, wiki\n" in said
    assert "is as it was: ivybridge, 58 features" in flat(ok("pool", "--before", JSON, *XE, code=1))


def test_a_dump_joins_as_an_estimate(tmp_path):
    path = tmp_path / "ares"
    path.write_text(
        "CPU:\n   0x00000000 0x00: eax=0x0000000d ebx=0x756e6547 ecx=0x6c65746e edx=0x49656e69\n"
        "   0x00000001 0x00: eax=0x000306e4 ebx=0x00200800 ecx=0x7fbee3ff edx=0xbfebfbff\n"
    )
    root = answer("--join", path, BEFORE, code=1)
    assert [(h["name"], h["estimate"]) for h in root["hosts"]] == [("hera", False), ("ares", True)]
    assert {"fma", "movbe"} <= set(named(root["vms"], "mail")["blocked_on"][0]["missing"])
    assert "what is said of it is an estimate" in flat(ok("pool", "--join", str(path), BEFORE, code=1))


# ---- XAPI's own cases -------------------------------------------------------------------------------------------


def words(word, **changes):
    """Fifteen words of eight digits."""
    return "-".join(changes.get(f"w{i}", word) for i in range(15))


def host(name, hvm_host, hvm=None, pv_host="", pv="", vendor="GenuineIntel", enabled="true", version="3.2.1", keys="new"):
    sets = f"features: {hvm_host}" if keys == "old" else f"features_pv: {pv}; features_hvm: {hvm or hvm_host}"
    if keys == "new":
        sets += f"; features_hvm_host: {hvm_host}; features_pv_host: {pv_host}"
    return (
        f"uuid ( RO)        : {pool_maker.made_up('host', name)}\n    name-label ( RW): {name}\n"
        f"    enabled ( RO): {enabled}\n    software-version (MRO): platform_version: {version}\n"
        f"    cpu_info (MRO): cpu_count: 8; vendor: {vendor}; modelname: x; family: 6; model: 62; stepping: 4; {sets}\n"
    )


def vm(name, features, on="", kind="hvm", vendor="GenuineIntel", state="running"):
    flags = "; ".join(["vendor: " + vendor] * bool(vendor) + ["features: " + str(features)] * (features is not None))
    return (
        f"uuid ( RO)        : {pool_maker.made_up('VM', name)}\n    name-label ( RW): {name}\n"
        f"    power-state ( RO): {state}\n    domain-type ( RW): {kind}\n    current-domain-type ( RO): {kind}\n"
        f"    resident-on ( RO): {pool_maker.made_up('host', on) if on else pool_maker.NOWHERE}\n"
        f"    last-boot-CPU-flags ( RO): {flags}\n"
    )


def pool(*records, code, options=()):
    return answer(*options, "-", stdin="\n\n".join(records), code=code)


FEED = {"hvm_host": words("feedface", w5="00000000"), "hvm": words("feedface", w5="00000810")}
DEAD = {"pv_host": words("deadbeef"), "pv": words("deadbeef")}


@pytest.mark.parametrize(
    "kind, features, vendor, blocks",
    (
        ("hvm", FEED["hvm"], "Abacus", []),
        ("hvm", words("feedface", w5="00000811"), "Abacus", ["features"]),
        ("hvm", words("cafecafe"), "Abacus", ["features"]),
        ("hvm", FEED["hvm"], "Napier's Bon", ["vendor"]),
        ("pv", DEAD["pv"], "Abacus", []),
        ("pv", words("cafecafe"), "Abacus", ["features"]),
        ("pv", DEAD["pv"], "Napier's Bon", ["vendor"]),
        ("pv-in-pvh", FEED["hvm"], "Abacus", []),
        ("pvh", DEAD["pv"], "Abacus", ["features"]),
        # words beyond the host's are missing there, those before the VM's end are zero
        ("hvm", FEED["hvm"] + "-00000001", "Abacus", ["features"]),
        ("hvm", "feedface", "Abacus", []),
        # nothing recorded: XAPI lets it pass
        ("hvm", None, "Abacus", []),
    ),
)
def test_check_is_of_the_max_set_of_the_vms_kind(kind, features, vendor, blocks):
    root = pool(
        host("a", vendor="Abacus", **FEED, **DEAD),
        vm("it", features, kind=kind, vendor=vendor, state="suspended"),
        code=1 if blocks else 0,
    )
    got = [block["blocks"] for block in root["vms"][0]["blocked_on"]]
    assert got == ([blocks] if blocks else [])


@pytest.mark.parametrize(
    "sets, level",
    (
        (["0000000a", "0000000f"], "0000000a"),
        (["ffffffff", "ffffffff-ffffffff"], "ffffffff-00000000"),
        (["ffff1111-a5a56666", "00000000-00000000"], "ffff1111-a5a56666"),
    ),
)
def test_level_counts_hosts_that_offer_such_guests(sets, level):
    # XAPI's tests use the plain rule; these have nothing that another rule would drop but where noted.
    root = pool(*(host(f"h{i}", s) for i, s in enumerate(sets)), code=0)
    expected = [int(word, 16) for word in level.split("-")]
    got = [int(word, 16) for word in root["level"]["hvm"]["xen"].split("-")]
    assert all(g & ~e == 0 for g, e in zip(got, expected)) and len(got) == len(expected)


@pytest.mark.parametrize("keys, blocks", (("max", []), ("old", ["keys"])))
def test_a_host_without_the_keys(keys, blocks):
    """Levels skip it; a VM goes there if it has at least the max sets."""
    hosts = [host("a", words("0000000f")), host("b", "-".join(4 * ["0000000f"]), keys=keys)]
    root = pool(*hosts, vm("it", "0000000f", "a"), code=1 if blocks else 0)
    assert [h["hvm"]["counts"] for h in root["hosts"]] == ["yes", "no keys"]
    assert [b["blocks"] for b in root["vms"][0]["blocked_on"]] == ([blocks] if blocks else [])
    assert root["vms"][0]["cure"] == ("hosts" if blocks else None)
    assert root["evacuable"] == (["b"] if blocks else ["a", "b"])
    said = run("pool", "-", stdin="\n\n".join(hosts)).stdout
    assert "not counted: b, without features_hvm_host and features_pv_host" in flat(said)


def test_evacuation_wants_every_target():
    hosts = [host("a", "0000000f"), host("b", "0000000f"), host("c", "00000007")]
    it = vm("it", "0000000f", "a")
    root = pool(*hosts, it, code=1)
    assert root["evacuable"] == ["b", "c"] and root["vms"][0]["movable_to"] == ["b"]
    said = ok("pool", "-", stdin="\n\n".join([*hosts, it]), code=1)
    a, b = (pool_maker.made_up(*words) for words in (("VM", "it"), ("host", "b")))
    assert f"  xe vm-migrate uuid={a} host-uuid={b} live=true   # it\n" in said
    # Disabled, the third is no target.
    hosts[2] = host("c", "00000007", enabled="false")
    assert pool(*hosts, it, code=1)["evacuable"] == ["a", "b", "c"]
    # Nor is one of an older version; and where there is none left nothing can go.
    hosts[1:] = [host("b", "0000000f", version="3.2.0"), host("c", "0000000f", version="3.1.9")]
    assert pool(*hosts, it, code=1)["evacuable"] == ["b", "c"]


def test_half_updated_pool():
    old = pool_maker.HASWELL["features_hvm_host"]
    new = "-".join(old.split("-")[:16] + ["04000000"] + old.split("-")[17:])
    short = "-".join(old.split("-")[:15])
    cpu = host("one", short).replace("model: 62", "model: 63"), host("two", new).replace("model: 62", "model: 63")
    root = pool(*cpu, vm("it", new, "two"), code=1)
    assert root["half_updated"] is True
    assert root["vms"][0]["blocked_on"][0]["missing_by_cause"] == {"hypervisor": ["gds_no"]}
    said = ok("pool", "-", stdin="\n\n".join(cpu), code=0)
    assert "one and two have the same CPU and tell different features" in flat(said)


# ---- devices, other platforms ---------------------------------------------------------------------------------------


BUILD = "58e1c3b7-f04d-4a96-8b2f-d7106ae5943c"
DEVICE = "0f0f0f0f-1111-4222-8333-444455556666"


@pytest.mark.parametrize(
    "group, block, cell, words, commands",
    (
        (
            "gpu",
            "vgpu",
            "vGPU",
            "a vGPU",
            [f"xe vm-shutdown uuid={BUILD}", f"xe vgpu-destroy uuid={DEVICE}", f"xe vm-start uuid={BUILD}"],
        ),
        ("usb", "usb", "USB", "a USB device", [f"xe vusb-unplug uuid={DEVICE} && xe vusb-destroy uuid={DEVICE}"]),
    ),
)
def test_devices_that_xe_lists_apart(tmp_path, group, block, cell, words, commands):
    path = tmp_path / "devices"
    path.write_text(f"uuid ( RO): {DEVICE}\n    vm-uuid ( RO): {BUILD}\n    {group}-group-uuid ( RO): 2\n")
    assert named(answer(*XE, path, code=1)["vms"], "build")["blocked_on"][0]["blocks"] == [block]
    said = ok("pool", *XE, str(path), code=1)
    assert "build has a device attached" in flat(said) and re.search(f"^build +running +runs here +{cell}$", said, re.M)
    assert f"- build has {words} attached: while it runs it cannot migrate." in flat(said)
    assert "".join(f"  {command}   # build\n" for command in commands) in said


def test_a_pci_device():
    it = vm("it", "0000000f", "a")
    it += "    other-config (MRW): pci: 0/0000:04:00.0\n"
    records = [host("a", "0000000f"), host("b", "0000000f"), it]
    assert pool(*records, code=1)["vms"][0]["blocked_on"][0]["blocks"] == ["pci"]
    said = ok("pool", "-", stdin="\n\n".join(records), code=1)
    uuid = pool_maker.made_up("VM", "it")
    assert "- it has a PCI device attached" in flat(said) and re.search("^it +running +runs here +PCI$", said, re.M)
    assert f"  xe vm-param-remove uuid={uuid} param-name=other-config param-key=pci   # it\n" in said


# ---- reasons and cures ----------------------------------------------------------------------------------------------


def test_each_reason_has_its_own_sentence():
    old = host("c", "-".join(4 * ["0000000f"]), keys="old")
    records = [host("a", "0000000f"), host("b", "0000000f", vendor="AuthenticAMD"), old, vm("it", "0000000f", "a")]
    said = flat(ok("pool", "-", stdin="\n\n".join(records), code=1))
    assert "The hosts are of several vendors, between which no VM moves, restarted or not: - it c does not tell" in said
    del records[1]
    said = flat(ok("pool", "-", stdin="\n\n".join(records), code=1))
    assert "c does not tell its featuresets, so that XAPI sends no VM there" in said and "several vendors" not in said


def test_a_host_without_hvm():
    hosts = [host("h1", "00000000", pv="0000000f", pv_host="0000000f"), host("h2", "ffffffff")]
    said = ok("pool", "-", stdin="\n\n".join([*hosts, vm("it", "0000ffff", "h2")]), code=1)
    assert re.search("^it +running +no HVM +runs here$", said, re.M) and "\n- h1 runs no HVM guests\n" in said
    assert "not counted: h1, which offers no such guests" in flat(said) and "h1 lacks" not in said


def test_a_stale_level_has_its_command():
    hosts = [host("a", "0000000f"), host("b", "00000007")]
    record = (
        f"uuid ( RO): 9\n    name-label ( RW): pool\n    master ( RO): {pool_maker.made_up('host', 'a')}\n"
        "    default-SR ( RW): 1\n"
        "    cpu_info (MRO): vendor: GenuineIntel; features_hvm_host: 0000000f; features_pv_host: 0000000f\n"
    )
    root = pool(*hosts, record, vm("it", "0000000f", "a"), code=1)
    assert root["vms"][0]["cure"] == "level"
    said = ok("pool", "-", stdin="\n\n".join([*hosts, record, vm("it", "0000000f", "a")]), code=1)
    assert "is not that of its hosts" in flat(said)
    assert f"  xe-toolstack-restart # on a\n  xe vm-reboot uuid={pool_maker.made_up('VM', 'it')}   # it\n" in said


def test_commands_go_on_to_the_end():
    sleeper = vm("s", "0000000f", state="suspended")
    pinned = vm("p", "0000000f", "a") + "    platform (MRW): featureset: 0000000f\n"
    said = ok("pool", "-", stdin="\n\n".join([host("a", "0000000f"), host("b", "00000007"), sleeper, pinned]), code=1)
    s, p = (pool_maker.made_up("VM", name) for name in "sp")
    a = pool_maker.made_up("host", "a")
    assert f"  xe vm-resume uuid={s} on={a}   # s\n  xe vm-reboot uuid={s}   # s\n" in said
    assert f"param-key=featureset && xe vm-reboot uuid={p}   # p\n" in said


def test_what_each_side_of_a_split_gains():
    plain, one, two = (f"0387fbff-{word}-00000000-00000000" for word in ("00000000", "02000002", "00080201"))
    said = flat(ok("pool", "-", stdin="\n\n".join([host("a", one), host("b", two)]), code=0))
    gains = re.search(r"as two pools, with . apart, it would gain (\d) features, the others (\d) features", said)
    assert sorted(gains.groups()) == ["2", "3"]
    said = flat(ok("pool", "-", stdin="\n\n".join([host("a", two), host("b", plain)]), code=0))
    assert "as two pools, with b apart, it would gain nothing, the others 3 features" in said
    # A bit that only says that there is a hypervisor is nothing that anybody gains.
    said = flat(ok("pool", "-", stdin="\n\n".join([host("a", plain), host("b", plain.replace("-0", "-8", 1))]), code=0))
    assert "as two pools" not in said


def test_an_unknown_cpu_is_not_what_blocks():
    """Xen Orchestra tells of no VM's features: networks and storage are what stands in the way then."""
    vms = re.sub(r"^ *last-boot-CPU-flags.*\n", "", Path(XE[1]).read_text(), flags=re.M)
    files = [XE[0], *XE[2:]]
    done = run("pool", *files, "-", stdin=vms)
    assert done.returncode == 1
    said = flat(done.stdout)
    assert "needs a restart" not in said and "another host's CPU" not in said
    assert said.startswith("hera cannot be evacuated: nvr lacks a network elsewhere; scratch lacks its storage elsewhere")
    assert "7 VMs and 1 snapshot have; add what does" in said
    assert "xe vm-list params=all > vms.txt xe snapshot-list params=all > snapshots.txt" in said


def test_an_internal_network():
    """One without a PIF anywhere keeps VMs where it is in use."""
    net, card = "9" * 8 + "-1111-4222-8333-444455556666", "8" * 8 + "-1111-4222-8333-444455556666"
    it = pool_maker.made_up("VM", "it")
    records = [
        host("a", "0000000f"),
        host("b", "0000000f"),
        vm("it", "0000000f", "a"),
        f"uuid ( RO): {net}\n    name-label ( RW): inside\n    bridge ( RO): xapi0\n    VIF-uuids (SRO): 7\n",
        f"uuid ( RO): {card}\n    name-label ( RW): lan\n    bridge ( RO): xenbr0\n    VIF-uuids (SRO): \n",
        "\n\n".join(
            f"uuid ( RO): {i}\n    device ( RO): eth0\n    MAC ( RO): 0\n    network-uuid ( RO): {card}\n"
            f"    host-uuid ( RO): {pool_maker.made_up('host', name)}\n    currently-attached ( RO): true\n"
            for i, name in enumerate("ab")
        ),
        f"uuid ( RO): 7\n    vm-uuid ( RO): {it}\n    device ( RO): 0\n    MAC ( RO): 0\n    network-uuid ( RO): {net}\n",
    ]
    said = flat(ok("pool", "-", stdin="\n\n".join(records), code=1))
    assert "it needs network inside, which is internal: VMs that use it while it runs on a stay there" in said


@pytest.mark.parametrize("length", (30, 38, 60))
def test_hosts_with_long_names(length):
    """Columns stand below their headings, or there are lines."""
    names = [f"node-{i}." + "x" * (length - 7) for i in range(3)]
    hosts = [host(name, "0000000f" if i else "00000007") for i, name in enumerate(names)]
    said = narrow(ok("pool", "-", stdin="\n\n".join([*hosts, vm("it", "0000000f", names[1])]), code=1))
    heading = next((line for line in said.splitlines() if line.startswith("HOST ")), None)
    if heading:
        rows = [line for line in said.splitlines() if re.match(r"node-\d\.x+  ", line)]
        assert len(rows) == 3 and {line.index("ivybridge") for line in rows} == {heading.index("CPU")}
    else:
        assert flat(said).count("can be evacuated") == 2 and "cannot be evacuated: it" in flat(said)


def test_help_is_of_what_it_reads():
    said = ok("pool", "--help")
    assert "--no-msr" not in said and "a file" in said and "folder" in said
    assert "unknown option '--no-msr'" in trouble("pool", "--no-msr", BEFORE)


# ---- other platforms ------------------------------------------------------------------------------------------------


def test_proxmox(tmp_path):
    flags = "fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat clflush mmx fxsr sse sse2 syscall nx lm"
    modern = flags + " pni ssse3 cx16 sse4_1 sse4_2 popcnt lahf_lm"
    for node, has in (("one", modern + " aes"), ("two", modern)):
        (tmp_path / node).mkdir()
        (tmp_path / node / "cpu.txt").write_text(
            f"processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 44\nflags\t\t: {has}\n"
        )
    (tmp_path / "one" / "vms.txt").write_text(
        "      VMID NAME   STATUS     MEM(MB)    BOOTDISK(GB) PID\n       100 web    running    2048       32.00 1234\n"
        "==> /etc/pve/qemu-server/100.conf <==\ncores: 2\ncpu: x86-64-v2-AES\nmemory: 2048\nname: web\n"
    )
    root = answer(tmp_path, code=1)
    assert root["manager"] == "proxmox"
    (block,) = named(root["vms"], "web")["blocked_on"]
    assert block["host"] == "two" and "aes" in block["missing"]


def test_libvirt(tmp_path):
    """One domain asks for a model that the other host does not promise; each host that takes one is enough there."""
    promised = (
        "<domainCapabilities><arch>x86_64</arch><cpu><mode name='host-model' supported='yes'><model>{0}</model>"
        "<vendor>Intel</vendor></mode></cpu></domainCapabilities>"
    )
    capabilities = (
        "<capabilities><host><uuid>{1}</uuid><cpu><arch>x86_64</arch><model>{0}</model><vendor>Intel</vendor></cpu></host>"
        "</capabilities>"
    )
    for number, (name, model) in enumerate((("one", "Haswell-noTSX"), ("two", "IvyBridge"), ("three", "IvyBridge"))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "capabilities.xml").write_text(capabilities.format(model, number))
        (tmp_path / name / "domcapabilities.xml").write_text(promised.format(model))
    domain = "<domain type='kvm' id='{2}'><name>{0}</name><uuid>{2}</uuid><cpu mode='custom'><model>{1}</model></cpu></domain>"
    domains = (domain.format("new", "Haswell-noTSX", 1), domain.format("old", "IvyBridge", 2))
    (tmp_path / "one" / "domains.xml").write_text("\n".join(domains))
    root = answer(tmp_path, code=1)
    assert root["manager"] == "libvirt" and root["evacuable"] == ["three", "two"]
    new, old = named(root["vms"], "new"), named(root["vms"], "old")
    assert {block["host"] for block in new["blocked_on"]} == {"three", "two"} and new["movable_to"] == []
    assert "avx2" in new["blocked_on"][0]["missing"]
    assert (old["blocked_on"], old["blocks_evacuation"], old["movable_to"]) == ([], "no", None)


# ---- manners ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments, sentence",
    (
        ([], "needs INPUT"),
        (["--join", ZEUS, "--to", ZEUS, BEFORE], "one at a time"),
        (["--before", ZEUS, "--to", ZEUS, BEFORE], "one at a time"),
        (["--before", ZEUS, "--without", "hera", BEFORE], "one at a time"),
        (["--without", "ares", BEFORE], "--without 'ares': no host of this name or uuid there"),
        (["--without", "hera", BEFORE], "no host is left"),
        (["--join", XE[3], BEFORE], "--join: no host is told of there"),
        (["--join", "/nowhere", BEFORE], "/nowhere"),
        (["--join", ZEUS, *XE], "--join: this host is in the pool already, by uuid"),
        (["--join", XE[0], XE[0]], "--join: these hosts are in the pool already, by uuid"),
        (["--how", "vmware"], "--how knows xcp-ng, xenserver, libvirt and proxmox, not 'vmware'"),
        (["--how", "xcp-ng", BEFORE], "--how takes no INPUT"),
        (["--host", "hera", BEFORE], "unknown option '--host'"),
        ([XE[1]], "host"),
    ),
)
def test_wrong_words_get_a_sentence(arguments, sentence):
    said = trouble("pool", *arguments)
    assert said.startswith("featset: ") and sentence in said and said.count("\n") == 1


def test_hosts_of_two_platforms():
    other = (
        "<capabilities><host><uuid>1</uuid><cpu><arch>x86_64</arch><model>Haswell</model><vendor>Intel</vendor></cpu></host>"
        "</capabilities>"
    )
    done = run("pool", BEFORE, "-", stdin=other)
    assert done.returncode == 2 and "different platforms" in done.stderr


def test_one_host_has_nowhere_to_send_its_vms():
    said = ok("pool", BEFORE, code=1)
    assert said.startswith("there is one host, and its VMs have no other to go to\n")
    assert "every host" not in said and "lacks" not in said


def test_hosts_alone():
    said = ok("pool", XE[0])
    assert said.startswith("2 hosts, together ivybridge, 58 features; no VM")
    assert re.search(r"^hera +haswell +Intel\(R\) Xeon\(R\) CPU E5-2670 v3 @ 2.30GHz$", said, re.M)


def test_foreign_names_do_no_harm():
    records = [host("a\x1b[31m", "0000000f"), host("b", "00000007"), vm("x'$(reboot)\x07", "0000000f", "a\x1b[31m")]
    done = run("pool", "-", stdin="\n\n".join(records))
    assert done.returncode == 1 and not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", done.stdout)
    need_json()
    assert "\x1b" not in json.dumps(pool(*records, code=1), ensure_ascii=False)


def test_names_cannot_turn_a_line_around():
    """Unicode's controls of direction: U+202A to U+202E, U+2066 to U+2069, U+200E and U+200F; letters stay."""
    controls = [0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
    name = "é" + "".join(chr(c) for c in controls) + "ב€"
    said = ok("pool", "-", stdin=host(name, "0000000f") + "\n\n" + host("b", "00000007"), code=0)
    assert "é" + len(controls) * "?" + "ב€" in said


def test_keep_going():
    records = [host("a", "0000000f"), host("b", "what"), host("c", "0000000f"), vm("it", "0000000f", "a")]
    text = "\n\n".join(records)
    done = run("pool", "-", stdin=text)
    assert done.returncode == 2 and "host b" in done.stderr
    done = run("pool", "--keep-going", "-", stdin=text)
    assert done.returncode == 1 and "warning: " in done.stderr and "some records could not be read" in flat(done.stdout)


def test_long_names_stay_within_a_terminal():
    long = ["node-%02d.a-rather-long-name.example.com" % i for i in range(12)]
    hosts = [host(name, "0000000f" if i % 2 else "00000007") for i, name in enumerate(long)]
    vms = [vm(f"a-virtual-machine-with-a-name-{i}", "0000000f", long[1]) for i in range(30)]
    narrow(ok("pool", "-", stdin="\n\n".join(hosts + vms), code=1))


@pytest.mark.parametrize("dress", sorted(pool_maker.DRESSES))
def test_a_thousand_hosts(tmp_path, dress):
    path = tmp_path / dress
    path.write_text(pool_maker.DRESSES[dress](pool_maker.many(1000, 10000)), encoding="utf-8")
    said = narrow(ok("pool", str(path), code=1))
    assert said.count("\n") < 250 and said.startswith("125 of 1000 hosts cannot be evacuated: ")
    assert "host-0000, host-0003, host-0006, host-0009 and 330 more lose 8: " in said
    assert "... and 980 more hosts (--all)" in said


def test_a_large_pool_in_json(tmp_path):
    path = tmp_path / "pool"
    path.write_text(pool_maker.DRESSES["xe"](pool_maker.many(60, 500)), encoding="utf-8")
    root = answer(path, code=1)
    assert len(root["hosts"]) == 60 and len(root["vms"]) == 500 - 500 // 16 - 1
    haswell = [h["name"] for i, h in enumerate(root["hosts"]) if i % 3 == 0]
    started_there = named(root["vms"], "vm-00012")
    assert started_there["host"] in haswell
    assert {b["host"] for b in started_there["blocked_on"]} == {h["name"] for h in root["hosts"][1::3]}
    assert all(b["missing"] == LOST_BY_HERA for b in started_there["blocked_on"])
