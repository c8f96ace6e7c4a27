"""A Change in words, before any layout: its sign, its writer, what happened, and one Entry for each field."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Final

import msgspec

from crwatch.diff.change import Change, FieldChange, Manager, Op
from crwatch.model.delta import Delta, DeltaType, Reason
from crwatch.model.resource import ResourceType
from crwatch.render.leaves import leaves
from crwatch.render.text import one_word, show
from crwatch.values.path import FieldPath, Keyed, Member, format_path
from crwatch.values.scalars import MISSING, Json, Missing, age, format_duration, parse_quantity, parse_timestamp

SIGN_OF: Final = {DeltaType.ADDED: "+", DeltaType.MODIFIED: "~", DeltaType.DELETED: "-"}
ROLE_OF: Final = {"+": "add", "-": "del", "~": "mod"}


class Entry(msgspec.Struct, frozen=True):
    """One changed field, or one field of an object that came or went."""

    sign: str
    path: str
    old: str | None = None
    """None where there is nothing to show: it was not there, or the path says it all."""
    new: str | None = None
    notes: tuple[str, ...] = ()
    by: tuple[Manager, ...] = ()
    field: FieldChange | None = None
    """What it was made of; for the views that show a value at length."""


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """A Change in words."""

    sign: str
    role: str
    """Of the sign, in the theme: what left the selection is not painted as lost."""
    words: str = ""
    """What happened; empty where the sign says it all."""
    entries: tuple[Entry, ...] = ()
    alike: int = 0
    """Of a recreated object: fields that are as in the deleted one."""
    whole: bool = False
    """The entries are the object's fields, not its changes."""
    net: str = ""
    """`net of 28s`, where versions in between were not seen."""
    lived: str = ""
    """`lived 3d4h`."""


class Names(msgspec.Struct, frozen=True):
    """How objects are called, which depends on what else is followed."""

    several_types: bool = False
    several_clusters: bool = False
    ambiguous: Collection[str] = ()
    """Words that two followed kinds share: the group is added."""

    def kind(self, resource: ResourceType) -> str:
        """Return the word for a kind: `databasecluster`, or with its group where two kinds share it."""
        word, group = resource.word, resource.gvr.group
        return one_word(f"{word}.{group}" if group and word in self.ambiguous else word)

    def heading(self, delta: Delta) -> str:
        """Return what stands before an object under headings: nothing, or `prod-eu: databasecluster `."""
        cluster = f"{one_word(delta.cluster)}: " if self.several_clusters else ""
        return cluster + (f"{self.kind(delta.resource)} " if self.several_types else "")

    def column(self, delta: Delta) -> str:
        """Return the kind as one word for a pipe: `databasecluster`, or `prod-eu:databasecluster`."""
        cluster = f"{one_word(delta.cluster)}:" if self.several_clusters else ""
        return cluster + self.kind(delta.resource)


def who(managers: Sequence[Manager]) -> str:
    """Return the writers as one word: `@db-operator/status`, of co-owners `@a,@b`; empty where unknown."""
    return ",".join(dict.fromkeys("@" + one_word(manager.label) for manager in managers))


def event_writers(change: Change) -> tuple[Manager, ...]:
    """Return who made the whole event; none is named for a net change, whose fields may have had several."""
    if change.writers or change.delta.gap or not change.fields:
        return change.writers
    first = change.fields[0].by
    return first if all(field.by == first for field in change.fields) else ()


def tell(
    change: Change,
    *,
    clock: Callable[[datetime], str],
    since_rv: str | None = None,
    first_paths: Sequence[FieldPath] = (),
) -> Telling:
    """Return a Change in words.

    Args:
        change: what there is to tell.
        clock: writes the times between which an object was deleted.
        since_rv: where a net difference begins that was asked for (`diff --since`).
        first_paths: fields that an object which came or went shows first.
    """
    delta = change.delta
    sign = SIGN_OF[delta.type]
    left = delta.reason is Reason.LEFT_SELECTION
    ends = _ends(change)
    whole = delta.type is not DeltaType.MODIFIED and not change.fields
    hidden = _ENDING if ends else _REBORN if delta.reason is Reason.RECREATED else frozenset()
    entries = _whole_entries(sign, delta, first_paths) if whole else _field_entries(change.fields, hidden)
    is_deleted = delta.type is DeltaType.DELETED and not left
    return Telling(
        sign=sign,
        role="left" if left else ROLE_OF[sign],
        words=_terminating(delta) if ends else _words(delta, clock, since_rv),
        entries=entries,
        whole=whole,
        alike=_alike(change),
        net="" if is_deleted else _net(delta, since_rv),
        lived=_lived(delta) if is_deleted and not delta.gap and since_rv is None else "",
    )


def _words(delta: Delta, clock: Callable[[datetime], str], since_rv: str | None) -> str:
    match delta.type, delta.reason:
        case DeltaType.MODIFIED, _:
            return ""
        case DeltaType.ADDED, _ if delta.initial:
            return "already there"
        case DeltaType.ADDED, Reason.RECREATED:
            span = _span(delta)
            return f"recreated after {span}, new uid" if span and not delta.gap else "recreated, new uid"
        case DeltaType.ADDED, Reason.ENTERED_SELECTION:
            return "entered the selection"
        case DeltaType.ADDED, Reason.UNKNOWN:
            return "created, or entered the selection"
        case DeltaType.ADDED, _:
            return "created"
        case _, Reason.LEFT_SELECTION:
            return "left the selection, still exists"
    gone = "deleted, or left the selection," if delta.reason is Reason.UNKNOWN else "deleted"
    if since_rv is not None:
        return f"{gone} since rv {one_word(since_rv)}"
    if delta.gap and delta.previous_observed_at:
        between = f"between {clock(delta.previous_observed_at)} and {clock(delta.observed_at)}"
        return f"{gone.removesuffix(',')} while blind, {between}"
    return gone.removesuffix(",")


def _span(delta: Delta) -> str:
    if delta.previous_observed_at is None:
        return ""
    return format_duration((delta.observed_at - delta.previous_observed_at).total_seconds())


def _net(delta: Delta, since_rv: str | None) -> str:
    if since_rv is not None:
        return f"net since rv {one_word(since_rv)}"
    return f"net of {_span(delta) or '?'}" if delta.gap else ""


def after(delta: Delta) -> str:
    """Return `42s`, the time since the object's version before; empty where it is not the version before."""
    return "" if delta.gap or delta.type is not DeltaType.MODIFIED else _span(delta)


def _lived(delta: Delta) -> str:
    created = parse_timestamp(delta.meta.creation_timestamp or "")
    return f"lived {age((delta.observed_at - created).total_seconds())}" if created else ""


_ENDING: Final = frozenset({"metadata.deletionTimestamp", "metadata.deletionGracePeriodSeconds"})
_REBORN: Final = frozenset({"metadata.uid", "metadata.creationTimestamp"})
"""What the words of the heading say already."""


def _ends(change: Change) -> bool:
    """Whether this is the moment in which a deletion was asked for, and something holds it up."""
    return change.delta.type is DeltaType.MODIFIED and any(
        field.op is Op.ADD and field.pointer == "/metadata/deletionTimestamp" for field in change.fields
    )


def _terminating(delta: Delta) -> str:
    finalizers = delta.object.at("metadata.finalizers")
    if not isinstance(finalizers, list) or not finalizers:
        return "terminating"
    word = "finalizer" if len(finalizers) == 1 else "finalizers"
    return f"terminating: waits for {word} {', '.join(one_word(str(name)) for name in finalizers)}"


_SECTION_ORDER: Final = {"spec": 0, "metadata": 2, "status": 3}


def _field_entries(fields: Sequence[FieldChange], hidden: Collection[str]) -> tuple[Entry, ...]:
    """Spec, then what else the author wrote, metadata, status; in each plain fields before items of lists."""
    entries = map(_entry, sorted(fields, key=lambda field: _place(field.path)))
    return tuple(entry for entry in entries if entry.path not in hidden)


def _place(path: FieldPath) -> tuple[int, bool]:
    section = path.parts[0] if path.parts else ""
    in_list = any(isinstance(part, Keyed | Member | int) for part in path.parts)
    return (_SECTION_ORDER.get(section, 1) if isinstance(section, str) else 1), in_list


def _entry(field: FieldChange) -> Entry:
    path, (old, new) = format_path(field.path), _shown(field)
    notes: tuple[str, ...]
    match field.op:
        case Op.MOVE:
            return Entry("~", path, f"[{old}]", f"[{new}]", ("moved",), field.by, field)
        case Op.ADD:
            sign, notes = "+", ()
        case Op.REMOVE:
            sign, notes = "-", ()
        case Op.REPLACE:
            sign, notes = "~", _notes(field.old, field.new)
    if field.guess is not None:
        notes = (*notes, f"was [{field.guess.was}], paired by {field.guess.by}")
    return Entry(sign, path, old, new, notes, field.by, field)


def _shown(field: FieldChange) -> tuple[str | None, str | None]:
    if field.path.parts and isinstance(field.path.parts[-1], Member):
        return None, None
    return (
        None if isinstance(field.old, Missing) else show(field.old),
        None if isinstance(field.new, Missing) else show(field.new),
    )


def _notes(old: Json | Missing, new: Json | Missing) -> tuple[str, ...]:
    """Say what two values have in common where their texts differ."""
    if isinstance(old, list) and isinstance(new, list) and _are_reordered(old, new):
        return ("order",)
    if isinstance(old, str) and isinstance(new, str) and not (old + new).isdecimal():
        amount = parse_quantity(old)
        has_unit = old[-1:].isalpha() or new[-1:].isalpha()  # `1.0` and `1` may be versions
        if amount is not None and has_unit and amount == parse_quantity(new):
            return ("equal quantity",)
    return ()


def _are_reordered(old: list[Json], new: list[Json]) -> bool:
    if any(isinstance(item, dict | list) for item in old + new):
        return False
    return Counter(map(show, old)) == Counter(map(show, new))


def _whole_entries(sign: str, delta: Delta, first_paths: Sequence[FieldPath]) -> tuple[Entry, ...]:
    return tuple(
        Entry(sign, format_path(path), *((show(value), None) if sign == "-" else (None, show(value))))
        for path, value in leaves(delta.object, first_paths)
    )


def _alike(change: Change) -> int:
    """How many fields of a recreated object are as in the deleted one; only the others are its changes."""
    if change.delta.reason is not Reason.RECREATED or not change.fields:
        return 0
    differing = {format_path(field.path) for field in change.fields if field.new is not MISSING}
    return sum(format_path(path) not in differing for path, _ in leaves(change.delta.object))
