# SPDX-License-Identifier: MIT
"""Pools, what if, changes and pasted errors, against what the example pool's own page says of it."""
import copy
import gc
import os
import pickle
import re
import subprocess
import sys
import tempfile
import unittest
import warnings

import featset as fs
from featset import _featset

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EXAMPLES = os.path.join(ROOT, "examples")
POOLS = os.path.join(EXAMPLES, "pools")
FOLDER = os.path.join(POOLS, "hera-zeus")
TEXTS = [os.path.join(FOLDER, name + ".txt") for name in ("hosts", "vms", "pool", "networks", "storage")]
# What a Haswell has and an Ivy Bridge has not, and VMs that booted on Hera alone still have.
EIGHT = fs.FeatureSet("fma movbe abm tsc_adjust bmi1 avx2 bmi2 invpcid")
# README.md there: what keeps each VM that holds a CPU's features from Zeus.
BLOCKS = {"mail": ["features"], "wiki": ["features"], "build": [], "scratch": ["storage"], "nvr": ["network"], "dns": [],
          "ledger": ["features"], "wiki-before-upgrade": ["features"]}
CURES = {"mail": "restart", "wiki": "restart", "ledger": "resume", "wiki-before-upgrade": "discard"}


def names(things):
    return [thing.name for thing in things]


class Pools(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pool = fs.pool(TEXTS)

    def reads(self, *formats):
        table = {row.name: row.reads for row in fs.format_table()}
        if not all(table[name] for name in formats):
            self.skipTest("this build does not read " + ", ".join(formats))

    def test_three_dresses(self):
        """xe text, XAPI's JSON and its database tell the same."""
        self.reads("xapi", "xapi-db")
        for source in (TEXTS, os.path.join(FOLDER, "records.json"), os.path.join(FOLDER, "pool-database.xml"), FOLDER):
            pool = fs.pool(source)
            self.assertEqual((pool.manager, names(pool.hosts)), ("xapi", ["hera", "zeus"]))
            self.assertEqual({vm.name: vm.check("zeus").blocks for vm in pool.vms if vm.counts}, BLOCKS)
            self.assertEqual({vm.name: vm.cure for vm in pool.vms if vm.counts and vm.cure}, CURES)
            self.assertEqual([host.evacuable for host in pool.hosts], ["no", "yes"])
            self.assertEqual(pool.level().xen, self.pool.level().xen)
            self.assertEqual(pool.check("mail", "zeus").missing, EIGHT)
            self.assertEqual(pool.vm("mail").commands, self.pool.vm("mail").commands)

    def test_level(self):
        level = self.pool.level()
        self.assertEqual((str(level.baseline), level.psabi, level.rule), ("ivybridge", 2, "xenserver"))
        self.assertEqual(level.features, fs.level(self.pool.hosts, "xenserver").features)
        self.assertEqual(len(self.pool.level("pv").hosts), 2)
        self.assertFalse(self.pool.level_differs)
        self.assertIsNone(self.pool.recorded("pv"))
        self.assertIsNone(self.pool.half_updated)
        first, second = self.pool.split()
        self.assertEqual((names(first.hosts), names(second.hosts)), (["hera"], ["zeus"]))
        self.assertEqual(EIGHT & first.features, EIGHT)
        self.assertFalse(EIGHT & second.features)
        self.assertIsNone(self.pool.without("zeus").split())

    def test_hosts(self):
        hera, zeus = self.pool.hosts
        self.assertEqual((hera.lost(), hera.price(), zeus.lost(), zeus.price()), (EIGHT, EIGHT - EIGHT, EIGHT - EIGHT, EIGHT))
        self.assertEqual((hera.counts(), hera.counts("pv"), hera.enabled), ("yes", "yes", True))
        self.assertEqual(hera.offers().xen, hera.hvm.xen)
        self.assertEqual(hera.max("pv").xen, hera.pv_max.xen)
        self.assertEqual(names(hera.vms), ["mail", "wiki", "build", "scratch", "nvr"])
        self.assertIn("xe host-evacuate uuid=" + zeus.uuid, zeus.evacuate)
        self.assertEqual(hera.record["address"], "192.0.2.11")
        self.assertTrue(isinstance(hera, fs.Host) and hera == self.pool.inventory[0] and hash(hera) == hash(self.pool.inventory[0]))
        self.assertFalse(fs.check(hera, zeus))

    def test_vms(self):
        mail, build, archive = map(self.pool.vm, ("mail", "build", "archive"))
        self.assertEqual({vm.name for vm in self.pool.vms if vm.counts}, set(BLOCKS))
        self.assertEqual((mail.host.name, mail.guest, mail.power_state, mail.pinned), ("hera", "hvm", "running", False))
        self.assertEqual((mail.blocks_evacuation, names(mail.blocked_on), mail.movable_to), ("yes", ["zeus"], ()))
        self.assertEqual((build.blocks_evacuation, build.blocked_on, names(build.movable_to)), ("no", (), ["zeus"]))
        self.assertEqual((archive.counts, archive.host, archive.cure), (False, None, None))
        self.assertEqual(EIGHT & mail.cpu.features, EIGHT)
        self.assertEqual(mail.gain, EIGHT - EIGHT)
        self.assertEqual(mail.commands["restart"], "xe vm-reboot uuid=" + mail.uuid)
        self.assertIn(self.pool.host("zeus").uuid, build.command("move", "zeus"))
        self.assertIsNone(self.pool.vm("wiki-before-upgrade").command("restart"))
        self.assertEqual(self.pool.vm(mail.uuid), mail)
        self.assertEqual(len({mail, self.pool.vm("mail"), build}), 2)

    def test_check(self):
        check = self.pool.check("mail", "zeus")
        self.assertEqual((check.compatible, bool(check), check.missing, check.blocks), ("no", False, EIGHT, ["features"]))
        self.assertEqual(set(check.causes.values()), {"silicon"})
        self.assertEqual(set(check.causes), set(EIGHT))
        self.assertEqual((check.cause("avx2"), check.cause("sse2")), ("silicon", None))
        nvr = self.pool.check("nvr", 1)
        self.assertEqual((bool(nvr), nvr.blocks, nvr.networks, nvr.storage), (True, ["network"], ["cameras"], []))
        self.assertEqual(self.pool.check("scratch", 1).storage, ["Local storage"])
        self.assertEqual(self.pool.check("mail", "hera").blocks, [])
        self.assertEqual(check, self.pool.vm("mail").check(self.pool.hosts[1]))

    def test_what_if(self):
        alone = self.pool.without("zeus")
        self.assertEqual(names(alone.hosts), ["hera"])
        self.assertEqual(len(self.pool.hosts), 2)
        self.assertIsNone(alone.vm("mail").cure)
        joined = alone.with_hosts(os.path.join(POOLS, "zeus.txt"))
        for source in (fs.inventory(os.path.join(POOLS, "zeus.txt")), fs.pool([os.path.join(POOLS, "zeus.txt")])):
            self.assertEqual(names(alone.with_hosts(source).hosts), names(joined.hosts))
        change = fs.compare(alone, joined)
        self.assertEqual((EIGHT & change.lost(), change.gained(), change.mixes_vendors), (EIGHT, EIGHT - EIGHT, False))
        self.assertLessEqual({"mail", "wiki"}, set(names(change.stuck)))
        self.assertEqual(names(fs.compare(self.pool, alone).hosts), ["hera", "zeus"])
        hera, zeus = change.hosts
        self.assertEqual((hera.turn, hera.lost(), hera.before, hera.after), ("none", EIGHT - EIGHT, alone.hosts[0], joined.hosts[0]))
        self.assertEqual((zeus.before, zeus.after, zeus.name), (None, joined.hosts[1], "zeus"))
        with self.assertRaises(fs.InputError):
            self.pool.without("hera", 1)
        across = self.pool.across(fs.pool(os.path.join(POOLS, "zeus.txt")))
        self.assertEqual((names(across.hosts), across.check("mail", 0).missing), (["zeus"], EIGHT))
        self.assertRaises(ValueError, across.without, "zeus")

    def test_over_time(self):
        change = fs.compare(fs.pool(os.path.join(POOLS, "before-zeus.txt")), self.pool)
        self.assertEqual((names(change.stuck), EIGHT & change.lost()), (["mail", "wiki"], EIGHT))

    def test_half_updated(self):
        """The same model, and only a word that a newer hypervisor has more."""
        with open(TEXTS[0]) as file:
            hosts = file.read()
        newer = hosts[:hosts.index("\nuuid", 9)].replace("7c1e58d4", "00000000").replace("hera", "hermes")
        newer = re.sub(r"(features_\w+: [-0-9a-f]+)", r"\1-00000000", newer)
        pool = fs.loads(hosts[:hosts.index("\nuuid", 9)] + "\n\n" + newer).pool()
        self.assertEqual(names(pool.half_updated or ()), ["hera", "hermes"])

    def test_inventories(self):
        hosts, vms = fs.inventory(TEXTS[0]), fs.inventory(TEXTS[1])
        both = hosts.merge(vms)
        self.assertEqual((len(hosts.vms), len(both), [vm["name"] for vm in both.vms][:2]), (0, 2, ["mail", "wiki"]))
        self.assertEqual([len(both.remove("host", which)) for which in (0, "zeus", hosts.uuid(1))], [1, 1, 1])
        self.assertEqual(len(both.remove("vm", "mail").vms), len(both.vms) - 1)
        self.assertEqual(len(both), 2)
        self.assertIs(both.copy(), both)
        self.assertEqual(both.records("host")[1]["product_version"], "8.2.1")
        self.assertEqual(set(both.records("host")[0]), set(fs.record_kinds()["host"]))
        self.assertEqual(EIGHT & both.vm_cpu(0).features, EIGHT)
        for kind, call in ((IndexError, lambda: both.vm_cpu(99)), (IndexError, lambda: both.remove("host", 2)),
                           (IndexError, lambda: both.remove("host", -1)), (fs.UnknownNameError, lambda: both.remove("host", "ares")),
                           (fs.UnknownNameError, lambda: both.records("hosts")), (TypeError, lambda: both.merge(None)),
                           (TypeError, lambda: both.remove("host", None)), (TypeError, lambda: both.records(None)),
                           (fs.AmbiguousNameError, lambda: both.merge(both).remove("vm", "mail")),
                           (TypeError, lambda: fs.inventory(5)), (TypeError, lambda: fs.inventory([5])),
                           (TypeError, lambda: fs.inventory(None)), (fs.InputError, lambda: fs.inventory([])),
                           (fs.MissingFileError, lambda: fs.inventory("/no/such/file")),
                           (ValueError, lambda: fs.inventory(["a\0b"])), (fs.InputError, lambda: fs.pool(TEXTS, limit=10)),
                           (fs.InputError, lambda: vms.pool())):
            with self.assertRaises(kind):
                call()

    def test_keep_going(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "hosts")
            with open(path, "w") as file:
                file.write("1fcbfbff-f7fa3223\nzzz-1\n1fcbfbff\n")
            self.assertRaises(fs.InputError, fs.inventory, path)
            rest = fs.inventory(folder, keep_going=True)
        self.assertEqual((len(rest), len(rest.left_out)), (2, 1))
        self.assertIn(rest.left_out[0], rest.notes)

    def test_explain(self):
        mail, zeus = self.pool.vm("mail"), self.pool.host("zeus")
        text = "Error code: VM_INCOMPATIBLE_WITH_THIS_HOST\nError parameters: %s, %s, x" % (mail.uuid, zeus.uuid)
        found, = fs.explain(text, self.pool)
        self.assertEqual((found.code, found.vm, found.host, found.missing), ("VM_INCOMPATIBLE_WITH_THIS_HOST", mail, zeus, EIGHT))
        self.assertEqual(found.commands[0], mail.commands["restart"])
        self.assertIs(found.pool, self.pool)
        self.assertEqual(self.pool.explain(text.encode())[0].what, found.what)
        plain, = fs.explain(text)
        self.assertEqual((plain.vm, plain.host, plain.vm_text, plain.host_text), (None, None, mail.uuid, zeus.uuid))
        self.assertFalse(plain.missing)
        self.assertEqual((fs.explain(""), fs.explain("all is well\0")), ([], []))
        self.assertIn("VM_INCOMPATIBLE_WITH_THIS_HOST", [row.code for row in fs.error_codes()])
        self.assertTrue(all(row.cause and row.cure for row in fs.error_codes()))
        self.assertRaises(fs.InputError, fs.explain, b" " * (16 << 20) + b"x")

    def test_formats(self):
        table = {row.name: row for row in fs.format_table()}
        self.assertEqual(list(table), fs.formats())
        self.assertTrue(table["xen"].reads and table["xen"].writes and table["xen"].source and table["xen"].summary)
        # A Xen featureset ends long before the word of Centaur's leaf.
        beyond = fs.FeatureSet([2047])
        self.assertEqual((fs.left_out("avx2", "xen"), fs.left_out(beyond, "xen")), (fs.FeatureSet(), beyond))
        with self.assertWarnsRegex(fs.LossWarning, "xen cannot hold 1 features: "):
            fs.dumps(beyond, "xen")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            fs.dumps("avx2", "xen")

    def test_misuse(self):
        pool, other = self.pool, fs.pool(TEXTS)
        mail, hera = pool.vms[0], pool.hosts[0]
        double = pool.inventory.merge(pool.inventory).pool()
        for kind, words, call in (
            (IndexError, "the pool has no vm of that index", lambda: pool.vm(99)),
            (IndexError, "the pool has no host of that index", lambda: pool.host(-1)),
            (IndexError, "the pool has no host of that index", lambda: pool.check(mail, 2**70)),
            (IndexError, "no VM of that index", lambda: fs.VM(pool, 99)),
            (IndexError, "no host of that index", lambda: fs.PoolHost(pool, 99)),
            (IndexError, "no host of that index", lambda: fs.HostChange(fs.compare(pool, other), 9)),
            (IndexError, "no finding", lambda: _featset.finding(_featset.explain(b""), 0)),
            (fs.UnknownNameError, "no vm has the name or UUID 'nosuch'", lambda: pool.vm("nosuch")),
            (fs.UnknownNameError, "no host has", lambda: pool.check(mail, "")),
            (fs.AmbiguousNameError, "2 of kind 'host' are called 'hera'", lambda: double.host("hera")),
            (TypeError, "expected a vm, its index, name or UUID, not NoneType", lambda: pool.vm(None)),
            (TypeError, "expected a vm, .* not PoolHost", lambda: pool.check(hera, mail)),
            (TypeError, "expected a Pool, not NoneType", lambda: fs.compare(pool, None)),
            (TypeError, "expected a Pool, not Inventory", lambda: fs.explain("x", pool.inventory)),
            (TypeError, "expected an Inventory, not str", lambda: fs.Pool("x")),
            (TypeError, "PoolCore, not NoneType", lambda: _featset.pool_hosts(None)),
            (TypeError, "an Inventory, not NoneType", lambda: _featset.pool(None)),
            (ValueError, "another inventory", lambda: pool.vm(other.vms[0])),
            (ValueError, "another inventory", lambda: pool.host(other.hosts[0])),
            (fs.UnknownNameError, "no kind of guest is called 'HVM'", lambda: pool.level("HVM")),
            (fs.UnknownNameError, "no command is called", lambda: mail.command("explode")),
            (AttributeError, "cannot be changed", lambda: setattr(mail, "name", "x")),
            (AttributeError, "cannot be changed", lambda: delattr(pool, "inventory")),
            (TypeError, "pickle", lambda: pickle.dumps(pool)),
        ):
            with self.assertRaisesRegex(kind, words):
                call()
        self.assertIs(copy.deepcopy(pool), pool)


class Lifetime(unittest.TestCase):
    """What is looked into lives as long as who looks, whatever goes first."""

    def test_cores(self):
        def made():
            inventory = fs.inventory(TEXTS)
            core, other = _featset.pool(inventory), _featset.pool(inventory.remove("host", 1))
            return core, _featset.change(core, other), _featset.explain(b"NO_HOSTS_AVAILABLE", core)

        for keep in range(3):
            core = made()[keep]
            gc.collect()
            # What was freed would be given away again here.
            others = [fs.inventory(TEXTS) for _ in range(5)]
            if keep == 0:
                self.assertEqual(_featset.pool_missing(core, 0, 1), EIGHT)
                self.assertIn("vm-reboot", _featset.pool_command(core, "restart", 0, None))
            elif keep == 1:
                self.assertEqual(EIGHT & _featset.change_level(core, "hvm", True), EIGHT)
            else:
                self.assertEqual(_featset.finding(core, 0)["code"], "NO_HOSTS_AVAILABLE")
            del others

    def test_objects(self):
        vm = fs.pool(TEXTS).vm("mail")
        found = fs.pool(TEXTS).explain("VM_REQUIRES_SR(%s, x)" % vm.uuid)[0]
        change = fs.compare(fs.pool(TEXTS), fs.pool(TEXTS).without(1))
        gc.collect()
        self.assertEqual((vm.check("zeus").missing, found.vm.name, names(change.hosts)), (EIGHT, "mail", ["hera", "zeus"]))

    def test_nothing_is_kept_for_ever(self):
        import weakref

        class Watched(fs.Pool):
            __slots__ = ("__weakref__",)

        pool = Watched(fs.inventory(TEXTS))
        pool.hosts, pool.vms, pool.vm("mail").name
        gone = weakref.ref(pool)
        del pool
        gc.collect()
        self.assertIsNone(gone())


class Examples(unittest.TestCase):
    def test_report(self):
        """It says what the page of the pool says."""
        def said(script, *words):
            where = os.path.dirname(os.path.dirname(os.path.abspath(fs.__file__)))
            done = subprocess.run([sys.executable, script, *words], cwd=EXAMPLES, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, env=dict(os.environ, PYTHONPATH=where))
            return done.returncode, done.stdout.decode(), done.stderr.decode()

        code, text, _ = said("pool_report.py")
        self.assertEqual(code, 0)
        self.assertIn("hera: evacuable no, costs the level 0 features\nzeus: evacuable yes, costs the level 8 features\n", text)
        self.assertIn("mail on zeus: features %s\n  xe vm-reboot uuid=" % " ".join(EIGHT.names()), text)
        self.assertIn("nvr on zeus: network cameras\n", text)
        self.assertNotIn("build", text)
        code, _, trouble = said("pool_report.py", "nosuch")
        self.assertEqual((code, trouble[:20]), (1, "pool_report: nosuch:"))
        with open(os.path.join(EXAMPLES, "pool_report.py")) as file:
            self.assertLessEqual(len(file.readlines()), 20)


if __name__ == "__main__":
    unittest.main()
