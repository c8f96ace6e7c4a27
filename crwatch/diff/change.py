"""A Delta explained: which fields changed, from what to what, by whom, and what was folded away."""

from collections.abc import Iterator
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final

import msgspec

from crwatch.model.delta import Delta
from crwatch.model.objects import ObjectKey
from crwatch.values.patch import apply_json_patch
from crwatch.values.path import FieldPath
from crwatch.values.scalars import MISSING, Json, Missing


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

    def is_called(self, glob: str) -> bool:
        """Tell whether a glob means this manager, with its subresource or without."""
        return fnmatchcase(self.manager, glob) or fnmatchcase(self.label, glob)


UNKNOWN: Final = Manager("?")
"""Stands for whoever made a change of which `managedFields` proves no writer."""


class PairedBy(StrEnum):
    """Why two list items that have no key are held to be one and the same."""

    LIKENESS = "likeness"
    POSITION = "position"


class Guess(msgspec.Struct, frozen=True):
    """A list item was recognised by neither a key nor its bytes: a reader should know."""

    by: PairedBy
    was: int
    """Its index in the old list."""


class FieldChange(msgspec.Struct, frozen=True):
    """One field that differs."""

    op: Op
    pointer: str
    """JSON Pointer (RFC 6901), valid when the changes are applied in order (RFC 6902)."""
    path: FieldPath
    old: Json | Missing
    """MISSING for `add`; for `move` the item's index in the old list."""
    new: Json | Missing
    """MISSING for `remove`; for `move` the item's index in the new list."""
    by: tuple[Manager, ...] = ()
    """Empty where it cannot be known."""
    from_pointer: str | None = None
    """Where a moved item stood; for `move` alone."""
    guess: Guess | None = None
    """How the innermost list item that holds the field was recognised, where that is not certain."""
    taken_from: tuple[Manager, ...] = ()
    """Who owned the field before and lost it to the writer of this change."""

    @property
    def writers(self) -> tuple[Manager, ...]:
        """Who made the change; UNKNOWN alone where that cannot be known."""
        return self.by or (UNKNOWN,)

    def is_by(self, glob: str) -> bool:
        """Tell whether a glob means one of those who made the change; `?` is nobody known."""
        return any(one.is_called(glob) for one in self.writers)

    def invert(self) -> "FieldChange":
        """Return the change that undoes this one; nobody has made it."""
        back = msgspec.structs.replace(self, op=_INVERSE[self.op], old=self.new, new=self.old, by=(), taken_from=())
        if self.from_pointer is None:
            return back
        return msgspec.structs.replace(back, pointer=self.from_pointer, from_pointer=self.pointer)

    def to_json_patch(self) -> dict[str, Json]:
        """Return the change as one operation of RFC 6902."""
        if self.from_pointer is not None:
            return {"op": self.op.value, "from": self.from_pointer, "path": self.pointer}
        if self.new is MISSING:
            return {"op": self.op.value, "path": self.pointer}
        return {"op": self.op.value, "path": self.pointer, "value": self.new}


_INVERSE: Final = {Op.ADD: Op.REMOVE, Op.REMOVE: Op.ADD, Op.REPLACE: Op.REPLACE, Op.MOVE: Op.MOVE}


class Diff(msgspec.Struct, frozen=True):
    """All changes between two values, in the order in which they apply."""

    fields: tuple[FieldChange, ...]

    def __iter__(self) -> Iterator[FieldChange]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    def apply(self, old: Json) -> Json:
        """Return the value that the changes make of `old`, which stays as it is.

        Raises:
            PatchError: `old` is not the value that was compared, and lacks a place that changed.
        """
        return apply_json_patch(old, self.to_json_patch())

    def invert(self) -> "Diff":
        """Return the changes that lead back, in their order; the paths call list items as they are called here."""
        return Diff(tuple(field.invert() for field in reversed(self.fields)))

    def to_json_patch(self) -> list[dict[str, Json]]:
        """Return the changes as a JSON Patch (RFC 6902)."""
        return [field.to_json_patch() for field in self.fields]


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
    filtered: tuple[FieldChange, ...] = ()
    """What the user's filters hide (`--path`, `--by` and their like); counted."""

    def __bool__(self) -> bool:
        return bool(self.fields) or self.delta.type != "modified"

    @property
    def key(self) -> ObjectKey:
        """Namespace and name."""
        return self.delta.key
