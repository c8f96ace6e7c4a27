"""A Delta explained: which fields changed, from what to what, by whom, and what was folded away."""

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from crwatch.model.delta import Delta
from crwatch.model.objects import ObjectKey
from crwatch.values.path import FieldPath
from crwatch.values.scalars import Json, Missing


class Op(StrEnum):
    """RFC 6902's operations, as far as a difference needs them."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"
    MOVE = "move"


class Basis(StrEnum):
    """Why a manager is named."""

    WROTE = "wrote"
    """It is the one writer between two consecutive versions."""
    OWNS = "owns"
    """It owns the path after the change, and its entry is recent enough to have made it."""
    OWNED = "owned"
    """It owned the path that was removed."""


class Manager(msgspec.Struct, frozen=True):
    """Who wrote, as `managedFields` says: the name that a client gave itself, not a user."""

    manager: str
    operation: str = ""
    subresource: str = ""
    time: str = ""
    """The entry's own time, RFC 3339 with seconds; empty where it has none."""
    basis: Basis = Basis.WROTE

    @property
    def label(self) -> str:
        """What stands after `@`: `db-operator/status`, one word."""
        return f"{self.manager}/{self.subresource}" if self.subresource else self.manager


class FieldChange(msgspec.Struct, frozen=True):
    """One field that differs."""

    op: Op
    pointer: str
    """JSON Pointer (RFC 6901), valid when the changes are applied in order (RFC 6902)."""
    path: FieldPath
    old: Json | Missing
    """MISSING for `add`."""
    new: Json | Missing
    """MISSING for `remove`."""
    by: tuple[Manager, ...] = ()
    """Empty where it cannot be known."""
    from_pointer: str | None = None
    """Where a moved item stood; for `move` alone."""


class Diff(msgspec.Struct, frozen=True):
    """All changes between two values, in the order in which they apply."""

    fields: tuple[FieldChange, ...]

    def __iter__(self) -> Iterator[FieldChange]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)


class Change(msgspec.Struct, frozen=True):
    """A Delta, explained."""

    delta: Delta
    """Masked: what its objects hold may be shown and stored."""
    fields: tuple[FieldChange, ...] = ()
    """What is shown; empty for `added` and `deleted`, whose change is the object."""
    folded: tuple[FieldChange, ...] = ()
    """What the rules hide; counted, and kept because "only a heartbeat" needs to know the rest."""
    writers: tuple[Manager, ...] = ()
    """Who made the whole event, where that is known: for a heading's and an added object's `@who`."""

    def __bool__(self) -> bool:
        return bool(self.fields) or self.delta.type != "modified"

    @property
    def key(self) -> ObjectKey:
        """Namespace and name."""
        return self.delta.key
