# SPDX-License-Identifier: MIT
"""What is taken is given back, on the good ways and on the bad ones.

Counts the bytes that malloc has handed out, so Python must allocate through it:
PYTHONMALLOC=malloc or malloc_debug, and no sanitizer.
"""
import copy
import ctypes
import gc
import os
import pickle
import sys
import unittest

import featset as fs

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
POOL = os.path.join(ROOT, "examples", "pools", "hera-zeus", "hosts.txt")


class MallInfo(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks "
                "keepcost".split()]


try:
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = MallInfo
except AttributeError:
    mallinfo = None


def in_use():
    gc.collect()
    info = mallinfo()
    return info.uordblks + info.hblkhd


a, b = fs.FeatureSet("haswell"), fs.FeatureSet("ivybridge sha_ni")
pool = fs.load(POOL)
level = fs.level(pool, "xenserver")
cpu = level.cpu
array = fs.FeatureSetArray([a, b] * 20)
memory = bytes(a) * 10
whole = fs.pool(os.path.dirname(POOL))
change = fs.compare(whole, whole.without("zeus"))
PASTED = "VM_INCOMPATIBLE_WITH_THIS_HOST(%s, %s, x)" % (whole.vm("mail").uuid, whole.host("zeus").uuid)


def public(thing):
    return [getattr(thing, name) for name in dir(thing) if name[0] != "_"]


with open(POOL) as file:
    text = file.read()

GOOD = {
    "operators": lambda: (a & b, a | b, a ^ b, a - b, a <= b, a < b, a == b),
    "methods": lambda: (a.union(b, "avx2", [1]), a.intersection(b), a.difference([5]), a.symmetric_difference(b),
                        a.issubset("haswell"), a.isdisjoint(b), a.names("qemu"), a.closed(), a.pruned("xen"), a.word("7.0.ebx")),
    "iterate": lambda: (list(a), len(a), "avx2" in a, 5 in a, hash(a), repr(a), repr(fs.FeatureSet(range(2048)))),
    "make": lambda: (fs.FeatureSet("avx2"), fs.FeatureSet([1, 2]), fs.FeatureSet(cpu), fs.FeatureSet.from_bytes(bytes(a))),
    "copies": lambda: (copy.deepcopy(a), pickle.loads(pickle.dumps([a, array, fs.baseline("zen")])), a.to_bytes()),
    "html": lambda: a._repr_html_(),
    "array": lambda: (fs.FeatureSetArray(memory)[1:3], list(array), array[::2], memoryview(array).tobytes(), array == array,
                      a in array, fs.FeatureSetArray([a])),
    "cpu": lambda: [getattr(cpu, name) for name in dir(cpu) if not name.startswith("__")] + [repr(cpu)],
    "level": lambda: [getattr(level, name) for name in dir(level) if not name.startswith("__")] + [repr(level), level.lost(0),
                                                                                                    level.lost_other(1)],
    "baseline": lambda: [getattr(one, name) for one in fs.baselines()[:5] for name in dir(one) if not name.startswith("__")],
    "inventory": lambda: [(h.name, h.uuid, h.cpu, h.hvm, h.pv_max, h.features) for h in pool] + [repr(pool), pool.notes],
    "load": lambda: (fs.load(POOL), fs.loads(text), fs.loads("1fcbfbff")),
    "levels": lambda: (fs.level(pool), fs.level(["haswell", fs.baseline("zen4"), a, cpu, level])),
    "check": lambda: (fs.check("haswell", "ivybridge"), fs.check(pool[0], pool[1]), fs.nearest(a), fs.identify(pool[0])),
    "dumps": lambda: fs.dumps("haswell", "xen"),
    "lists": lambda: (fs.formats(), fs.dialects(), fs.rules(), fs.baselines()),
    "records": lambda: (pool.records("host"), pool.vms, pool.merge(pool), pool.remove("host", "zeus"), pool.left_out,
                        whole.inventory.vm_cpu(0), fs.record_kinds(), fs.inventory([POOL])),
    "pool": lambda: (pool.pool().hosts, whole.level(), whole.recorded("pv"), whole.split(), repr(whole), whole.half_updated),
    "pool host": lambda: (public(whole.host("hera")), whole.hosts[0].max("pv"), whole.hosts[1].price(), repr(whole.hosts[0])),
    "vm": lambda: (public(whole.vm("mail")), whole.vm("mail").command("move", 1), repr(whole.vm(1))),
    "pool check": lambda: (public(whole.check("mail", "zeus")), whole.check("nvr", 1).networks, whole.check("dns", 0).cause(5)),
    "change": lambda: (public(change), [public(host) for host in change.hosts], change.lost("pv"), fs.compare(whole, whole)),
    "across": lambda: whole.across(pool.pool()).check("mail", "zeus"),
    "explain": lambda: (public(fs.explain(PASTED, whole)[0]), fs.explain(PASTED), fs.explain(b""), fs.error_codes()),
    "policy": lambda: (public(fs.policy("haswell+uintr", "qemu", name="x")), fs.policy(pool, "libvirt", expanded=True),
                       fs.platforms()),
    "tables": lambda: (fs.format_table(), fs.left_out("haswell", "xen")),
    "feature": lambda: (fs.Feature.AVX2.summary, fs.Feature.AVX2.requires, fs.Feature("avx2"), fs.Feature(2047).spell("xen")),
}
BAD = {
    "operators": lambda: a & 5,
    "order": lambda: a <= "avx2",
    "name": lambda: fs.FeatureSet("avx22"),
    "item": lambda: fs.FeatureSet(["avx2", None]),
    "in": lambda: "avx22" in a,
    "nul": lambda: fs.FeatureSet("avx2\0"),
    "bytes": lambda: fs.FeatureSet.from_bytes(b"x"),
    "union": lambda: a.union(b, "avx22"),
    "dialect": lambda: a.names("klingon"),
    "word": lambda: a.word("nothing"),
    "array": lambda: fs.FeatureSetArray(b"x" * 255),
    "array items": lambda: fs.FeatureSetArray([a, None]),
    "array index": lambda: array[1000],
    "level": lambda: fs.level(["haswell", "haswel"]),
    "level of a wrong thing": lambda: fs.level(["haswell", 5]),
    "empty level": lambda: fs.level([]),
    "rule": lambda: fs.level(["haswell"], "none"),
    "lost": lambda: level.lost(7),
    "lost of nothing": lambda: level.lost(None),
    "missing": lambda: fs.load("/no/such/file"),
    "garbage": lambda: fs.loads("neither this\nnor that\x01"),
    "format": lambda: fs.load(POOL, "none"),
    "path": lambda: fs.load("a\0b"),
    "slot": lambda: pool.slot(0, "none"),
    "host": lambda: fs.Host(pool, 5),
    "several": lambda: pool.features,
    "check": lambda: fs.check("haswell", "haswel"),
    "records": lambda: pool.records("hosts"),
    "remove": lambda: pool.remove("host", "ares"),
    "remove index": lambda: pool.remove("host", 9),
    "merge": lambda: pool.merge(None),
    "vm cpu": lambda: pool.vm_cpu(0),
    "inventory": lambda: fs.inventory([POOL, "/no/such/file"]),
    "inventory of wrong things": lambda: fs.inventory([POOL, 5]),
    "inventory of nothing": lambda: fs.inventory([]),
    "pool": lambda: pool.remove("host", 0).remove("host", 0).pool(),
    "vm": lambda: whole.vm("nosuch"),
    "vm index": lambda: fs.VM(whole, 99),
    "guest": lambda: whole.level("HVM"),
    "command": lambda: whole.vms[0].command("explode"),
    "command host": lambda: whole.vms[0].command("move", 7),
    "compare": lambda: fs.compare(whole, None),
    "explain": lambda: fs.explain("x", pool),
    "explain nothing": lambda: fs.explain(None),
    "left out": lambda: fs.left_out("haswel", "xen"),
    "platform": lambda: fs.policy("haswell", "quemu"),
    "target": lambda: fs.policy("haswell", "qemu", "qemu-1"),
    "strict": lambda: fs.policy("haswell+uintr", "qemu", strict=True),
    "policy of a wrong thing": lambda: fs.policy(["haswell", 5], "qemu"),
    "new": lambda: fs.Cpu(),
    "feature": lambda: fs.Feature("avx22"),
}


class Leaks(unittest.TestCase):
    def setUp(self):
        if mallinfo is None:
            self.skipTest("this C library has no mallinfo2")
        if not os.environ.get("PYTHONMALLOC", "").startswith("malloc"):
            self.skipTest("Python does not allocate through malloc")

    def grows(self, work):
        """Bytes a call; what Python's caches take once counts for less the more calls there are."""
        least = float("inf")
        for times in (300, 300, 3000, 3000, 6000):
            for _ in range(20):
                work()
            before = in_use()
            for _ in range(times):
                work()
            least = min(least, (in_use() - before) / times)
            if least < 4:
                break
        return least

    def test_good_ways(self):
        for name, work in GOOD.items():
            self.assertLess(self.grows(work), 8, name)

    def test_bad_ways(self):
        for name, work in BAD.items():
            with self.assertRaises(Exception, msg=name):
                work()

            def quietly():
                try:
                    work()
                except Exception:
                    pass

            self.assertLess(self.grows(quietly), 8, name)

    def test_it_would_notice(self):
        kept = []
        self.assertGreater(self.grows(lambda: kept.append(fs.FeatureSet([1]))), 256)

    @unittest.skipUnless(hasattr(sys, "getrefcount"), "needs reference counts")
    def test_references(self):
        """None, the types and NotImplemented neither gain nor lose references."""
        watched = [None, True, NotImplemented, fs.FeatureSet, fs.Cpu, fs.Level, fs.FeatureSetArray, fs.Feature.AVX2]
        works = list(GOOD.values()) + [self.quiet(work) for work in BAD.values()]
        for work in works:
            work()
        before = [sys.getrefcount(thing) for thing in watched]
        for _ in range(400):
            for work in works:
                work()
        gc.collect()
        for thing, count in zip(watched, before):
            self.assertLess(abs(sys.getrefcount(thing) - count), 200, thing)

    @staticmethod
    def quiet(work):
        def quietly():
            try:
                work()
            except Exception:
                pass

        return quietly


if __name__ == "__main__":
    unittest.main()
