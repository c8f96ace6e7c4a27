"""A Change in words, before any layout: its sign, its writer, what happened, and one Entry for each field."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Final

import msgspec

from crwatch.diff.change import Change, FieldChange, Manager, Op
from crwatch.diff.reading import Flapping, Line, Note, Reading
from crwatch.model.delta import Delta, DeltaType, Reason, Source
from crwatch.model.resource import ResourceType
from crwatch.render.leaves import leaves
from crwatch.render.text import one_word, show
from crwatch.render.theme import Span, Theme
from crwatch.values.path import FieldPath, Keyed, Member, format_path
from crwatch.values.scalars import MISSING, Missing, age, format_duration, parse_timestamp

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
    flapping: str = ""
    """`6 times in 40s, against @keda-operator`; the sign is the theme's."""
    below: str | None = None
    """A message that stands under it, as the cluster wrote it."""
    by: tuple[Manager, ...] = ()
    field: FieldChange | None = None
    """What it was made of; for the views that show a value at length."""
    place: FieldPath = FieldPath()
    """The path, for the views that fold or shorten it."""


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


def note_spans(entry: Entry, theme: Theme, gap: str, *more: str) -> list[Span]:
    """Return what stands in parentheses after a value, with the gap before it; nothing where there is nothing.

    Args:
        entry: whose notes.
        theme: the sign of flapping.
        gap: before the parenthesis.
        more: further notes; empty ones do not count.
    """
    notes: list[Span] = [("dim", note) for note in entry.notes]
    if entry.flapping:
        notes.append(("flap", f"{theme.again} {entry.flapping}"))
    notes += [("notice", note) for note in more if note]
    if not notes:
        return []
    spans: list[Span] = [("dim", f"{gap}(")]
    for at, (role, text) in enumerate(notes):
        spans += [("dim", ", ")] if at else []
        spans.append((role, text))
    spans.append(("dim", ")"))
    return [(role, "".join(text for _, text in run)) for role, run in groupby(spans, key=itemgetter(0))]


def tell(
    change: Change,
    reading: Reading,
    *,
    clock: Callable[[datetime], str],
    since_rv: str | None = None,
    first_paths: Sequence[FieldPath] = (),
) -> Telling:
    """Return a Change in words.

    Args:
        change: what there is to tell.
        reading: how its fields read.
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
    entries = _whole_entries(sign, delta, first_paths) if whole else _field_entries(reading.lines, hidden)
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
    if delta.type is DeltaType.MODIFIED:
        return ""
    if delta.source is Source.FILE:
        return f"only in the {'second' if delta.type is DeltaType.ADDED else 'first'}"
    return _came(delta) if delta.type is DeltaType.ADDED else _went(delta, clock, since_rv)


def _came(delta: Delta) -> str:
    if delta.initial:
        return "already there"
    match delta.reason:
        case Reason.RECREATED:
            span = _span(delta)
            return f"recreated after {span}, new uid" if span and not delta.gap else "recreated, new uid"
        case Reason.ENTERED_SELECTION:
            return "entered the selection"
        case Reason.UNKNOWN:
            return "created, or entered the selection"
        case _:
            return "created"


def _went(delta: Delta, clock: Callable[[datetime], str], since_rv: str | None) -> str:
    if delta.reason is Reason.LEFT_SELECTION:
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
    return f"net of {_span(delta) or '?'}" if delta.gap and delta.source is not Source.FILE else ""


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


def _field_entries(lines: Sequence[Line], hidden: Collection[str]) -> tuple[Entry, ...]:
    """Spec, then what else the author wrote, metadata, status; in each plain fields before items of lists."""
    entries = map(_entry, sorted(lines, key=lambda line: _place(line.path)))
    return tuple(entry for entry in entries if entry.path not in hidden)


def _place(path: FieldPath) -> tuple[int, bool]:
    section = path.parts[0] if path.parts else ""
    in_list = any(isinstance(part, Keyed | Member | int) for part in path.parts)
    return (_SECTION_ORDER.get(section, 1) if isinstance(section, str) else 1), in_list


_SIGN_OF_OP: Final = {Op.ADD: "+", Op.REMOVE: "-", Op.REPLACE: "~", Op.MOVE: "~"}


def _entry(line: Line) -> Entry:
    old, new = _shown(line)
    return Entry(
        sign=_SIGN_OF_OP[line.op],
        path=format_path(line.path),
        old=old,
        new=new,
        notes=(*map(_note, line.notes), *_taken(line)),
        flapping=_flapping(line.flapping) if line.flapping else "",
        below=line.message,
        by=line.by,
        field=line.field,
        place=line.path,
    )


def _shown(line: Line) -> tuple[str | None, str | None]:
    if line.op is Op.MOVE:
        return f"[{line.old}]", f"[{line.new}]"
    if line.path.parts and isinstance(line.path.parts[-1], Member):
        return None, None
    return (
        None if isinstance(line.old, Missing) else show(line.old),
        None if isinstance(line.new, Missing) else show(line.new),
    )


def _note(note: Note) -> str:
    return f"{note.words} {'' if note.value is None else show(note.value)}".strip()


def _taken(line: Line) -> tuple[str, ...]:
    """Say who lost the field to its writer, where one of them applied it, and their fight is not told already.

    That a plain update owns what a plain update owned before is how every object goes on.
    """
    if line.field is None or not line.field.taken_from or (line.flapping and line.flapping.against):
        return ()
    if all(one.operation != "Apply" for one in (*line.field.taken_from, *line.field.by)):
        return ()
    return (f"taken from {who(line.field.taken_from)}",)


def _flapping(flapping: Flapping) -> str:
    times = "once" if flapping.times == 1 else f"{flapping.times} times"
    rival = f", against {who(flapping.against)}" if flapping.against else ""
    return f"{times} in {format_duration(flapping.seconds)}{rival}"


def _whole_entries(sign: str, delta: Delta, first_paths: Sequence[FieldPath]) -> tuple[Entry, ...]:
    gone = sign == "-"
    return tuple(
        Entry(sign, format_path(path), show(value) if gone else None, None if gone else show(value), place=path)
        for path, value in leaves(delta.object, first_paths)
    )


def _alike(change: Change) -> int:
    """How many fields of a recreated object are as in the deleted one; only the others are its changes."""
    if change.delta.reason is not Reason.RECREATED or not change.fields:
        return 0
    differing = {format_path(field.path) for field in change.fields if field.new is not MISSING}
    return sum(format_path(path) not in differing for path, _ in leaves(change.delta.object))
