# SPDX-License-Identifier: MIT
from enum import IntEnum
from typing import NamedTuple, Optional, Tuple

from . import FeatureSet

class _Described(IntEnum):
    @property
    def summary(self) -> Optional[str]: ...
    @property
    def kind(self) -> str: ...
    @property
    def merge(self) -> str: ...
    @property
    def scope(self) -> str: ...
    @property
    def word(self) -> str: ...
    @property
    def bit(self) -> int: ...
    @property
    def requires(self) -> FeatureSet: ...
    @property
    def dependants(self) -> FeatureSet: ...
    def spell(self, dialect: Optional[str] = ...) -> str: ...

class Feature(_Described):
    # one member for each row of features.def
    ...

class Word(NamedTuple):
    number: int
    name: str
    source: str
    leaf: int
    subleaf: int
    register: str
    flags: int

words: Tuple[Word, ...]
