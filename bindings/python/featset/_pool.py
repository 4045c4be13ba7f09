# SPDX-License-Identifier: MIT
"""Pools: who can run where, why not, and what to do.  Loaded when first asked for."""

from collections import namedtuple

from . import Host, Inventory, _featset

Format = namedtuple("Format", "name summary source reads writes")
Format.__doc__ = """A row of format_table(): a format, what it is, and how one comes by such a text.

`reads` and `writes` tell what this build can do with it.
"""
ErrorCode = namedtuple("ErrorCode", "code cause cure")
ErrorCode.__doc__ = """A row of error_codes(): an error as its program spells it, why it comes, and what helps."""
Half = namedtuple("Half", "hosts features")
Half.__doc__ = """One of the two pools that Pool.split() proposes: its hosts, and the features of its level."""
Format.__module__ = ErrorCode.__module__ = Half.__module__ = "featset"


class _Frozen:
    """What cannot be changed."""

    __slots__ = ()

    def __setattr__(self, name, value):
        raise AttributeError("a %s cannot be changed" % type(self).__name__)

    def __delattr__(self, name):
        raise AttributeError("a %s cannot be changed" % type(self).__name__)


def _fill(kind, self, *values):
    for name, value in zip(kind.__slots__, values):
        object.__setattr__(self, name, value)


def _need_pool(thing):
    if not isinstance(thing, Pool):
        raise TypeError("expected a Pool, not %s" % type(thing).__name__)
    return thing


# ---- hosts and VMs of a pool ------------------------------------------------------------------------------------


class PoolHost(Host):
    """A host of a pool: what it offers, costs and holds.  It is a Host too.

    `guest` is "hvm" or "pv": kinds of guests have levels of their own under XAPI.
    """

    __slots__ = {"pool": "The pool that it is of."}

    def __init__(self, pool, index):
        Host.__init__(self, _need_pool(pool).inventory, index)
        object.__setattr__(self, "pool", pool)

    @property
    def record(self):
        """What its manager tells of it, as a dict of texts by the names of record_kinds()."""
        return self.pool._part("host records", lambda: self.inventory.records("host"))[self.index]

    @property
    def enabled(self):
        """Does it take VMs?  True where the source does not tell."""
        return _featset.pool_host_enabled(self.pool._core, self.index)

    @property
    def evacuable(self):
        """"yes" when every VM that runs here may go as its manager demands it, "no", or "unknown".

        XAPI demands that it fits on every other enabled host.  Memory is not counted.
        """
        return _featset.pool_host_evacuable(self.pool._core, self.index)

    @property
    def vms(self):
        """The VMs that run here, as a tuple."""
        return tuple(vm for vm in self.pool.vms if vm._host_index() == self.index)

    @property
    def evacuate(self):
        """The command that evacuates it; None where its manager has none."""
        return _featset.pool_command(self.pool._core, "evacuate", None, self.index)

    def counts(self, guest="hvm"):
        """Does it count for the level?  "yes", "no keys" when it does not tell its features, or "no such guests"."""
        return _featset.pool_host_counts(self.pool._core, guest, self.index)

    def offers(self, guest="hvm"):
        """The Cpu that new guests get here; None when it has not told."""
        return _featset.pool_host_cpu(self.pool._core, guest, self.index, False)

    def max(self, guest="hvm"):
        """The Cpu that migrating guests are checked against; None when it has not told."""
        return _featset.pool_host_cpu(self.pool._core, guest, self.index, True)

    def lost(self, guest="hvm"):
        """What it offers beyond the level and a person can act on, as a FeatureSet."""
        return _featset.pool_host_lost(self.pool._core, guest, self.index, False)

    def lost_other(self, guest="hvm"):
        """What else it offers beyond the level: copies, hints, bits without a name."""
        return _featset.pool_host_lost(self.pool._core, guest, self.index, True)

    def price(self, guest="hvm"):
        """What the level would gain without this host, as far as a person can act on it."""
        return _featset.pool_host_price(self.pool._core, guest, self.index, False)

    def price_other(self, guest="hvm"):
        """What else the level would gain without this host."""
        return _featset.pool_host_price(self.pool._core, guest, self.index, True)

    def __repr__(self):
        return "<featset.PoolHost %s>" % (self.name or self.uuid or self.index)


class VM(_Frozen):
    """A VM of a pool: where it may run, and what it needs.

    Of VMs that hold no CPU's features (halted ones, templates, control domains)
    `counts` is false; nothing stands in their way.
    """

    __slots__ = {"pool": "The pool that it is of.", "index": "Its index in the inventory."}

    def __init__(self, pool, index):
        _featset.pool_vm_counts(_need_pool(pool)._core, index)
        _fill(VM, self, pool, index)

    @property
    def record(self):
        """What its manager tells of it, as a dict of texts by the names of record_kinds()."""
        return self.pool._part("vm records", lambda: self.pool.vm_inventory.vms)[self.index]

    @property
    def name(self):
        """Its name; '' where unknown."""
        return self.record["name"]

    @property
    def uuid(self):
        """Its UUID; '' where unknown."""
        return self.record["uuid"]

    @property
    def power_state(self):
        """Such as "running" or "suspended"; '' where unknown."""
        return self.record["power_state"]

    @property
    def cpu(self):
        """The Cpu that it was last started with; None where the source does not tell."""
        return self.pool.vm_inventory.vm_cpu(self.index)

    @property
    def counts(self):
        """Does it hold a CPU's features: is it running, paused, suspended or a snapshot with memory?"""
        return _featset.pool_vm_counts(self.pool._core, self.index)

    def _host_index(self):
        return _featset.pool_vm_host(self.pool._core, self.index)

    @property
    def host(self):
        """The PoolHost that it runs on; None for one that does not run, or elsewhere."""
        index = self._host_index()
        return None if index is None else self.pool.hosts[index]

    @property
    def guest(self):
        """"hvm" or "pv", the kind of guest that it is."""
        return _featset.pool_vm_guest(self.pool._core, self.index)

    @property
    def blocks_evacuation(self):
        """"yes" when the evacuation of its host founders on it, "no", or "unknown"."""
        return _featset.pool_vm_blocks(self.pool._core, self.index)

    @property
    def blocked_on(self):
        """The hosts on which the evacuation of its host founders, as a tuple."""
        return self.pool._hosts_at(_featset.pool_vm_blocked_on(self.pool._core, self.index))

    @property
    def movable_to(self):
        """The hosts where nothing stands in its way, other than where it runs, as a tuple."""
        return self.pool._hosts_at(_featset.pool_vm_movable_to(self.pool._core, self.index))

    @property
    def cure(self):
        """What it needs so that every enabled host takes it; None when nothing is wrong with its CPU.

        "restart" (a new domain at the present level), "resume" (then restart),
        "unpin" (then restart), "discard" (only without its memory), "hosts" (some host
        takes no such VM whatever its features) or "level" (the pool's recorded level is
        not that of its hosts).
        """
        return _featset.pool_vm_cure(self.pool._core, self.index)

    @property
    def gain(self):
        """What a new domain would have beyond what it has now, as a FeatureSet."""
        return _featset.pool_vm_gain(self.pool._core, self.index)

    @property
    def pinned(self):
        """Is it pinned by platform:featureset?  A restart then changes nothing."""
        return _featset.pool_vm_pinned(self.pool._core, self.index)

    @property
    def commands(self):
        """Commands ready to paste by what they do: "restart", "verify", "pin", "unpin", as far as there are any."""
        told = ((what, self.command(what)) for what in ("restart", "verify", "pin", "unpin"))
        return {what: text for what, text in told if text}

    def command(self, what, host=None):
        """A command of its manager, ready to paste; None where there is none.

        `what` is "restart", "pin", "unpin" or "verify", or "move" or "resume" with
        the host to go to.
        """
        at = None if host is None else self.pool.host(host).index
        return _featset.pool_command(self.pool._core, what, self.index, at)

    def check(self, host):
        """Can it run on that host?  See Pool.check()."""
        return self.pool.check(self, host)

    def __eq__(self, other):
        if not isinstance(other, VM):
            return NotImplemented
        return self.pool is other.pool and self.index == other.index

    def __hash__(self):
        return hash((id(self.pool), self.index))

    def __repr__(self):
        return "<featset.VM %s>" % (self.name or self.uuid or self.index)


class PoolCheck(_Frozen):
    """Can this VM run on that host?

    `compatible` is the answer of the manager's own check of CPUs, "yes", "no" or
    "unknown"; the check itself is true for "yes" only.  `blocks` is everything
    that stands between the two, networks and storage too; nothing for the host
    that the VM runs on.
    """

    __slots__ = {
        "vm": "The VM that is asked about.",
        "host": "The PoolHost that it would run on.",
        "compatible": '"yes", "no" or "unknown", of CPUs alone.',
        "missing": "What the host lacks, as a FeatureSet.",
        "blocks": 'What stands in the way, as a list of words: "vendor", "features", "keys", "unknown", "disabled", '
                  '"version", "network", "storage", "pci", "usb", "vgpu".',
    }

    def __init__(self, vm, host):
        if not isinstance(vm, VM):
            raise TypeError("expected a VM, not %s" % type(vm).__name__)
        core, host = vm.pool._core, vm.pool.host(host)
        _fill(PoolCheck, self, vm, host, _featset.pool_check(core, vm.index, host.index),
              _featset.pool_missing(core, vm.index, host.index), _featset.pool_blocks(core, vm.index, host.index))

    def __bool__(self):
        return self.compatible == "yes"

    def cause(self, feature):
        """Why a feature is missing there; None for one that is not.

        "silicon", "firmware", "hypervisor" (its versions differ), "compat" (a
        harmless compatibility bit) or "mitigation".
        """
        return _featset.pool_cause(self.vm.pool._core, self.vm.index, self.host.index, feature)

    @property
    def causes(self):
        """The cause of each missing feature, as a dict."""
        return {feature: self.cause(feature) for feature in self.missing}

    def _lacking(self, kind, storage):
        found = _featset.pool_lacking(self.vm.pool._core, self.vm.index, self.host.index, storage)
        if not found:
            return []
        pool = self.vm.pool
        records = pool._part(kind + " records", lambda: pool.inventory.records(kind))
        return [records[index]["name"] or records[index]["uuid"] for index in found]

    @property
    def networks(self):
        """The networks that stand in the way, by name."""
        return self._lacking("network", False)

    @property
    def storage(self):
        """The storage repositories that stand in the way, by name."""
        return self._lacking("sr", True)

    def __eq__(self, other):
        if not isinstance(other, PoolCheck):
            return NotImplemented
        return self.vm == other.vm and self.host == other.host

    def __hash__(self):
        return hash((self.vm, self.host))

    def __repr__(self):
        return "<featset.PoolCheck %s on %s: %s>" % (self.vm.name, self.host.name,
                                                     ", ".join(self.blocks) or self.compatible)


# ---- pools -------------------------------------------------------------------------------------------------------


class Pool(_Frozen):
    """An inventory thought through: its level, who can run where, why not, and what to do.

    With `vms`, another inventory, its VMs meet the hosts of the first one: migration
    to another pool.  VMs and hosts are given as themselves, by index, by name or by
    UUID; a name that several have is an AmbiguousNameError.
    """

    __slots__ = {
        "inventory": "The inventory of its hosts.",
        "vm_inventory": "The inventory of its VMs: the same, but across pools.",
        "_core": None,
        "_parts": None,
    }

    def __init__(self, inventory, vms=None):
        for one in (inventory,) if vms is None else (inventory, vms):
            if not isinstance(one, Inventory):
                raise TypeError("expected an Inventory, not %s" % type(one).__name__)
        core = _featset.pool(inventory) if vms is None else _featset.pool_across(vms, inventory)
        _fill(Pool, self, inventory, inventory if vms is None else vms, core, {})

    def _part(self, name, make):
        """What is made once and kept, since the pool never changes."""
        parts = self._parts
        if name not in parts:
            parts[name] = make()
        return parts[name]

    @property
    def manager(self):
        """"xapi", "libvirt", "proxmox", or "" for a heap of dumps."""
        return _featset.pool_manager(self._core)

    @property
    def hosts(self):
        """Its hosts, as a tuple of PoolHosts."""
        return self._part("hosts", lambda: tuple(PoolHost(self, i) for i in range(_featset.pool_hosts(self._core))))

    @property
    def vms(self):
        """Its VMs, those that do not count too, as a tuple."""
        return self._part("vms", lambda: tuple(VM(self, i) for i in range(_featset.pool_vms(self._core))))

    def _hosts_at(self, indices):
        return tuple(self.hosts[index] for index in indices)

    def _find(self, which, kind, inventory, things):
        if isinstance(which, str):
            return things[_featset.record_find(inventory, kind, which)]
        if not hasattr(which, "__index__"):
            raise TypeError("expected a %s, its index, name or UUID, not %s" % (kind, type(which).__name__))
        index = which.__index__()
        if not 0 <= index < len(things):
            raise IndexError("the pool has no %s of that index" % kind)
        return things[index]

    def host(self, which):
        """One of its hosts, by index, name or UUID."""
        if isinstance(which, Host):
            if which.inventory is not self.inventory:
                raise ValueError("%r is of another inventory" % (which,))
            which = which.index
        return self._find(which, "host", self.inventory, self.hosts)

    def vm(self, which):
        """One of its VMs, by index, name or UUID."""
        if isinstance(which, VM):
            if which.pool.vm_inventory is not self.vm_inventory:
                raise ValueError("%r is of another inventory" % (which,))
            which = which.index
        return self._find(which, "vm", self.vm_inventory, self.vms)

    def level(self, guest="hvm"):
        """The Level under its manager's rule, for "hvm" or "pv" guests; None when no host counts."""
        return _featset.pool_level(self._core, guest)

    def recorded(self, guest="hvm"):
        """The features of the level that the pool's own record has, where that is another one; else None."""
        return _featset.pool_recorded(self._core, guest)

    @property
    def level_differs(self):
        """Does the recorded level, which the next VM gets, differ from the one worked out here?"""
        return any(self.recorded(guest) is not None for guest in ("hvm", "pv"))

    def check(self, vm, host):
        """Can a VM run on a host?  Answers with a PoolCheck."""
        return PoolCheck(self.vm(vm), self.host(host))

    def split(self, guest="hvm"):
        """The best way to make two pools of it, as two Halves; None when no split gains anything."""
        found = _featset.pool_split(self._core, guest)
        return found and tuple(Half(self._hosts_at(indices), features) for indices, features in found)

    @property
    def half_updated(self):
        """Two hosts of one model that differ by an update that is half done; None when there are none."""
        return self._hosts_at(_featset.pool_half_updated(self._core)) or None

    def across(self, other):
        """The VMs of this pool against the hosts of another one, as a Pool.  Networks and storage are not compared."""
        return Pool(_need_pool(other).inventory, self.vm_inventory)

    def with_hosts(self, source):
        """The Pool as it would be if what an inventory, a pool or files tell of joined it."""
        if isinstance(source, Pool):
            source = source.inventory
        if not isinstance(source, Inventory):
            source = inventory(source)
        return Pool(self._same().merge(source))

    def without(self, *hosts):
        """The Pool as it would be without these hosts."""
        left = self._same()
        for index in sorted({self.host(host).index for host in hosts}, reverse=True):
            left = left.remove("host", index)
        return Pool(left)

    def _same(self):
        if self.vm_inventory is not self.inventory:
            raise ValueError("that is a question to one pool, not to the VMs of one and the hosts of another")
        return self.inventory

    def explain(self, text):
        """What a pasted error says, with names resolved here; see explain()."""
        return explain(text, self)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        raise TypeError("cannot pickle 'featset.Pool' object")

    def __repr__(self):
        return "<featset.Pool of %d hosts and %d VMs%s>" % (len(self.hosts), len(self.vms),
                                                            self.manager and " under " + self.manager)


# ---- changes -----------------------------------------------------------------------------------------------------


class HostChange(_Frozen):
    """What became of one host from one pool to another."""

    __slots__ = {"change": "The Change that it is of.", "index": "Its index in Change.hosts."}

    def __init__(self, change, index):
        if not isinstance(change, Change):
            raise TypeError("expected a Change, not %s" % type(change).__name__)
        _featset.change_turn(change._core, index)
        _fill(HostChange, self, change, index)

    @property
    def before(self):
        """The PoolHost before; None for a new one."""
        index = _featset.change_host(self.change._core, self.index, False)
        return None if index is None else self.change.before.hosts[index]

    @property
    def after(self):
        """The PoolHost afterwards; None for one that is gone."""
        index = _featset.change_host(self.change._core, self.index, True)
        return None if index is None else self.change.after.hosts[index]

    @property
    def name(self):
        """Its name; '' where unknown."""
        return (self.after or self.before).name

    @property
    def turn(self):
        """What kind of change it was: "none", "software", "firmware" or "hardware"."""
        return _featset.change_turn(self.change._core, self.index)

    def lost(self, guest="hvm"):
        """What it no longer offers to new guests, as a FeatureSet."""
        return _featset.change_features(self.change._core, guest, self.index, False)

    def gained(self, guest="hvm"):
        """What it newly offers to new guests, as a FeatureSet."""
        return _featset.change_features(self.change._core, guest, self.index, True)

    def __repr__(self):
        return "<featset.HostChange %s: %s>" % (self.name or self.index, self.turn)


class Change(_Frozen):
    """What became, or would become, of a pool.

    Hosts and VMs are the same when their UUIDs are, or, where one has none, their
    names.
    """

    __slots__ = {"before": "The pool as it was before.", "after": "The pool as it is afterwards.", "_core": None}

    def __init__(self, before, after):
        _fill(Change, self, before, after, _featset.change(_need_pool(before)._core, _need_pool(after)._core))

    def lost(self, guest="hvm"):
        """What the level lost, as a FeatureSet."""
        return _featset.change_level(self._core, guest, False)

    def gained(self, guest="hvm"):
        """What the level gained, as a FeatureSet."""
        return _featset.change_level(self._core, guest, True)

    @property
    def hosts(self):
        """The hosts of either pool, as a tuple of HostChanges."""
        return tuple(HostChange(self, i) for i in range(_featset.change_hosts(self._core)))

    @property
    def stuck(self):
        """The VMs of the pool before that some host no longer takes, though all did, as a tuple."""
        return tuple(self.before.vms[index] for index in _featset.change_stuck(self._core))

    @property
    def mixes_vendors(self):
        """Is the pool of more vendors afterwards?  XAPI refuses such a host unless it is forced."""
        return _featset.change_mixes_vendors(self._core)

    def __repr__(self):
        return "<featset.Change: level lost %d, gained %d>" % (len(self.lost()), len(self.gained()))


# ---- explanations ------------------------------------------------------------------------------------------------


class Explanation(_Frozen):
    """One error in a pasted text: what happened, why, and what helps."""

    __slots__ = {
        "pool": "The pool that names were resolved in, or None.",
        "code": "The error's code as its program spells it.",
        "what": "What happened, in a sentence or two.",
        "cause": "Why it happened, in a sentence or two.",
        "cure": "What helps, in a sentence or two.",
        "vm": "The VM that it is about, resolved in the pool; None where unknown.",
        "host": "The PoolHost that it is about, resolved in the pool; None where unknown.",
        "vm_text": "The VM as the text has it: a reference, UUID or name; '' where it has none.",
        "host_text": "The host as the text has it; '' where it has none.",
        "missing": "The features that are missing, from the text or the pool, as a FeatureSet.",
        "commands": "Commands that help, ready to paste, as a list.",
    }

    def __init__(self, pool, finding):
        vm, host = finding["vm"], finding["host"]
        _fill(Explanation, self, pool, finding["code"], finding["what"], finding["cause"], finding["cure"],
              None if vm is None else pool.vms[vm], None if host is None else pool.hosts[host],
              finding["vm_text"], finding["host_text"], finding["missing"], finding["commands"])

    def __repr__(self):
        return "<featset.Explanation of %s>" % self.code


# ---- functions ---------------------------------------------------------------------------------------------------


def _paths(source):
    return (source,) if isinstance(source, (str, bytes)) or hasattr(source, "__fspath__") else source


def inventory(paths, *, limit=0, keep_going=False):
    """Reads files and folders into one Inventory: hosts, VMs, networks and storage.

    `paths` is a path or several.  A folder's files are read in the order of their
    names; a folder in it is one host's.  What is told twice counts once.  Files of
    more than `limit` bytes are refused (0: 256 MiB).  With `keep_going` what is
    broken is left out, and `.notes` tells which and why.
    """
    return _featset.load_all(["./-" if path == "-" else path for path in _paths(paths)], limit, bool(keep_going))


def pool(source, *, limit=0, keep_going=False):
    """The Pool that an Inventory tells of, or files and folders, which inventory() reads.

    InputError when there is no host, or hosts of two platforms.
    """
    if not isinstance(source, Inventory):
        source = inventory(source, limit=limit, keep_going=keep_going)
    return Pool(source)


def compare(before, after):
    """What became, or would become, of a pool, as a Change."""
    return Change(before, after)


def explain(text, pool=None):
    """What a pasted error says, as a list of Explanations, one for each error in the text.

    Of xe, Xen Orchestra, xensource.log, libvirt, QEMU and Proxmox, found wherever it
    stands.  `text` is str or bytes of at most 16 MiB; `pool` resolves references
    and names what is missing.
    """
    if isinstance(text, str):
        text = text.encode("utf-8", "surrogateescape")
    core = _featset.explain(text, None if pool is None else _need_pool(pool)._core)
    return [Explanation(pool, _featset.finding(core, index)) for index in range(_featset.finding_count(core))]


def error_codes():
    """The errors that explain() knows, as a list of ErrorCodes."""
    return list(map(ErrorCode, _featset.error_codes(), _featset.error_causes(), _featset.error_cures()))


def format_table():
    """All formats(), as a list of Formats: what each is, where it comes from, and what this build does with it."""
    return [Format(name, _featset.format_summary(name), _featset.format_source(name), _featset.format_reads(name),
                   _featset.format_writes(name)) for name in _featset.formats()]


def record_kinds():
    """The kinds of records that an inventory keeps, as a dict of the names of their fields."""
    return {kind: tuple(_featset.record_fields(kind)) for kind in _featset.record_kinds()}


for _thing in (Change, Explanation, HostChange, Pool, PoolCheck, PoolHost, VM, compare, error_codes, explain,
               format_table, inventory, pool, record_kinds):
    _thing.__module__ = "featset"
