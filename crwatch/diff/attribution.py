"""Who made a change: what `managedFields` proves, and nothing else (protocol 9.10)."""

from collections.abc import Sequence

import msgspec

from crwatch.diff.change import Basis, FieldChange, Manager, Op
from crwatch.model.objects import KubeObject
from crwatch.values.fieldset import FieldSet, ManagedEntry, managed_entries
from crwatch.values.path import FieldPath


class Attribution(msgspec.Struct, frozen=True):
    """Fields with their `by`, and who made all of it, where that is one."""

    fields: tuple[FieldChange, ...]
    writers: tuple[Manager, ...] = ()


def attribute(
    fields: Sequence[FieldChange], before: KubeObject, after: KubeObject, *, api_version: str, gap: bool = False
) -> Attribution:
    """Return the changes between two versions of one object with those who made them.

    Between consecutive versions the writer is the one entry that is new, whose time moved, or that gained fields; it
    made every change, inside atomic lists too. Where there is no such entry, or more than one, the owner of each
    path is named if its entry is recent enough to have made the change; an older owner did not (a schema's default,
    pruning, a removal by one who owns nothing).

    Args:
        fields: the changes.
        before: the older version.
        after: the newer one.
        api_version: in which the objects are served: entries of other versions name other paths.
        gap: versions between were not seen, so that no one writer can be told.
    """
    if before.meta.resource_version == after.meta.resource_version:
        return Attribution(tuple(fields))  # nobody wrote: the schema changed how it is served (protocol 9.1)
    old, new = managed_entries(before.raw), managed_entries(after.raw)
    writer = None if gap else _writer(old, new)
    losers = _Losers(old, new, api_version)
    if writer is not None:
        by = (_manager(writer, Basis.WROTE),)
        return Attribution(tuple(losers.named(field, by) for field in fields), by)
    owners = _Owners(old, new, api_version)
    return Attribution(tuple(losers.named(field, owners.of(field)) for field in fields))


def attribute_creation(
    fields: Sequence[FieldChange], after: KubeObject, *, api_version: str, gap: bool = False
) -> Attribution:
    """Return who made a new object, and its differences from an earlier object of the same name.

    The creator is the object's one entry; with several, others wrote before it was seen (or admission wrote in their
    name), and each path is its owner's. With a gap even the one owner of today need not be the creator.
    """
    new = managed_entries(after.raw)
    if len(new) == 1 and not gap:
        by = (_manager(new[0], Basis.WROTE),)
        return Attribution(tuple(msgspec.structs.replace(field, by=by) for field in fields), by)
    owners = _Owners((), new, api_version)
    return Attribution(tuple(msgspec.structs.replace(field, by=owners.of(field)) for field in fields))


def _writer(old: Sequence[ManagedEntry], new: Sequence[ManagedEntry]) -> ManagedEntry | None:
    known = {entry.identity: entry for entry in old}
    wrote = [entry for entry in new if _has_written(known.get(entry.identity), entry)]
    return wrote[0] if len(wrote) == 1 else None


def _has_written(old: ManagedEntry | None, new: ManagedEntry) -> bool:
    if old is None or old.time != new.time:
        return True
    return old.fields_v1 != new.fields_v1 and new.fields().exceeds(old.fields())


class _Owners:
    """Who owns which path on both sides; sets are opened when a change first asks for them."""

    def __init__(self, old: Sequence[ManagedEntry], new: Sequence[ManagedEntry], api_version: str) -> None:
        newest = max((entry.time for entry in old), default="")
        times = {entry.identity: entry.time for entry in (*old, *new)}
        self._old = [entry for entry in old if entry.api_version == api_version and times[entry.identity] >= newest]
        self._new = [entry for entry in new if entry.api_version == api_version and entry.time >= newest]
        self._opened: dict[int, FieldSet] = {}

    def of(self, field: FieldChange) -> tuple[Manager, ...]:
        if field.op is Op.REMOVE:
            return tuple(_manager(entry, Basis.OWNED) for entry in self._having(self._old, field.path))
        return tuple(_manager(entry, Basis.OWNS) for entry in self._having(self._new, field.path))

    def _having(self, entries: list[ManagedEntry], path: FieldPath) -> list[ManagedEntry]:
        """Return the owners of the path or of parts of it, else the owners of what holds it as one field."""
        exactly = [entry for entry in entries if self._fields(entry).has(path)]
        return exactly or [entry for entry in entries if self._fields(entry).owns(path)]

    def _fields(self, entry: ManagedEntry) -> FieldSet:
        if id(entry) not in self._opened:
            self._opened[id(entry)] = entry.fields()
        return self._opened[id(entry)]


class _Losers:
    """Who owned a path before and does not any more: an update, or an apply by force, takes what it changes."""

    def __init__(self, old: Sequence[ManagedEntry], new: Sequence[ManagedEntry], api_version: str) -> None:
        left = {entry.identity: entry for entry in new}
        self._lost = [
            (entry, left.get(entry.identity))
            for entry in old
            if entry.api_version == api_version
            and (entry.identity not in left or left[entry.identity].fields_v1 != entry.fields_v1)
        ]

    def named(self, field: FieldChange, by: tuple[Manager, ...]) -> FieldChange:
        """Return the change with those who made it and, of a replaced value, those whose it was."""
        taken_from: tuple[Manager, ...] = ()
        if by and self._lost and field.op is Op.REPLACE:
            labels = {one.label for one in by}
            taken_from = tuple(
                _manager(before, Basis.OWNED)
                for before, after in self._lost
                if before.fields().has(field.path) and not (after and after.fields().has(field.path))
            )
            taken_from = tuple(one for one in taken_from if one.label not in labels)
        return msgspec.structs.replace(field, by=by, taken_from=taken_from)


def _manager(entry: ManagedEntry, basis: Basis) -> Manager:
    return Manager(entry.manager, entry.operation, entry.subresource, entry.time, basis)
