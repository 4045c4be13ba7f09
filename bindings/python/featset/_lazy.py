# SPDX-License-Identifier: MIT
"""What takes a while to make: the enumeration of all features, and HTML."""

import enum
from collections import namedtuple

from . import _featset


class _Described(enum.IntEnum):
    """What a feature knows about itself."""

    def __str__(self):
        return _featset.feature_spell(int(self))

    def __repr__(self):
        return "<Feature.%s: %d>" % (self.name, int(self))

    def __format__(self, spec):
        return format(str(self), spec)

    def __reduce_ex__(self, protocol):
        return type(self), (int(self),)

    @property
    def summary(self):
        """One line in plain words; None for a bit without a name."""
        return _featset.feature_summary(int(self))

    @property
    def kind(self):
        """"capability", "mitigation", "firmware", "dynamic", "hint", "alias", "inverted" or "number"."""
        return _featset.feature_class(int(self))

    @property
    def merge(self):
        """How it merges over the hosts of a pool."""
        return _featset.feature_merge(int(self))

    @property
    def scope(self):
        """"user" when user code can use it, else "system"."""
        return _featset.feature_scope(int(self))

    @property
    def word(self):
        """The name of its word, such as "7.0.ebx"."""
        return _featset.word_name(int(self) // 32)

    @property
    def bit(self):
        """The number of its bit in the word."""
        return int(self) % 32

    @property
    def requires(self):
        """What it needs directly, as a FeatureSet."""
        return _featset.requirements(int(self))

    @property
    def dependants(self):
        """What needs it, at any distance, as a FeatureSet."""
        return _featset.dependants(int(self))

    def spell(self, dialect=None):
        """Its name in a dialect; canonical, or its place, where the dialect has none."""
        return _featset.feature_spell(int(self), dialect)

    @classmethod
    def _missing_(cls, value):
        """A name, or the number of a bit that has no name."""
        if isinstance(value, str):
            return cls(int(_featset.feature_number(value)))
        if not isinstance(value, int) or not 0 <= value < _featset.FEATSET_BITS:
            return None
        member = int.__new__(cls, value)
        member._name_ = _featset.feature_spell(int(value))
        member._value_ = int(value)
        return cls._value2member_map_.setdefault(int(value), member)


_IDS = [(_featset.feature_id(number), number) for number in range(_featset.FEATSET_BITS)]
Feature = _Described("Feature", [(name, number) for name, number in _IDS if name], module="featset")
Feature.__doc__ = """A feature: its number, with its names and what is known about it.

Feature.AVX2, Feature["AVX2"], Feature("avx2") and Feature(number) give the
same.  Bits without a name are features too.  str() is the canonical name.
"""

Word = namedtuple("Word", "number name source leaf subleaf register flags")
Word.__doc__ = """Where 32 bits of a set come from: a leaf, subleaf and register of CPUID, or half an MSR.

`leaf` is the number of the MSR where `source` is "msr".  `flags` has a 1 for each bit that is a feature; the others are numbers.
"""
Word.__module__ = "featset"

words = tuple(
    Word(number, _featset.word_name(number), _featset.word_source(number), _featset.word_index(number),
         _featset.word_subleaf(number), _featset.word_register(number), _featset.word_flags(number))
    for number in range(_featset.FEATSET_BITS // 32)
)


def _html(features):
    """A FeatureSet as a table, a row a word."""
    from html import escape

    rows = {}
    for feature in features:
        summary = escape(feature.summary or "", quote=True)
        rows.setdefault(feature.word, []).append('<span title="%s">%s</span>' % (summary, escape(str(feature))))
    return "<table><thead><tr><th>word</th><th>%d features</th></tr></thead><tbody>%s</tbody></table>" % (
        len(features),
        "".join('<tr><td>%s</td><td style="text-align: left">%s</td></tr>' % (escape(word), " ".join(names))
                for word, names in rows.items()),
    )
