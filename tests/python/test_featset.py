# SPDX-License-Identifier: MIT
"""The Python module, against what is known without it: manuals, the psABI, XAPI's strings, frozenset."""
import array
import copy
import gc
import io
import itertools
import os
import pickle
import random
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Sequence, Set

import featset as fs

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
POOL = os.path.join(ROOT, "examples", "pools", "hera-zeus", "hosts.txt")

# Intel SDM volume 2A, CPUID: name -> (leaf, subleaf, register, bit), by the number of featset's word.
MANUAL = {"fpu": (0, 0), "sse2": (0, 26), "sse3": (1, 0), "ssse3": (1, 9), "fma": (1, 12), "aes": (1, 25),
          "avx": (1, 28), "rdrand": (1, 30), "bmi1": (5, 3), "avx2": (5, 5), "bmi2": (5, 8), "avx512f": (5, 16),
          "sha_ni": (5, 29), "vaes": (6, 9)}
# System V x86-64 psABI, micro-architecture levels: what v3 has over v2, in Linux's spelling.
V3 = "avx avx2 bmi1 bmi2 f16c fma abm movbe"

# Two leaves of a Core i7-3770K, as `cpuid -1 -r` prints them.
DUMP = """CPU:
   0x00000000 0x00: eax=0x0000000d ebx=0x756e6547 ecx=0x6c65746e edx=0x49656e69
   0x00000001 0x00: eax=0x000306a9 ebx=0x00100800 ecx=0x7fbae3ff edx=0xbfebfbff
"""


def numbers(*names):
    return {MANUAL[name][0] * 32 + MANUAL[name][1] for name in names}


def random_sets(count, seed=7):
    draw = random.Random(seed)
    sizes = [0, 1, 2, 30, 200, 2048]
    return [frozenset(draw.sample(range(2048), draw.choice(sizes))) for _ in range(count)]


class Interpreters(unittest.TestCase):
    def run_code(self, code):
        done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout.decode())
        return done.stdout.decode()

    def test_another_one_is_refused(self):
        """Objects never cross from one interpreter to another."""
        inner = """
try:
    import featset
except ImportError as error:
    assert "interpreter" in str(error), error
    print("refused", flush=True)
"""
        code = """
try:
    import _interpreters as other
except ImportError:
    import _xxsubinterpreters as other

def run(text):
    for arguments in (["legacy"], {}), ([], {"isolated": False}), ([], {}):
        try:
            interpreter = other.create(*arguments[0], **arguments[1])
            break
        except TypeError:
            pass
    getattr(other, "exec", getattr(other, "run_string", None))(interpreter, text)
    other.destroy(interpreter)

import featset as fs
features = list(fs.FeatureSet("haswell"))
run(%r)
run(%r)
assert features == list(fs.FeatureSet("haswell"))
""" % (inner, inner)
        self.assertEqual(self.run_code(code).split(), ["refused", "refused"])

    def test_a_second_import(self):
        self.run_code("""
import sys
import featset as fs
first = fs.FeatureSet("haswell")
for name in [name for name in sys.modules if name.startswith("featset")]:
    del sys.modules[name]
import featset as again
assert again is not fs and again.FeatureSet is fs.FeatureSet
assert first == again.FeatureSet("haswell") and list(first) == list(again.FeatureSet("haswell"))
assert again.Feature.AVX2 in first
""")


class Messages(unittest.TestCase):
    """The kind of error that Python's own types raise, in plain words."""

    def test_arguments(self):
        pool = fs.load(POOL)
        level, one = fs.level(pool), fs.FeatureSet("avx2")
        for kind, words, function, arguments in (
            (TypeError, "expected an index, not NoneType", level.lost, (None,)),
            (TypeError, "expected an index, not NoneType", pool.name, (None,)),
            (TypeError, "expected an index, not str", pool.slot, ("x",)),
            (IndexError, "the level has no host of that index", level.lost, (-1,)),
            (IndexError, "the level has no host of that index", level.lost, (2**70,)),
            (IndexError, "the level has no host of that index", level.lost, (-2**70,)),
            (IndexError, "the inventory has no host of that index", pool.uuid, (2**64 - 1,)),
            (TypeError, r"^word\(\) missing required argument 'word'", one.word, ()),
            (TypeError, r"^lost\(\) takes at most 1 argument", level.lost, (1, 2)),
            (TypeError, "expected the name of a format, not NoneType", fs.dumps, ("avx2", None)),
            (fs.UnknownNameError, "^no baseline or feature is called 'nosuch'$", fs.FeatureSet, ("nosuch",)),
            (fs.UnknownNameError, "^no baseline or feature is called 'nosuch'$", fs.level, (["nosuch"],)),
        ):
            with self.assertRaisesRegex(kind, words):
                function(*arguments)

    def test_limits(self):
        self.assertEqual(len(fs.load(POOL, limit=None)), len(fs.load(POOL)))
        self.assertEqual(len(fs.load(POOL, limit=2**70)), len(fs.load(POOL)))
        for source in POOL, b"x":
            for limit, kind in (-1, ValueError), (-2**70, ValueError), ("q", TypeError), (1.5, TypeError):
                with self.assertRaisesRegex(kind, "number of bytes"):
                    fs.load(source, limit=limit)


class CopiedErrors(unittest.TestCase):
    def test_nothing_gets_lost(self):
        import errno

        for source, names in (("/nonexistent/dump", ("errno", "filename", "strerror")), (b"\0", ())):
            with self.assertRaises(fs.FeatsetError) as caught:
                fs.load(source)
            error = caught.exception
            if names:
                self.assertEqual((error.errno, error.filename), (errno.ENOENT, "/nonexistent/dump"))
            error.remark = [1]
            for again in copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error)):
                self.assertIs(type(again), type(error))
                for name in names + ("args", "text", "file", "line", "column", "remark"):
                    self.assertEqual(getattr(again, name), getattr(error, name), name)
                self.assertEqual(str(again), str(error))


class Buffers(unittest.TestCase):
    def test_formats(self):
        """PEP 3118: only unsigned integers in the machine's order mean what the memory says."""
        import ctypes

        little = sys.byteorder == "little"
        foreign, own = ("__ctype_be__", "__ctype_le__") if little else ("__ctype_le__", "__ctype_be__")
        zeros = memoryview(bytes(256))
        good = [bytes(256), bytearray(256), zeros, array.array("Q", [0] * 32), array.array("I", [0] * 64),
                (getattr(ctypes.c_uint64, own) * 32)(), (ctypes.c_uint8 * 256)()]
        good += [zeros.cast(code) for code in "cHILQN"]
        wrong = [array.array("d", [0] * 32), array.array("q", [0] * 32), (ctypes.py_object * 32)(),
                 (getattr(ctypes.c_uint64, foreign) * 32)(), (ctypes.c_void_p * 32)(), (ctypes.c_bool * 256)()]
        wrong += [zeros.cast(code) for code in "bhilqdf?P"]
        for take in fs.FeatureSetArray, fs.FeatureSet.from_bytes, lambda data: len(fs.loads(data, "msr")):
            for source in good:
                try:
                    take(source)
                except fs.FeatsetError:
                    pass
            for source in wrong:
                with self.assertRaisesRegex(TypeError, "unsigned integers"):
                    take(source)

    def test_column_by_column(self):
        import ctypes

        take, give = ctypes.pythonapi.PyObject_GetBuffer, ctypes.pythonapi.PyBuffer_Release
        take.argtypes, give.argtypes = (ctypes.py_object, ctypes.c_void_p, ctypes.c_int), (ctypes.c_void_p,)
        view = ctypes.create_string_buffer(256)
        for flags in 0x08 | 0x10 | 0x20, 0x08 | 0x10 | 0x80, 0x08 | 0x10, 0x08, 0:  # C, any, strides, shape, simple
            take(fs.FeatureSetArray(["avx2", "fma"]), view, flags)
            give(view)
        with self.assertRaises(BufferError):
            take(fs.FeatureSetArray(["avx2", "fma"]), view, 0x08 | 0x10 | 0x40)

    def test_a_circle_is_collected(self):
        import weakref

        class Memory(bytearray):
            pass

        for part in slice(None), slice(0, 1):
            memory = Memory(512)
            memory.array = fs.FeatureSetArray(memory)[part]
            gone = weakref.ref(memory)
            del memory
            gc.collect()
            self.assertIsNone(gone())


class OpenFiles(unittest.TestCase):
    def test_limit(self):
        size = os.path.getsize(POOL)
        with open(POOL, "rb") as file:
            content = file.read()

        def each(limit):
            yield lambda: fs.load(content, limit=limit), None
            yield lambda: fs.load(POOL, limit=limit), POOL
            yield lambda: fs.load(io.BytesIO(content), limit=limit), None
            for arguments in ("rb",), ("rb", 0), ("r",):
                with open(POOL, *arguments) as file:
                    yield lambda: fs.load(file, limit=limit), POOL
                    file.seek(0)  # it is still open

        for load, name in each(size):
            self.assertEqual(len(load()), 2)
        for load, name in each(size - 1):
            with self.assertRaisesRegex(fs.InputError, "limit") as caught:
                load()
            self.assertEqual(caught.exception.file, name)

    def test_an_endless_file(self):
        class Endless(io.RawIOBase):
            given = 0

            def readable(self):
                return True

            def readinto(self, buffer):
                self.given += len(buffer)
                return len(buffer)

        endless = Endless()
        with self.assertRaisesRegex(fs.InputError, "limit of 5000000 bytes"):
            fs.load(endless, limit=5000000)
        self.assertLess(endless.given, 8000000)

    def test_errors_have_the_name(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "names.txt")
            with open(path, "w") as file:
                file.write("avx2\navx22\n")
            with open(path) as file, self.assertRaises(fs.UnknownNameError) as caught:
                fs.load(file, "names")
            self.assertEqual((caught.exception.file, caught.exception.line), (path, 2))
        for name in 0, None, b"x", "a\0b", "\ud800":
            file = io.BytesIO(b"avx22\n")
            file.name = name
            with self.assertRaises(fs.UnknownNameError) as caught:
                fs.load(file, "names")
            self.assertIsNone(caught.exception.file)


class Hosts(unittest.TestCase):
    def test_a_host_has_features(self):
        pool = fs.load(POOL)
        hera, zeus = pool
        one, two = hera.features, zeus.features
        self.assertEqual(fs.FeatureSet(hera), one)
        self.assertEqual(fs.FeatureSet().union(hera, zeus), one | two)
        self.assertEqual(one.intersection(zeus), one & two)
        self.assertEqual((two.issubset(hera), one.issubset(zeus), one.issuperset(zeus), one.isdisjoint(zeus)),
                         (two <= one, one <= two, one >= two, False))
        self.assertEqual(list(fs.FeatureSetArray(pool)), [one, two])
        single = fs.loads(DUMP)
        self.assertEqual(fs.FeatureSet(single), single.features)
        self.assertEqual(fs.FeatureSet().union(single, hera), single.features | one)
        with self.assertRaisesRegex(ValueError, "2 hosts"):
            fs.FeatureSet(pool)
        with self.assertRaises(TypeError):
            fs.FeatureSet(fs.check("avx2", "fma"))


class Labelled(fs.FeatureSet):
    pass


class Objects(unittest.TestCase):
    def test_weak_references(self):
        import weakref

        for kind in fs.FeatureSet, Labelled:
            one, told = kind("avx2 fma"), []
            weak = weakref.ref(one, told.append)
            self.assertIs(weak(), one)
            del one
            self.assertEqual((weak(), told), (None, [weak]))

    def test_what_a_subclass_adds(self):
        one = Labelled("avx2 fma")
        for again in pickle.loads(pickle.dumps(Labelled("avx2"))), copy.copy(Labelled("avx2")):
            self.assertEqual((type(again), again), (Labelled, fs.FeatureSet("avx2")))
        one.label = ["pool"]
        shallow, deep, pickled = copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))
        for again in shallow, deep, pickled:
            self.assertEqual((type(again), again, again.label), (Labelled, one, ["pool"]))
            self.assertIsNot(again, one)
        self.assertIs(shallow.label, one.label)
        self.assertIsNot(deep.label, one.label)
        plain = fs.FeatureSet(one)
        self.assertIs(copy.copy(plain), plain)

    def test_an_inventory_claims_no_more_than_it_does(self):
        """`count` is a number there: it is no Sequence."""
        self.assertNotIsInstance(fs.load(POOL), Sequence)


class Algebra(unittest.TestCase):
    """frozenset is the model: the same answers for the same numbers."""

    def setUp(self):
        self.models = random_sets(40) + [frozenset()]
        self.models += [model & other for model, other in zip(self.models, self.models[1:])]
        self.models += [model | other for model, other in zip(self.models[:20], self.models[1:])]
        self.pairs = [(model, fs.FeatureSet(model)) for model in self.models]

    def test_one(self):
        for model, ours in self.pairs:
            self.assertEqual([int(f) for f in ours], sorted(model))
            self.assertEqual(len(ours), len(model))
            self.assertEqual(bool(ours), bool(model))
            for number in (0, 31, 32, 165, 2047):
                self.assertEqual(number in ours, number in model)

    def test_two(self):
        def back(result):
            self.assertIs(type(result), fs.FeatureSet)
            return frozenset(map(int, result))

        for a, x in self.pairs:
            for b, y in self.pairs[::3]:
                self.assertEqual(back(x & y), a & b)
                self.assertEqual(back(x | y), a | b)
                self.assertEqual(back(x ^ y), a ^ b)
                self.assertEqual(back(x - y), a - b)
                self.assertEqual((x <= y, x < y, x >= y, x > y, x == y, x != y),
                                 (a <= b, a < b, a >= b, a > b, a == b, a != b))
                self.assertEqual(x.isdisjoint(y), a.isdisjoint(b))
                self.assertEqual(x.issubset(y), a.issubset(b))
                self.assertEqual(x.issuperset(y), a.issuperset(b))
                self.assertEqual(back(x.symmetric_difference(y)), a.symmetric_difference(b))
                self.assertEqual(x == y, hash(x) == hash(y))

    def test_many(self):
        (a, x), (b, y), (c, z) = self.pairs[:3]
        for method in ("union", "intersection", "difference"):
            for others, ours in (((), ()), ((b,), (y,)), ((b, c), (y, list(z)))):
                expected = getattr(a, method)(*others)
                self.assertEqual(set(map(int, getattr(x, method)(*ours))), expected)

    def test_as_key(self):
        table = {ours: index for index, (_, ours) in enumerate(self.pairs)}
        for model, ours in self.pairs:
            self.assertEqual(model, self.pairs[table[fs.FeatureSet(sorted(model))]][0])
        self.assertEqual(len(table), len(set(self.models)))

    def test_foreign(self):
        x = fs.FeatureSet("avx2")
        for other in (None, 5, "avx2", {165}, frozenset([165]), [165], object()):
            for operator in ("__and__", "__or__", "__xor__", "__sub__", "__rand__", "__le__", "__lt__", "__ge__",
                             "__gt__", "__eq__", "__ne__"):
                self.assertIs(getattr(x, operator)(other), NotImplemented, (operator, other))
            self.assertFalse(x == other)
            self.assertTrue(x != other)
            with self.assertRaises(TypeError):
                x & other
            with self.assertRaises(TypeError):
                x <= other

    def test_reflected(self):
        class Other:
            def __rand__(self, other):
                return "mine"

        self.assertEqual(fs.FeatureSet() & Other(), "mine")

    def test_is_a_set(self):
        x = fs.FeatureSet("avx2 bmi2")
        self.assertIsInstance(x, Set)
        self.assertEqual(Set.__le__(x, fs.FeatureSet("avx2 bmi2 fma")), True)
        x_before = x
        x &= fs.FeatureSet("avx2")
        self.assertEqual((str(x), len(x_before)), ("FeatureSet('avx2')", 2))

    def test_immutable(self):
        x = fs.FeatureSet("avx2")
        for name in ("this", "thisown", "acquire", "disown", "append", "__dict__", "add", "anything"):
            self.assertFalse(hasattr(x, name), name)
            with self.assertRaises(AttributeError):
                setattr(x, name, 1)
        with self.assertRaises(TypeError):
            fs.FeatureSet.anything = 1
        x.__init__()
        self.assertEqual(x, fs.FeatureSet("avx2"))
        with self.assertRaises(TypeError):
            memoryview(x)[0] = 1


class Features(unittest.TestCase):
    def test_places(self):
        for name, (word, bit) in MANUAL.items():
            self.assertEqual(int(fs.Feature(name)), word * 32 + bit, name)
            self.assertEqual(fs.Feature(name).bit, bit)
            self.assertEqual(fs.words[word].name, fs.Feature(name).word)
        self.assertEqual(fs.Feature.AVX2.word, "7.0.ebx")
        self.assertEqual(fs.words[5], (5, "7.0.ebx", "cpuid", 7, 0, "ebx", 0xFFFFFFFF))
        self.assertEqual(len(fs.words), 64)

    def test_enumeration(self):
        import enum

        self.assertTrue(issubclass(fs.Feature, enum.IntEnum))
        self.assertIs(fs.Feature.AVX2, fs.Feature["AVX2"])
        self.assertIs(fs.Feature.AVX2, fs.Feature("AVX2"))
        self.assertIs(fs.Feature.AVX2, fs.Feature(165))
        self.assertEqual(fs.Feature.AVX2, 165)
        self.assertEqual(fs.Feature.AVX2.name, "AVX2")
        self.assertEqual((str(fs.Feature.AVX2), "%s" % fs.Feature.AVX2, f"{fs.Feature.AVX2:>5}"),
                         ("avx2", "avx2", " avx2"))
        self.assertEqual([type(f) for f in fs.FeatureSet("avx2")], [fs.Feature])
        self.assertIs(next(iter(fs.FeatureSet("avx2"))), fs.Feature.AVX2)

    def test_every_row(self):
        """The rows of the table themselves: a new one is here without an edit."""
        import re

        path = os.path.join(ROOT, "libfeatset", "featset", "features.def")
        with open(path) as rows:
            found = re.findall(r'^FEATURE\((\w+), "([^"]*)", (\d+), (\d+)', rows.read(), re.M)
        self.assertGreater(len(found), 500)
        for name, canonical, word, bit in found:
            self.assertEqual((int(fs.Feature[name]), str(fs.Feature[name])), (int(word) * 32 + int(bit), canonical))
        self.assertEqual(len(fs.Feature), len(found))

    def test_bits_without_a_name(self):
        bit = fs.Feature(2016 + 31)
        self.assertIs(bit, fs.Feature(2047))
        self.assertIsInstance(bit, fs.Feature)
        self.assertEqual(pickle.loads(pickle.dumps(bit)), bit)
        self.assertIsNone(bit.summary)
        self.assertIn(bit, fs.FeatureSet([2047]))
        self.assertEqual(list(fs.FeatureSet([2047])), [bit])
        for wrong in (-1, 2048, 1 << 80, None, 1.5, object()):
            with self.assertRaises(ValueError):
                fs.Feature(wrong)

    def test_pickle(self):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            self.assertIs(pickle.loads(pickle.dumps(fs.Feature.AVX2, protocol)), fs.Feature.AVX2)

    def test_neighbours(self):
        self.assertIn("avx", fs.Feature.AVX2.requires)
        self.assertIn("avx2", fs.Feature.AVX.dependants)
        self.assertEqual(fs.Feature.AVX2.kind, "capability")
        self.assertEqual(fs.Feature.SSE3.spell("linux"), "pni")
        self.assertTrue(fs.Feature.AVX2.summary)

    def test_in(self):
        x = fs.FeatureSet("avx2 sse3")
        for item in ("avx2", "AVX2", "pni", "linux:pni", "7.0.ebx[5]", fs.Feature.AVX2, 165):
            self.assertIn(item, x)
        for item in ("bmi2", fs.Feature.BMI2, 166, -1, 2048, 1 << 100, None, 2.0, ("avx2",)):
            self.assertNotIn(item, x)
        with self.assertRaises(fs.UnknownNameError) as caught:
            "avx22" in x
        self.assertIn("avx2", str(caught.exception))


class Values(unittest.TestCase):
    def test_made_from(self):
        x = fs.FeatureSet("avx2 bmi2")
        self.assertEqual({int(f) for f in x}, numbers("avx2", "bmi2"))
        for same in ("avx2,bmi2", "avx2+bmi2", ["avx2", fs.Feature.BMI2], (f for f in (165, 168)), x,
                     "avx2 bmi2 fma-fma", {165: 1, 168: 2}):
            self.assertEqual(fs.FeatureSet(same), x)
        self.assertIs(fs.FeatureSet(x), x)
        for nothing in ((), "", " \n", [], set()):
            self.assertEqual(len(fs.FeatureSet(nothing)), 0)
        haswell = fs.baseline("haswell")
        self.assertEqual(fs.FeatureSet(haswell), haswell.features)
        self.assertEqual(fs.FeatureSet("haswell-avx2+sha_ni"),
                         haswell.features - fs.FeatureSet("avx2") | fs.FeatureSet("sha_ni"))

    def test_repr(self):
        self.assertEqual(repr(fs.FeatureSet("bmi2,AVX2")), "FeatureSet('avx2 bmi2')")
        self.assertEqual(repr(fs.FeatureSet()), "FeatureSet()")
        everything = [fs.FeatureSet(model) for model in random_sets(30)] + [fs.FeatureSet(range(2048))]
        for x in everything + [b.features for b in fs.baselines()]:
            self.assertEqual(eval(repr(x), {"FeatureSet": fs.FeatureSet}), x)
        self.assertEqual(eval(repr(fs.baseline("zen4")), {"baseline": fs.baseline}), fs.baseline("zen4"))

    def test_copies(self):
        for x in [fs.FeatureSet(model) for model in random_sets(10)]:
            self.assertIs(copy.copy(x), x)
            self.assertIs(copy.deepcopy(x), x)
            self.assertIs(x.copy(), x)
            self.assertEqual(copy.deepcopy([x, x]), [x, x])
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                self.assertEqual(pickle.loads(pickle.dumps(x, protocol)), x)
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            self.assertEqual(pickle.loads(pickle.dumps(fs.baseline("haswell"), protocol)), fs.baseline("haswell"))
        with self.assertRaises(TypeError):
            pickle.dumps(fs.level(["haswell"]))

    def test_bytes(self):
        for model in random_sets(10):
            x = fs.FeatureSet(model)
            expected = sum(1 << number for number in model).to_bytes(256, "little")
            self.assertEqual(x.to_bytes(), expected)
            self.assertEqual(fs.FeatureSet.from_bytes(expected), x)
            self.assertEqual(fs.FeatureSet.from_bytes(bytearray(expected)), x)
            if sys.byteorder == "little":
                self.assertEqual(bytes(x), expected)
                self.assertEqual(memoryview(x).nbytes, 256)
        for wrong in (b"", b"x" * 255, b"x" * 257):
            with self.assertRaises(ValueError):
                fs.FeatureSet.from_bytes(wrong)
        with self.assertRaises(TypeError):
            fs.FeatureSet.from_bytes("x" * 256)

    def test_subclass(self):
        class Mine(fs.FeatureSet):
            """A user's own."""

        mine = Mine("avx2")
        mine.note = "has a dict"
        self.assertEqual((mine, hash(mine)), (fs.FeatureSet("avx2"), hash(fs.FeatureSet("avx2"))))
        self.assertIs(type(mine & mine), fs.FeatureSet)
        self.assertIs(type(Mine.from_bytes(mine.to_bytes())), Mine)
        self.assertEqual(Mine.__new__(Mine), fs.FeatureSet())

    def test_names(self):
        self.assertEqual(fs.FeatureSet("sse3 abm").names(), ["sse3", "abm"])
        self.assertEqual(fs.FeatureSet("sse3 abm").names("linux"), ["pni", "abm"])
        self.assertEqual(fs.FeatureSet("sse3 abm").names(dialect="gcc"), ["sse3", "lzcnt"])
        with self.assertRaises(fs.UnknownNameError):
            fs.FeatureSet().names("klingon")

    def test_words(self):
        self.assertEqual(fs.FeatureSet("avx2 bmi2").word("7.0.ebx"), 1 << 5 | 1 << 8)
        self.assertEqual(fs.FeatureSet("avx2 bmi2").word(5), 1 << 5 | 1 << 8)
        for wrong in (64, -1, 1 << 70):
            with self.assertRaises(ValueError):
                fs.FeatureSet().word(wrong)
        with self.assertRaises(KeyError):
            fs.FeatureSet().word("7.0.eex")

    def test_prerequisites(self):
        self.assertIn("avx", fs.FeatureSet("avx2").closed())
        self.assertEqual(fs.FeatureSet("avx2").pruned(), fs.FeatureSet())
        closed = fs.FeatureSet("avx2").closed("xen")
        self.assertEqual(closed.pruned("xen"), closed)
        with self.assertRaises(KeyError):
            closed.pruned("none")

    def test_html(self):
        html = fs.FeatureSet("avx2 sse3")._repr_html_()
        self.assertIn("7.0.ebx", html)
        self.assertIn(">avx2<", html)
        self.assertIn("2 features", html)
        import xml.dom.minidom

        xml.dom.minidom.parseString(html)


class Catalog(unittest.TestCase):
    def test_psabi(self):
        v2, v3, v4 = (fs.baseline("x86-64-v%d" % n).features for n in (2, 3, 4))
        self.assertTrue(v2 < v3 < v4)
        self.assertLessEqual(fs.FeatureSet(V3), v3)
        self.assertTrue(fs.FeatureSet(V3).isdisjoint(v2))
        self.assertLessEqual(fs.FeatureSet("avx512f avx512bw avx512cd avx512dq avx512vl"), v4 - v3)

    def test_baselines(self):
        names = [b.name for b in fs.baselines()]
        self.assertEqual(len(names), len(set(names)))
        for b in fs.baselines():
            self.assertEqual(fs.baseline(b.name), b)
            self.assertEqual(hash(fs.baseline(b.name)), hash(b))
            self.assertEqual(str(b), b.name)
            self.assertIn(b.kind, ("microarchitecture", "psABI level", "model"))
            self.assertTrue(b.parent is None or names.index(b.parent.name) < names.index(b.name))
            self.assertTrue(b.title)
        self.assertEqual(fs.baseline("Ivy_Bridge".replace("_", "")).vendor, "GenuineIntel")
        self.assertEqual(fs.baseline("haswell").year, 2013)
        self.assertNotEqual(fs.baseline("haswell"), fs.baseline("zen"))
        with self.assertRaises(fs.UnknownNameError) as caught:
            fs.baseline("haswel")
        self.assertIn("haswell", str(caught.exception))

    def test_nearest(self):
        self.assertEqual([b.name for b in fs.nearest("haswell-avx2")][:1], ["ivybridge"])
        self.assertEqual(fs.nearest(fs.baseline("zen4"))[0].name, "zen4")
        self.assertIsNone(fs.identify("haswell"))

    def test_check(self):
        good, bad = fs.check("ivybridge", "haswell"), fs.check("haswell", "ivybridge")
        self.assertTrue(good)
        self.assertFalse(bad)
        self.assertEqual((good.compatible, bad.compatible), ("yes", "no"))
        self.assertEqual(good.missing, fs.FeatureSet())
        self.assertLessEqual(fs.FeatureSet("avx2 bmi1 bmi2 fma movbe abm invpcid"), bad.missing)
        self.assertEqual(eval(repr(bad), vars(fs)), bad)
        self.assertEqual(pickle.loads(pickle.dumps(bad)), bad)
        with self.assertRaises(AttributeError):
            bad.compatible = "yes"


def by_hand(path):
    """The pool's features_hvm_host words, read and ANDed without the library."""
    import re

    with open(path) as text:
        words = re.findall(r"features_hvm_host: ([0-9a-f-]+)", text.read())
    assert len(words) == 2
    return [[int(word, 16) for word in one.split("-")] for one in words]


class Pool(unittest.TestCase):
    def setUp(self):
        self.pool = fs.load(POOL)

    def test_inventory(self):
        self.assertEqual(len(self.pool), 2)
        self.assertEqual([h.name for h in self.pool], ["hera", "zeus"])
        self.assertEqual(self.pool[-1].name, "zeus")
        self.assertEqual(self.pool[0].uuid, "7c1e58d4-93b6-4f0a-8d27-51f6a0c4e9b3")
        self.assertEqual(self.pool.format, "xe")
        self.assertEqual(self.pool.count, 2)
        self.assertEqual(self.pool[0], fs.load(POOL)[0].__class__(self.pool, 0))
        self.assertNotEqual(self.pool[0], self.pool[1])
        with self.assertRaises(IndexError):
            self.pool[2]
        with self.assertRaises(ValueError):
            self.pool.features
        with self.assertRaises(IndexError):
            self.pool.name(2)
        with self.assertRaises(AttributeError):
            self.pool[0].index = 1

    def test_hosts(self):
        hera, zeus = self.pool
        for host, words in zip((hera, zeus), by_hand(POOL)):
            self.assertEqual([host.features.word(i) for i in range(len(words))], words)
            self.assertEqual(host.hvm.features, host.features)
        self.assertEqual((hera.hvm.family, hera.hvm.model, hera.hvm.stepping), (6, 63, 2))
        self.assertEqual((zeus.hvm.vendor, zeus.hvm.model), ("GenuineIntel", 62))
        self.assertIn("E5-2670 v3", hera.hvm.brand)
        self.assertEqual(hera.hvm.microarchitecture, fs.baseline("haswell"))
        self.assertEqual(fs.identify(zeus).name, "ivybridge")
        self.assertTrue(hera.pv.features)

    def test_plain_level(self):
        a, b = by_hand(POOL)
        level = fs.level(self.pool, rule="plain")
        self.assertEqual([level.features.word(i) for i in range(len(a))], [x & y for x, y in zip(a, b)])
        padded = [x & y for x, y in itertools.zip_longest(a, b, fillvalue=0)]
        self.assertEqual(level.xen, "-".join("%08x" % word for word in padded))

    def test_xenserver_level(self):
        """The issue's own story: AVX2, BMI2 and FMA are what Zeus cannot do."""
        level = fs.level(self.pool, "xenserver")
        self.assertEqual(level.lost(0), fs.FeatureSet("fma movbe abm tsc_adjust bmi1 avx2 bmi2 invpcid"))
        self.assertEqual(level.lost(1), fs.FeatureSet())
        self.assertEqual(level.rule, "xenserver")
        self.assertEqual(level.baseline.name, "ivybridge")
        self.assertEqual(level.psabi, 2)
        self.assertEqual(level.vendor, "GenuineIntel")
        self.assertFalse(level.mixed)
        self.assertEqual(level.cpu.features, level.features)
        self.assertEqual([c.features for c in level.hosts], [h.features for h in self.pool])
        self.assertEqual((level.accumulated, level.lost_other(1)), (fs.FeatureSet(), fs.FeatureSet()))
        for wrong in (2, 1 << 62):
            with self.assertRaises(IndexError):
                level.lost(wrong)
        self.assertEqual(fs.loads(level.xen).features, level.features)

    def test_inputs_of_level(self):
        level = fs.level(list(self.pool), "xenserver")
        self.assertEqual(level.features, fs.level(self.pool, "xenserver").features)
        self.assertEqual(fs.level([self.pool], "xenserver").features, level.features)
        self.assertEqual(fs.level((h.features for h in self.pool), "plain").features,
                         fs.level(self.pool, "plain").features)
        self.assertTrue(fs.level(["haswell", fs.baseline("zen4")]).mixed)
        self.assertEqual(fs.level([level, level.cpu], "plain").features, level.features)
        for wrong in ("haswell", fs.baseline("haswell"), fs.FeatureSet(), 5, None, [None], [5], [b"haswell"]):
            with self.assertRaises(TypeError):
                fs.level(wrong)
        with self.assertRaises(fs.InputError):
            fs.level([])
        with self.assertRaises(KeyError):
            fs.level(self.pool, "loose")

    def test_check(self):
        hera, zeus = self.pool
        self.assertEqual(fs.check(zeus, hera).compatible, "yes")
        self.assertEqual(fs.check(hera, zeus).compatible, "no")
        self.assertIn("avx2", fs.check(hera, zeus).missing)
        self.assertTrue(fs.check(fs.level(self.pool, "xenserver"), zeus))


class Reading(unittest.TestCase):
    def test_sources(self):
        import pathlib

        with open(POOL, "rb") as file:
            content = file.read()
        for source in (POOL, os.fsencode(POOL).decode(), pathlib.Path(POOL), content, bytearray(content),
                       memoryview(content), io.BytesIO(content), io.StringIO(content.decode())):
            self.assertEqual([h.name for h in fs.load(source)], ["hera", "zeus"])
        self.assertEqual([h.name for h in fs.loads(content.decode(), "xe")], ["hera", "zeus"])
        self.assertEqual(fs.loads("1fcbfbff-f7fa3223").features.word("1.0.ecx"), 0xF7FA3223)

    def test_keep_going(self):
        text = "1fcbfbff-f7fa3223\n1fcbfbff-nonsense\n00000000-00001000\n"
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(text)
            file.flush()
            for read in (lambda **more: fs.loads(text, "xen", **more), lambda **more: fs.load(file.name, **more),
                         lambda **more: fs.load(io.StringIO(text), **more)):
                with self.assertRaises(fs.InputError):
                    read()
                pool = read(keep_going=True)
                self.assertEqual([h.features.word("1.0.ecx") for h in pool], [0xF7FA3223, 0x1000])
                self.assertEqual(len(pool.notes), 1)
                self.assertIn("2:10: no Xen featureset", pool.notes[0])
                with self.assertRaises(fs.InputError):
                    read(keep_going=True, limit=10)
        with self.assertRaises(fs.InputError):
            fs.loads("1fcbfbff-nonsense", keep_going=True)

    def test_cpu(self):
        one = fs.loads("1fcbfbff-f7fa3223")
        self.assertEqual(one.cpu.words.get("1.0.edx"), 0x1FCBFBFF)
        self.assertEqual(one.cpu.features, one.features)
        self.assertIsNone(one.cpu.family)
        self.assertIsNone(one.cpu.usable)
        self.assertEqual(one.cpu.cpus, ())
        self.assertEqual(fs.check(one, one).compatible, "yes")
        self.assertIs(copy.deepcopy(one.cpu).__class__, fs.Cpu)

    def test_unknown(self):
        """Leaf 7 exists and was not dumped: AVX2 is neither there nor missing."""
        one = fs.loads(DUMP)
        self.assertEqual((one.format, one.cpu.family, one.cpu.model, one.cpu.stepping), ("cpuid", 6, 0x3A, 9))
        self.assertEqual((one.cpu.vendor, one.cpu.max_basic), ("GenuineIntel", 13))
        self.assertEqual(one.cpu.microarchitecture.name, "ivybridge")
        self.assertNotIn("avx2", one.cpu.known)
        self.assertIn("avx", one.features)
        self.assertEqual(sorted(one.cpu.words), ["1.0.ecx", "1.0.edx"])
        answer = fs.check("avx2", one)
        self.assertEqual((answer.compatible, bool(answer)), ("unknown", False))
        self.assertIn("avx2", answer.unknown)
        self.assertEqual(answer.missing, fs.FeatureSet())
        self.assertIn("avx2", fs.level([one, "haswell"]).unknown)

    def test_dumps(self):
        text = fs.dumps("haswell", "xen")
        self.assertEqual(fs.loads(text).features & fs.FeatureSet(range(32 * 19)),
                         fs.baseline("haswell").features & fs.FeatureSet(range(32 * 19)))
        self.assertIn("avx2", fs.dumps("haswell", "names").split())
        with self.assertRaises(KeyError):
            fs.dumps("haswell", "no such")
        self.assertIn("xen", fs.formats())
        self.assertEqual(fs.rules(), ["plain", "xenserver", "safe", "kvm"])
        self.assertIn("qemu", fs.dialects())

    def test_a_file_called_dash(self):
        with tempfile.TemporaryDirectory() as directory:
            here = os.getcwd()
            os.chdir(directory)
            try:
                with open("-", "w") as file:
                    file.write("1fcbfbff-f7fa3223")
                self.assertEqual(len(fs.load("-")), 1)
            finally:
                os.chdir(here)


class Errors(unittest.TestCase):
    def test_missing(self):
        with self.assertRaises(FileNotFoundError) as caught:
            fs.load("/no/such/file")
        error = caught.exception
        self.assertIsInstance(error, fs.FeatsetError)
        self.assertIsInstance(error, fs.ReadError)
        self.assertEqual((error.file, error.filename, error.errno, error.line), ("/no/such/file", "/no/such/file", 2, None))
        self.assertTrue(str(error).startswith("/no/such/file: "))

    def test_directory(self):
        with self.assertRaises(OSError) as caught:
            fs.load(ROOT)
        self.assertNotIsInstance(caught.exception, FileNotFoundError)

    def test_place(self):
        """The third word of the second line is no hexadecimal number."""
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write("# a list\navx2 bmi2 avx22\n")
            file.flush()
            with self.assertRaises(fs.FeatsetError) as caught:
                fs.load(file.name, "names")
            error = caught.exception
            self.assertEqual((error.file, error.line), (file.name, 2))
            self.assertTrue(str(error).startswith("%s:2:" % file.name), str(error))
            again = pickle.loads(pickle.dumps(error))
            self.assertEqual((type(again), str(again)), (type(error), str(error)))

    def test_kinds(self):
        for kind, base, call in (
            (fs.UnknownNameError, KeyError, lambda: fs.FeatureSet("avx22")),
            (fs.UnknownNameError, KeyError, lambda: fs.load(POOL, "no such format")),
            (fs.AmbiguousNameError, ValueError, lambda: fs.FeatureSet("prefetchi")),
            (fs.InputError, ValueError, lambda: fs.loads("neither this\nnor that\x01")),
            (fs.InputError, ValueError, lambda: fs.loads(b"")),
            (fs.InputError, ValueError, lambda: fs.load(POOL, limit=100)),
        ):
            with self.assertRaises(base) as caught:
                call()
            self.assertIs(type(caught.exception), kind)
            self.assertIn(" ", str(caught.exception))
            self.assertNotIn("\\'", str(caught.exception))
        self.assertIn("linux:prefetchi", str(self.caught(lambda: fs.FeatureSet("prefetchi"))))
        self.assertEqual(self.caught(lambda: fs.FeatureSet("avx2 avx22")).column, 6)

    @staticmethod
    def caught(call):
        try:
            call()
        except fs.FeatsetError as error:
            return error
        raise AssertionError("nothing was raised")


class Arrays(unittest.TestCase):
    def setUp(self):
        self.sets = [fs.FeatureSet(model) for model in random_sets(12)]
        self.memory = b"".join(bytes(x) for x in self.sets)

    def test_sequence(self):
        table = fs.FeatureSetArray(self.sets)
        self.assertEqual(list(table), self.sets)
        self.assertEqual(len(table), 12)
        self.assertEqual((table[3], table[-1]), (self.sets[3], self.sets[-1]))
        self.assertIn(self.sets[5], table)
        self.assertNotIn(None, table)
        for cut in (slice(2, 5), slice(None), slice(None, None, -1), slice(1, 9, 3), slice(5, 2), slice(-3, None)):
            self.assertEqual(list(table[cut]), self.sets[cut], cut)
        with self.assertRaises(IndexError):
            table[12]
        self.assertEqual(list(fs.FeatureSetArray(["avx2", ["bmi2"], fs.baseline("zen")])),
                         [fs.FeatureSet("avx2"), fs.FeatureSet("bmi2"), fs.baseline("zen").features])
        self.assertEqual(pickle.loads(pickle.dumps(table)), table)
        self.assertEqual(len(fs.FeatureSetArray()), 0)

    def test_out(self):
        table = fs.FeatureSetArray(self.sets)
        view = memoryview(table)
        self.assertEqual((view.shape, view.format, view.itemsize, view.readonly, view.strides),
                         ((12, 32), "Q", 8, True, (256, 8)))
        self.assertEqual(view.tobytes(), self.memory)
        self.assertEqual(memoryview(table[2:4]).tobytes(), self.memory[512:1024])
        del table
        gc.collect()
        self.assertEqual(view.tobytes(), self.memory)
        self.assertEqual(memoryview(fs.FeatureSetArray()).tobytes(), b"")

    def test_in_without_a_copy(self):
        memory = bytearray(self.memory)
        table = fs.FeatureSetArray(memory)
        self.assertEqual(list(table), self.sets)
        memory[0:256] = bytes(fs.FeatureSet("avx2"))
        self.assertEqual(table[0], fs.FeatureSet("avx2"))
        with self.assertRaises(BufferError):
            memory.append(1)
        part = table[1:]
        del table
        gc.collect()
        self.assertEqual(part[0], self.sets[1])
        with self.assertRaises(BufferError):
            memory.append(1)
        del part
        memory.append(1)

    def test_array_module(self):
        table = fs.FeatureSetArray(array.array("Q", [1 << 5] + [0] * 31))
        self.assertEqual(table[0], fs.FeatureSet([5]))

    def test_wrong(self):
        for wrong in (b"x", b"x" * 255, b"x" * 257, memoryview(b"x" * 264)[1:257]):
            with self.assertRaises(ValueError):
                fs.FeatureSetArray(wrong)
        for wrong in (memoryview(b"x" * 512)[::2], 5, None, [None], ["no such"]):
            with self.assertRaises((TypeError, ValueError, KeyError, BufferError)):
                fs.FeatureSetArray(wrong)
        with self.assertRaises(TypeError):
            hash(fs.FeatureSetArray())

    def test_numpy(self):
        try:
            import numpy
        except ImportError:
            self.skipTest("no numpy for this Python")
        table = fs.FeatureSetArray(self.sets)
        rows = numpy.asarray(table)
        self.assertEqual((rows.shape, rows.dtype, rows.flags.writeable), ((12, 32), numpy.uint64, False))
        self.assertEqual(rows.__array_interface__["data"][0], numpy.asarray(table).__array_interface__["data"][0])
        mine = rows.copy()
        back = fs.FeatureSetArray(mine)
        self.assertEqual(back, table)
        mine[3] = 0
        self.assertEqual(back[3], fs.FeatureSet())
        self.assertEqual(fs.FeatureSet.from_bytes(numpy.bitwise_and.reduce(rows, axis=0)),
                         self.sets[0].intersection(*self.sets[1:]))


class Machine(unittest.TestCase):
    def test_host(self):
        try:
            cpu = fs.host()
        except fs.UnsupportedError:
            self.skipTest("no CPUID here")
        self.assertIn("fpu", cpu.features)
        self.assertLessEqual(cpu.features, cpu.known)
        self.assertIn(cpu.psabi, range(5))
        self.assertIn("1.0.edx", cpu.words)
        every = fs.host(all_cpus=True, msr=False)
        self.assertEqual(len(every.cpus), len(os.sched_getaffinity(0)))
        self.assertEqual(every.vendor, cpu.vendor)
        with open("/proc/cpuinfo") as file:
            flags = next((line.split(":")[1].split() for line in file if line.startswith("flags")), [])
        for name in ("sse2", "avx", "avx2", "avx512f", "aes"):
            self.assertEqual(name in cpu.usable, name in flags, name)


class Module(unittest.TestCase):
    def test_import_is_light(self):
        """Neither enum nor collections nor typing is loaded, and no feature is made."""
        code = ("import sys; before = set(sys.modules); import featset; "
                "print(' '.join(sorted(set(sys.modules) - before)))")
        loaded = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True,
                                env=dict(os.environ, PYTHONPATH=os.path.dirname(os.path.dirname(fs.__file__))))
        names = {name for name in loaded.stdout.decode().split() if not name.startswith("swig_runtime")}
        self.assertEqual(names, {"featset", "featset._featset"})

    def test_version(self):
        import re

        with open(os.path.join(ROOT, "libfeatset", "featset.h")) as file:
            version = re.search(r'FEATSET_VERSION "(.*)"', file.read()).group(1)
        self.assertEqual(fs.__version__, version)

    def test_all(self):
        for name in fs.__all__:
            self.assertTrue(hasattr(fs, name), name)
            self.assertIn(name, dir(fs))
        with self.assertRaises(AttributeError):
            fs.nothing

    def test_docstrings(self):
        """Every public thing says what it is."""
        for name in fs.__all__:
            thing = getattr(fs, name)
            if name == "words":
                continue
            self.assertTrue(thing.__doc__, name)
            if not isinstance(thing, type) or issubclass(thing, BaseException):
                continue
            for attribute in vars(thing):
                if not attribute.startswith("_") and attribute not in getattr(thing, "__members__", ()):
                    if attribute in getattr(thing, "__slots__", ()):
                        self.assertTrue(thing.__slots__[attribute])
                        continue
                    self.assertTrue(getattr(thing, attribute).__doc__, "%s.%s" % (name, attribute))

    def test_no_c_in_the_docstrings(self):
        for kind in (fs.Cpu, fs.Baseline, fs.Level, fs.Inventory, fs.FeatureSet):
            for attribute in [kind] + [getattr(kind, name) for name in vars(kind) if not name.startswith("_")]:
                for word in ("featset_", "NULL", "FEATSET_", "swig"):
                    self.assertNotIn(word, attribute.__doc__, attribute)

    def test_nobody_notices_swig(self):
        for kind in (fs.Cpu, fs.Baseline, fs.Level, fs.Inventory, fs.FeatureSet, fs.FeatureSetArray):
            self.assertEqual(kind.__module__, "featset")
            self.assertIs(type(kind), type)
            for name in dir(kind):
                self.assertNotIn("swig", name.lower())
            if kind not in (fs.FeatureSet, fs.FeatureSetArray):
                with self.assertRaises(TypeError):
                    kind()


if __name__ == "__main__":
    unittest.main()
