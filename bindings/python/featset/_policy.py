# SPDX-License-Identifier: MIT
"""Policies: a level or a cpu in the words of a platform's configuration.  Loaded when first asked for."""

from collections import namedtuple

from . import Baseline, Cpu, FeatureSet, Host, Inventory, Level, _featset, _guest

Platform = namedtuple("Platform", "name targets rule summary")
Platform.__doc__ = """A row of platforms(): what policy() can write for.

`targets` are the versions that are known, the newest first; `rule` is the one that levels for it are made by.
"""
Platform.__module__ = "featset"


class Policy:
    """What to write into a platform's configuration, and what a guest gets from it.

    str() is the text.  `features` are a guest's on a host that has them all;
    `left_out` are those that the platform cannot express, and `notes` tell what
    has to be told beside the text.
    """

    __slots__ = {
        "text": "What to write; it ends with a line end.",
        "platform": "The name of the platform.",
        "target": "The version that it is for.",
        "model": "The Baseline that the text names; None where it names none.",
        "features": "What a guest gets from it, as a FeatureSet.",
        "left_out": "What the platform cannot express, as a FeatureSet.",
        "notes": "Sentences on what has to be told beside the text, as a tuple.",
        "exact": "Does it say all of the features that a person can act on?",
    }

    def __init__(self, text, platform, target, model, features, left_out, notes, exact):
        for name, value in zip(Policy.__slots__, (text, platform, target, model, features, left_out, notes, exact)):
            object.__setattr__(self, name, value)

    def __setattr__(self, name, value):
        raise AttributeError("a Policy cannot be changed")

    def __delattr__(self, name):
        raise AttributeError("a Policy cannot be changed")

    def __str__(self):
        return self.text

    def __eq__(self, other):
        if not isinstance(other, Policy):
            return NotImplemented
        return self.__reduce__() == other.__reduce__()

    def __hash__(self):
        return hash((self.text, self.target))

    def __reduce__(self):
        return Policy, tuple(getattr(self, name) for name in Policy.__slots__)

    def __repr__(self):
        return "<featset.Policy for %s: %d features%s>" % (
            self.target, len(self.features), "" if self.exact else ", not exact")


Policy.__module__ = "featset"


def _cpus(cpus):
    """All cpus of what is one or several."""
    if isinstance(cpus, (Cpu, Baseline, Level, FeatureSet, Host, str)):
        return [_guest(cpus)]
    found = []
    for item in cpus:
        found.extend(map(_guest, item) if isinstance(item, Inventory) else (_guest(item),))
    return found


def policy(cpus, platform, target=None, *, name=None, expanded=False, strict=False, leave_open=False):
    """Writes a cpu, or what several have in common, for one of platforms().

    `cpus` is a cpu, a Level, an Inventory, or an iterable of cpus, hosts and
    inventories; several are levelled by the platform's rule, one is written as it
    is.  `target` is the platform's version, such as "qemu-7.2"; None for the newest
    known.  `name` is what the text calls the thing: a VM's UUID or number, a model's
    name.  With `expanded` every feature is named, instead of what differs from a
    model.  With `leave_open` a platform of masks leaves to the host what was not
    read; otherwise that is turned off.

    UnsupportedError when the platform cannot express anything of this cpu, and
    with `strict` when it cannot express all of it.
    """
    found = _cpus(cpus)
    if len(found) != 1:
        found = [_featset.level(found, _featset.platform_rule(platform))]
    core = _featset.policy(found[0], platform, "" if target is None else target, "" if name is None else name,
                           bool(expanded), bool(strict), bool(leave_open))
    return Policy(
        _featset.policy_text(core), _featset.policy_platform(core), _featset.policy_target(core),
        _featset.policy_model(core), _featset.policy_features(core), _featset.policy_left_out(core),
        tuple(_featset.policy_notes(core)), _featset.policy_is_exact(core))


def platforms():
    """What policy() can write for, as a list sorted by name."""
    return [Platform(name, tuple(_featset.platform_targets(name)), _featset.platform_rule(name),
                     _featset.platform_summary(name)) for name in _featset.platforms()]
