# SPDX-License-Identifier: MIT
from typing import Iterable, List, NamedTuple, Optional, Tuple, Union

from . import Baseline, Cpu, FeatureSet, Host, Inventory, Level

_Cpu = Union[Cpu, Baseline, Level, FeatureSet, Host, str]

class Platform(NamedTuple):
    name: str
    targets: Tuple[str, ...]
    rule: str
    summary: str

class Policy:
    text: str
    platform: str
    target: str
    model: Optional[Baseline]
    features: FeatureSet
    left_out: FeatureSet
    notes: Tuple[str, ...]
    exact: bool
    def __init__(
        self,
        text: str,
        platform: str,
        target: str,
        model: Optional[Baseline],
        features: FeatureSet,
        left_out: FeatureSet,
        notes: Tuple[str, ...],
        exact: bool,
    ) -> None: ...
    def __eq__(self, other: object) -> bool: ...
    def __hash__(self) -> int: ...

def policy(
    cpus: Union[_Cpu, Inventory, Iterable[Union[_Cpu, Inventory]]],
    platform: str,
    target: Optional[str] = ...,
    *,
    name: Optional[str] = ...,
    expanded: bool = ...,
    strict: bool = ...,
    leave_open: bool = ...,
) -> Policy: ...
def platforms() -> List[Platform]: ...
