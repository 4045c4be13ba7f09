# SPDX-License-Identifier: MIT
"""Nothing that Python passes can crash the process.

Every function, type, method and attribute is found by looking, so that a new
one is here without an edit, and is called with everything that does not belong
there.  A call may raise what it likes but SystemError, which means that C broke
Python's rules.  The proof is that this process lives to its end, under the
address sanitizer and with Python's debugging allocator too.
"""
import copy
import copyreg
import gc
import inspect
import os
import pickle
import random
import re
import subprocess
import sys
import unittest

import featset as fs
from featset import _featset

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
POOL = os.path.join(ROOT, "examples", "pools", "hera-zeus", "hosts.txt")
ALL = os.path.join(ROOT, "examples", "pools", "hera-zeus")
TYPES = (fs.FeatureSet, fs.FeatureSetArray, fs.Cpu, fs.Baseline, fs.Level, fs.Inventory, fs.Host, fs.Check, fs.Feature,
         fs.FeatsetError, fs.ReadError, fs.UnknownNameError, fs.Cpu.__mro__[1], fs.Pool, fs.PoolHost, fs.VM, fs.PoolCheck,
         fs.Change, fs.HostChange, fs.Explanation, _featset.PoolCore, _featset.ChangeCore, _featset.ExplanationCore,
         fs.Policy, _featset.PolicyCore)
OURS = {name for name in vars(fs.Feature.__mro__[1])
        if not name.startswith("_") or name in ("_missing_", "__str__", "__repr__", "__format__", "__reduce_ex__")}
NOT_PYTHON = re.compile(r"in method '|argument \d+ of type|\b(featset|fsg|fspy|FEATSET)_\w|(?i:swig)(?!_destroy)|\bNULL\b|no file, |"
                        r"\b(FeatureSet|FeatureSetArray|Cpu|Baseline|Level|Inventory|PoolCore|ChangeCore|ExplanationCore|PolicyCore)_\w")
ROUNDS = int(os.environ.get("FEATSET_ROUNDS", "1"))


class Evil:
    """Says that it is everything, and then raises, or gives nonsense."""

    def __init__(self, answer):
        self.answer = answer

    def _do(self, *args, **kwargs):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    __index__ = __int__ = __iter__ = __len__ = __getitem__ = __contains__ = __eq__ = __hash__ = __fspath__ = _do
    __and__ = __rand__ = __or__ = __ror__ = __lt__ = __le__ = __bool__ = __call__ = __str__ = __repr__ = __next__ = _do
    read = _do

    @property
    def this(self):
        return self._do()

    thisown = __swig_destroy__ = this


class Str(str):
    pass


class Int(int):
    pass


class Unfinished(fs.FeatureSet):
    """Does not call its parent's constructor."""

    def __init__(self, *args):
        pass

    def __new__(cls, *args):
        return fs.FeatureSet.__new__(cls)


def unfinished():
    """Objects that nobody finished constructing, as far as that is possible at all."""
    for kind in TYPES:
        for make in (lambda: kind.__new__(kind), lambda: object.__new__(kind), lambda: int.__new__(kind),
                     lambda: copyreg.__newobj__(kind), lambda: copyreg._reconstructor(kind, object, None)):
            try:
                made = make()
            except Exception:
                continue
            yield made
    yield Unfinished()


def values():
    pool = fs.load(POOL)
    level = fs.level(pool, "xenserver")
    grown = [1]
    yield from (None, True, False, 0, 1, -1, 5, 63, 64, 165, 2047, 2048, 2**31, 2**32, 2**63, -2**63, 2**64, 2**200, 3.5,
                float("nan"), 1j, "", " ", "x", "avx2", "avx2 bmi2", "haswell", "xen", "safe", "all", "hvm", "host", "-avx2",
                "avx2\0bmi2", "\0", "\ud800", "ä" * 300, "a" * 200000, "+" * 70000, "%s%n%d", "../..", "/", ".", b"", b"\0", b"avx2",
                b"\0" * 256, b"\xff" * 512, b"x" * 257, bytearray(256), memoryview(b"y" * 512)[::2], memoryview(bytes(256)), [],
                [None], ["avx2"], [165, "x"], grown, (), (None,), {}, {"avx2": 1}, set(), {1}, range(3), range(2**40, 2**40 + 2),
                iter([1, 2]), (x for x in "abc"), object(), object, type, int, len, lambda *a: None, Ellipsis,
                NotImplemented, slice(None), slice(1, None, -2), slice(2**70, -2**70, 3), ValueError("x"), Str("avx2"),
                Int(165), Int(2**70), Str("a\0b"))
    for answer in (None, -1, 5, 2**100, "avx2", b"\0", [], RuntimeError("evil"), MemoryError("evil"), object()):
        yield Evil(answer)
    yield from (fs.FeatureSet(), fs.FeatureSet(range(2048)), fs.FeatureSetArray(["avx2"]), fs.FeatureSetArray(), pool,
                level, level.cpu, level.hosts, fs.baseline("haswell"), pool[0], pool[1].hvm, fs.Feature.AVX2,
                fs.Feature(2047), fs.check("avx2", "bmi2"), fs.words, fs.words[0])
    whole = pool.pool()
    change = fs.compare(whole, whole.without("zeus"))
    yield from (whole, whole.hosts[0], whole.host("hera"), change, change.hosts[1], whole._core, change._core,
                _featset.explain(b"NO_HOSTS_AVAILABLE", whole._core), _featset.policy("haswell", "qemu", "", ""), fs.pool(ALL).vms[0])
    # Types that Python code can change would not be the same afterwards; C's must be.
    yield from TYPES[:6]
    yield from unfinished()


def targets():
    """(name, callable) of all there is."""
    for module in (fs, _featset):
        for name in sorted(set(dir(module)) | set(getattr(module, "__all__", ()))):
            thing = getattr(module, name, None)
            if callable(thing) and name not in ("__loader__", "Sequence", "Set"):
                yield "%s.%s" % (module.__name__, name), thing
    pool = fs.load(POOL)
    level = fs.level(pool)
    objects = [fs.FeatureSet("avx2"), fs.FeatureSetArray(["avx2"]), level, level.cpu, fs.baseline("haswell"), pool, pool[0],
               fs.check("avx2", "bmi2"), fs.Feature.AVX2, fs.FeatsetError("x"), fs.ReadError("x")]
    whole = fs.pool(ALL)
    change = fs.compare(whole, whole.without("zeus"))
    objects += [whole, whole.hosts[0], whole.vms[0], whole.check("mail", "zeus"), change, change.hosts[0],
                fs.explain("NO_HOSTS_AVAILABLE")[0], fs.policy("haswell", "qemu")]
    for thing in objects + list(TYPES):
        for name in dir(thing):
            if name in ("__class__", "__subclasses__", "mro"):
                continue
            # What int and Enum do is Python's own business: 165 to the power of 2**63, aliases without a name.
            if (isinstance(thing, int) or thing is fs.Feature) and name not in OURS:
                continue
            try:
                attribute = getattr(thing, name)
            except Exception:
                continue
            if callable(attribute) and attribute not in (object.__setattr__, object.__delattr__):
                label = thing.__name__ if isinstance(thing, type) else type(thing).__name__
                yield "%s.%s" % (label, name), attribute


class Hostile(unittest.TestCase):
    longMessage = False

    def call(self, label, function, *args):
        self.call_with(label, function, args, {})

    def call_with(self, label, function, args, keywords):
        try:
            result = function(*args, **keywords)
        except SystemError as error:
            self.fail("%s%r: SystemError: %s" % (label, tuple(map(type, args)), error))
        except Exception as error:
            self.read(label, error)
            return
        self.use(result)

    def read(self, label, error):
        """Nobody who reads a message notices C or SWIG."""
        try:
            text = str(error)
        except Exception:
            return
        self.assertIsNone(NOT_PYTHON.search(text), "%s: %s" % (label, text))

    @staticmethod
    def use(result):
        """What came out must be whole."""
        if isinstance(result, (fs.FeatureSet, fs.Cpu, fs.Baseline, fs.Level, fs.Inventory, fs.FeatureSetArray)):
            repr(result), bool(result), hash(result) if not isinstance(result, fs.FeatureSetArray) else 0
            getattr(result, "features", None) if not isinstance(result, fs.Inventory) else len(result)

    def setUp(self):
        self.values = list(values())
        self.targets = list(targets())
        self.here = os.getcwd()

    def tearDown(self):
        os.chdir(self.here)
        gc.collect()

    def test_there_is_something_to_call(self):
        names = {name for name, _ in self.targets}
        for name in ("featset.level", "featset._featset.read", "FeatureSet.union", "Level.lost", "Inventory.slot",
                     "Pool.check", "VM.command", "PoolHost.price", "featset._featset.pool_missing", "FeatureSet.from_bytes", "FeatureSetArray.__getitem__", "Cpu.__copy__", "Cpu.__new__"):
            self.assertIn(name, names, name)
        self.assertGreater(len(self.values), 100)

    def test_one_argument(self):
        for label, function in self.targets:
            self.call(label, function)
            for value in self.values:
                self.call(label, function, value)

    def test_several_arguments(self):
        draw = random.Random(1)
        for label, function in self.targets:
            for _ in range(25 * ROUNDS):
                self.call(label, function, *draw.choices(self.values, k=draw.choice((2, 2, 2, 3, 4))))

    def test_keywords(self):
        draw = random.Random(2)
        names = ["dialect", "edges", "index", "slot", "word", "rule", "hosts", "cpu", "guest", "host", "format", "limit",
                 "name", "data", "path", "error", "self", "feature", "all_cpus", "msr", "MAYBE", "source", "text", "x\0y", ""]
        for label, function in self.targets:
            if label.endswith(("__setattr__", "__delattr__")):
                continue
            for _ in range(15 * ROUNDS):
                keywords = {name: draw.choice(self.values) for name in draw.sample(names, draw.choice((1, 2, 3)))}
                self.call_with(label, function, draw.choices(self.values, k=draw.choice((0, 0, 1, 2))), keywords)

    def test_attributes(self):
        for thing in self.values:
            # A member of an enumeration is Python's own and can be spoilt, as any other.
            if type(thing) not in TYPES or isinstance(thing, int):
                continue
            for name in dir(thing):
                self.call(name, getattr, thing, name)
                self.call(name, delattr, thing, name)
                for value in self.values[::7]:
                    self.call(name, setattr, thing, name, value)
            for name in ("this", "thisown", "ptr", "next", "dict", "__dict__", "__slots__", "x\0y"):
                self.call(name, getattr, thing, name)
                self.call(name, setattr, thing, name, 1)

    def test_descriptors_of_others(self):
        """A method or attribute taken from the type and used on something else."""
        for kind in TYPES:
            for name in dir(kind):
                attribute = inspect.getattr_static(kind, name)
                for value in self.values[::3]:
                    if isinstance(value, type):
                        continue
                    if hasattr(type(attribute), "__get__"):
                        self.call(name, type(attribute).__get__, attribute, value, type(value))
                    if callable(attribute):
                        self.call(name, attribute, value)
                        self.call(name, attribute, value, None)

    def test_types_are_closed(self):
        for kind in TYPES[:6]:
            for name in list(vars(kind))[:30] + ["__new__", "__init__", "x"]:
                with self.assertRaises(TypeError):
                    setattr(kind, name, None)
        for kind in (fs.Cpu, fs.Baseline, fs.Level, fs.Inventory, fs.FeatureSetArray):
            with self.assertRaises(TypeError):
                type("Sub", (kind,), {})

    def test_operators(self):
        import operator

        names = ("and_", "or_", "xor", "sub", "le", "lt", "ge", "gt", "eq", "ne", "contains", "getitem", "iand", "ior",
                 "add", "mul", "matmul", "concat", "delitem", "mod")
        ours = [value for value in self.values if type(value) in TYPES and not isinstance(value, int)]
        for name in names:
            for left in ours:
                for right in self.values:
                    self.call(name, getattr(operator, name), left, right)
                    self.call(name, getattr(operator, name), right, left)
        for name in ("int", "float", "complex", "len", "iter", "list", "bytes", "bytearray", "memoryview", "hash", "repr",
                     "ascii", "abs", "reversed", "sorted", "dir", "vars", "bool", "str", "oct", "round", "next", "sum"):
            for value in ours:
                self.call(name, __builtins__[name] if isinstance(__builtins__, dict) else getattr(__builtins__, name), value)
        for value in ours:
            for function in (copy.copy, copy.deepcopy, pickle.dumps, gc.get_referents, inspect.signature):
                self.call(function.__name__, function, value)

    def test_wrong_pickles(self):
        for kind in (fs.FeatureSet, fs.Cpu, fs.Baseline, fs.Level, fs.Inventory, fs.Host, fs.FeatureSetArray, fs.Check):
            for value in self.values[::2]:
                self.call("copyreg", copyreg.__newobj__, kind, value)
                self.call("copyreg", copyreg.__newobj__, kind)
                self.call("copyreg", copyreg._reconstructor, kind, object, None)

    def test_a_sequence_that_changes(self):
        """The list of hosts shrinks while it is read."""
        hosts = ["haswell"] * 50

        class Shrinks:
            def __iter__(self):
                for item in hosts:
                    del hosts[:]
                    gc.collect()
                    yield item

        self.assertEqual(len(fs.level(Shrinks()).hosts), 1)
        self.call("raw", _featset.level, Shrinks())

        class Grows(list):
            def __iter__(self):
                raise RuntimeError("no")

        self.call("raw", _featset.level, Grows(["haswell"]))

    def test_deep_and_long(self):
        deep = []
        for _ in range(5000):
            deep = [deep]
        self.call("deep", fs.FeatureSet, deep)
        self.call("deep", fs.level, deep)
        with self.assertRaises(Exception):
            fs.FeatureSet(value for value in iter(lambda: 1 / 0, 1))
        self.assertEqual(len(fs.level(["haswell"] * 3000).hosts), 3000)

    def test_the_collector_looks_on(self):
        """Whoever is called by the garbage collector sees only whole lists."""
        code = """
import gc
import featset as fs

def look(phase, info):
    for thing in gc.get_objects():
        if type(thing) is list:
            for item in thing:
                hash(type(item))

everything = fs.FeatureSet(range(2048))
pool = fs.level(["haswell"] * 20)
fs.Feature
gc.callbacks.append(look)
gc.set_threshold(1)
list(everything), everything.names(), pool.hosts, fs.baselines(), fs.formats()
fs.FeatureSetArray(["avx2"] * 20).__reduce__()
"""
        done = subprocess.run([sys.executable, "-c", code], stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0)

    def test_threads(self):
        import threading

        pool, failures = fs.load(POOL), []

        def work():
            try:
                for _ in range(30):
                    level = fs.level(pool, "xenserver")
                    assert [str(f) for f in level.lost(0)][0] == "fma"
                    assert eval(repr(level.features), vars(fs)) == level.features
                    fs.Feature(random.randrange(2048))
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])


if __name__ == "__main__":
    unittest.main()
