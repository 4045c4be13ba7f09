# SPDX-License-Identifier: MIT
"""What x86 CPUs have in common.

>>> import featset as fs
>>> fs.baseline("ivybridge").features < fs.baseline("haswell").features
True
>>> sorted(map(str, fs.FeatureSet("haswell") & fs.FeatureSet("avx2 sha_ni")))
['avx2']

A FeatureSet is an immutable set of features.  Cpu, Baseline and Level have one
as `.features`.  Wherever a cpu is expected, all of these are taken, and a str
with names: "haswell", "avx2 bmi2", "haswell-avx2+sha_ni".  A str is never a
file; load() reads files, and pool() what a whole pool tells.
"""

# collections.abc under the name that is loaded already: importing `collections` takes longer than all of this.
from _collections_abc import Set

from . import _featset
from ._featset import VERSION as __version__
from ._featset import Baseline, Cpu, FeatureSet, FeatureSetArray, Inventory, Level

__all__ = [
    "AmbiguousNameError", "Baseline", "Change", "Check", "Cpu", "ErrorCode", "Explanation", "FeatsetError", "Feature",
    "FeatureSet", "FeatureSetArray", "Format", "Half", "Host", "HostChange", "InputError", "Inventory", "Level",
    "LossWarning", "MissingFileError", "Platform", "Policy", "Pool", "PoolCheck", "PoolHost", "ReadError", "UnknownNameError",
    "UnsupportedError", "VM", "Word", "baseline", "baselines", "check", "compare", "dialects", "dumps",
    "error_codes", "explain", "format_table", "formats", "host", "identify", "inventory", "left_out", "level", "load", "loads", "nearest",
    "platforms", "policy", "pool", "record_kinds", "rules", "words",
]

Set.register(FeatureSet)


# ---- errors ----------------------------------------------------------------------------------------------------


class FeatsetError(Exception):
    """What the library refuses, with the place where it is known.

    `text` is one sentence; `file`, `line` and `column` say where, counting from 1,
    and are None where unknown.  str() has all of it.
    """

    def __init__(self, text, file=None, line=None, column=None):
        self.args = (text, file, line, column)
        self.text = text
        self.file = file
        self.line = line
        self.column = column

    def __str__(self):
        if self.file is None and self.line is None:
            return self.text
        place = [str(part) for part in (self.file, self.line, self.column) if part is not None]
        return "%s: %s" % (":".join(place), self.text)

    def __reduce__(self):
        state = dict(self.__dict__)
        if isinstance(self, OSError):
            state.update(errno=self.errno, strerror=self.strerror, filename=self.filename)
        return type(self), (self.text, self.file, self.line, self.column), state


class LossWarning(UserWarning):
    """What was written is not everything, since its format cannot hold it."""


class InputError(FeatsetError, ValueError):
    """Input that does not follow its format, is in none, or is too large."""


class AmbiguousNameError(FeatsetError, ValueError):
    """A name that dialects use for different features; "qemu:prefetchi" settles it."""


class UnknownNameError(FeatsetError, KeyError):
    """A name that nothing has."""


class ReadError(FeatsetError, OSError):
    """A file or device that cannot be read; `errno` tells why."""


class MissingFileError(ReadError, FileNotFoundError):
    """A file that does not exist."""


class UnsupportedError(FeatsetError, NotImplementedError):
    """What this build or this machine cannot do, or a platform cannot express."""


# Of what an open file may hold, unless told; that of files.
_LIMIT = 256 << 20

# In the order of featset_status_t, from FEATSET_E_IO on.
_ERRORS = (ReadError, InputError, InputError, UnknownNameError, AmbiguousNameError, InputError, UnsupportedError)


def _error(code, text, file, line, column, errno):
    """The exception for an error of the library."""
    if code == 100:
        return IndexError(text)
    kind = _ERRORS[code - 3] if 3 <= code < 3 + len(_ERRORS) else InputError
    if kind is ReadError and errno == 2:
        kind = MissingFileError
    error = kind(text, file or None, line or None, column or None)
    if isinstance(error, OSError):
        error.errno = errno or None
        error.strerror = text
        error.filename = error.file
    return error


# ---- small values ---------------------------------------------------------------------------------------------


class Host:
    """One host of an inventory.

    `cpu` is the bare CPU that a dump shows.  `hvm`, `hvm_max`, `pv` and `pv_max`
    are what its hypervisor offers to guests of that kind; where only the bare CPU
    is known they are that.  None where the source tells nothing.  `features` are
    those that new HVM guests get.
    """

    __slots__ = {"inventory": "The inventory that it comes from.", "index": "Its index in the inventory."}

    def __init__(self, inventory, index):
        if not isinstance(inventory, Inventory):
            raise TypeError("expected an Inventory, not %s" % type(inventory).__name__)
        inventory.name(index)
        object.__setattr__(self, "inventory", inventory)
        object.__setattr__(self, "index", index)

    def __setattr__(self, name, value):
        raise AttributeError("a Host cannot be changed")

    def __delattr__(self, name):
        raise AttributeError("a Host cannot be changed")

    @property
    def name(self):
        """Its name; '' where unknown."""
        return self.inventory.name(self.index)

    @property
    def uuid(self):
        """Its UUID; '' where unknown."""
        return self.inventory.uuid(self.index)

    @property
    def cpu(self):
        """The bare CPU, as a dump shows it; None where the source tells nothing."""
        return self.inventory.slot(self.index, "cpu")

    @property
    def hvm(self):
        """What new HVM guests get, and what levels are made of."""
        return self.inventory.slot(self.index, "hvm")

    @property
    def hvm_max(self):
        """What migrating HVM guests are checked against."""
        return self.inventory.slot(self.index, "hvm_max")

    @property
    def pv(self):
        """What new PV guests get."""
        return self.inventory.slot(self.index, "pv")

    @property
    def pv_max(self):
        """What migrating PV guests are checked against."""
        return self.inventory.slot(self.index, "pv_max")

    @property
    def features(self):
        """What new HVM guests get, as a FeatureSet."""
        return _guest(self).features

    def __eq__(self, other):
        if not isinstance(other, Host):
            return NotImplemented
        return self.inventory is other.inventory and self.index == other.index

    def __hash__(self):
        return hash((self.inventory, self.index))

    def __repr__(self):
        return "<featset.Host %s>" % (self.name or self.uuid or self.index)


class Check:
    """Can what runs as one CPU run on another?

    `compatible` is "yes", "no" or "unknown"; the check itself is true for "yes"
    only.  `missing` are the features that the host is known to lack, `unknown`
    those that were not read there.
    """

    __slots__ = {
        "compatible": '"yes", "no" or "unknown".',
        "missing": "What the host is known to lack, as a FeatureSet.",
        "unknown": "What was not read there, as a FeatureSet.",
    }

    def __init__(self, compatible, missing, unknown):
        object.__setattr__(self, "compatible", compatible)
        object.__setattr__(self, "missing", missing)
        object.__setattr__(self, "unknown", unknown)

    def __setattr__(self, name, value):
        raise AttributeError("a Check cannot be changed")

    def __delattr__(self, name):
        raise AttributeError("a Check cannot be changed")

    def __bool__(self):
        return self.compatible == "yes"

    def __eq__(self, other):
        if not isinstance(other, Check):
            return NotImplemented
        return self.__reduce__() == other.__reduce__()

    def __hash__(self):
        return hash((self.compatible, self.missing, self.unknown))

    def __reduce__(self):
        return Check, (self.compatible, self.missing, self.unknown)

    def __repr__(self):
        return "Check(%r, %r, %r)" % (self.compatible, self.missing, self.unknown)


def _guest(thing):
    """What a guest gets there: of a host the cpu for HVM guests, else the bare one."""
    if not isinstance(thing, Host):
        return thing
    cpu = thing.hvm or thing.cpu
    if cpu is None:
        raise ValueError("nothing is told about the CPU of %r" % (thing,))
    return cpu


def _target(thing):
    """What a guest that arrives is checked against."""
    return isinstance(thing, Host) and thing.hvm_max or _guest(thing)


# ---- functions -------------------------------------------------------------------------------------------------


def host(*, all_cpus=False, msr=True):
    """This machine's CPU.

    With `all_cpus` every logical CPU that this thread may run on is visited; the
    answer is their intersection, and each is in `.cpus`.  Without `msr` neither
    /dev/cpu nor /dev/kvm is opened.  `.usable` tells what the operating system
    enabled.

    ReadError when a CPU cannot be visited, UnsupportedError where there is no
    CPUID.
    """
    return _featset.host(bool(all_cpus), bool(msr))


def load(source, format=None, *, limit=0, keep_going=False):
    """Reads a file in any known format into an Inventory of the hosts it tells of.

    `source` is a path, the content as bytes, or an open file.  `format` is one of
    formats(); None tells it by content.  Files of more than `limit` bytes are
    refused (0: 256 MiB).  With `keep_going` hosts that are broken are left out,
    where the format's hosts stand for themselves, and `.notes` tells which and why.
    """
    if hasattr(source, "read"):
        name = getattr(source, "name", None)
        name = name if isinstance(name, str) else None
        return _parse(_read(source, name, limit), format, name, limit, keep_going)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return loads(source, format, limit=limit, keep_going=keep_going)
    if source == "-":
        source = "./-"
    return _featset.read_file(source, format, limit, bool(keep_going))


def loads(text, format=None, *, limit=0, keep_going=False):
    """Reads what a file would hold, as str or bytes; see load()."""
    return _parse(text, format, None, limit, keep_going)


def _parse(text, format, name, limit, keep_going):
    if isinstance(text, str):
        text = text.encode("utf-8", "surrogateescape")
    return _featset.read(text, format, name, limit, bool(keep_going))


def _read(file, name, limit):
    """What an open file holds, and of what is too large a little more than the limit."""
    from io import BufferedReader, RawIOBase

    room = (limit.__index__() if hasattr(limit, "__index__") else 0) or _LIMIT
    raw = isinstance(file, RawIOBase)
    reader = BufferedReader(file) if raw else file
    parts = []
    try:
        while room >= 0:
            asked = min(room + 1, 1 << 20)
            part = reader.read(asked)
            if not isinstance(part, (str, bytes, bytearray)):
                raise TypeError("expected str or bytes from read(), not %s" % type(part).__name__)
            parts.append(part)
            room -= len(part)
            if len(part) < asked:
                break
    finally:
        if raw:
            reader.detach()
    data = parts[0][:0].join(parts) if parts else b""
    if not limit and room < 0:
        raise InputError( "larger than the limit of %d bytes" % _LIMIT, name)
    return data


def dumps(cpu, format, *, dialect=None):
    """
    Writes a cpu in one of formats(), as str.  `dialect` spells names where the format leaves the choice.

    What the format cannot hold is named by a LossWarning; left_out() gives it.
    """
    text = _featset.write(_guest(cpu), format, dialect)
    lost = left_out(cpu, format, dialect=dialect)
    if lost:
        import warnings

        names = " ".join(str(feature) for feature in lost)
        warnings.warn("%s cannot hold %d features: %s" % (format, len(lost), names), LossWarning, stacklevel=2)
    return text


def left_out(cpu, format, *, dialect=None):
    """What dumps() would leave out, since the format cannot hold it, as a FeatureSet."""
    return _featset.left_out(_guest(cpu), format, dialect)


def baseline(name):
    """The baseline of that name; letter case and '-' against '_' do not matter."""
    return _featset.baseline(name)


def baselines():
    """The whole catalog, as a list: parents before children."""
    return _featset.baselines()


def level(hosts, rule="safe"):
    """What several cpus have in common.

    `hosts` is an Inventory, or an iterable of cpus, hosts and inventories.  Of a
    host counts what its HVM guests get.  `rule` is one of rules(): "plain" only
    ANDs, "xenserver" does what XenServer and XCP-ng do, "safe" is for a guest that
    may run anywhere, "kvm" for QEMU and KVM, where nothing accumulates.
    """
    if isinstance(hosts, (Cpu, Baseline, Level, FeatureSet, str)):
        raise TypeError("expected several cpus, not one %s" % type(hosts).__name__)
    cpus = []
    for item in hosts:
        cpus.extend(map(_guest, item) if isinstance(item, Inventory) else (_guest(item),))
    return _featset.level(cpus, rule)


def check(guest, host):
    """Can what runs as `guest` run on `host`?  Answers with a Check.

    Of a Host counts what migrating HVM guests are checked against.  Copies, hints
    and what the operating system switches do not count.
    """
    return Check(*_featset.check(_guest(guest), _target(host)))


def nearest(cpu):
    """The largest baselines that a cpu has, the best first."""
    return _featset.nearest(_guest(cpu))


def identify(cpu):
    """The microarchitecture of a cpu, from vendor, family, model and stepping alone; None when unknown."""
    return _featset.identify(_guest(cpu))


def formats():
    """The names of the formats that can be read or written."""
    return _featset.formats()


def dialects():
    """Whose spellings of features are known."""
    return _featset.dialects()


def rules():
    """The rules that level() knows."""
    return _featset.rules()


# ---- made when first asked for ------------------------------------------------------------------------------------


_POOL = frozenset((
    "Change", "ErrorCode", "Explanation", "Format", "Half", "HostChange", "Pool", "PoolCheck", "PoolHost", "VM", "compare",
    "error_codes", "explain", "format_table", "inventory", "pool", "record_kinds",
))


_POLICY = frozenset(("Platform", "Policy", "platforms", "policy"))


def __getattr__(name):
    """Feature, Word and words, which take a while to make, and what is about pools and policies."""
    if name in ("Feature", "Word", "words", "_html"):
        from . import _lazy as module
    elif name in _POOL:
        from . import _pool as module
    elif name in _POLICY:
        from . import _policy as module
    else:
        raise AttributeError("module %r has no attribute %r" % (__name__, name))
    value = globals()[name] = getattr(module, name)
    return value


def __dir__():
    return sorted(set(globals()) | set(__all__))
