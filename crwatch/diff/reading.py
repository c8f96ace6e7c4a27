"""How a Change reads: the fields of a condition as one transition, what two values have in common, who fights whom."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from crwatch.diff.change import Change, FieldChange, Manager, Op
from crwatch.model.delta import Delta, DeltaType
from crwatch.values.path import FieldPath, Keyed, find
from crwatch.values.scalars import (
    MISSING,
    Json,
    Missing,
    format_duration,
    parse_duration,
    parse_quantity,
    parse_timestamp,
)


class Note(msgspec.Struct, frozen=True):
    """What is said about a change beside its values."""

    words: str = ""
    value: str | None = None
    """After the words, in the cluster's own spelling: hostile until a renderer has shown it."""


class Flapping(msgspec.Struct, frozen=True):
    """A field returned to a value that it had not long ago."""

    times: int
    seconds: float
    """Since the field began to move."""
    against: tuple[Manager, ...] = ()
    """Who wrote the other value, where two take turns."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that changed, as a person counts."""

    op: Op
    path: FieldPath
    old: Json | Missing = MISSING
    new: Json | Missing = MISSING
    """Of a transition: the condition's status; it stands alone where only the reason moved."""
    notes: tuple[Note, ...] = ()
    message: str | None = None
    """What a condition says now, where that is new."""
    flapping: Flapping | None = None
    by: tuple[Manager, ...] = ()
    field: FieldChange | None = None
    """What it was made of; None where several fields are one line."""


class Reading(msgspec.Struct, frozen=True):
    """A Change, read."""

    lines: tuple[Line, ...]
    """In the order of the changes."""


class Reader:
    """Reads the Changes of one run, in their order; what it remembers of them is bounded."""

    def __init__(self) -> None:
        self._edits: dict[tuple[str, str], tuple[int, datetime]] = {}
        self._trails: dict[tuple[str, str, FieldPath], _Trail] = {}

    def read(self, change: Change) -> Reading:
        """Return how `change` reads. Changes of which nothing is shown are to be read too: an edit may be one."""
        self._remember_edit(change.delta)
        if not change.fields:
            return Reading(())
        lines = _read_fields(change)
        if change.delta.type is DeltaType.MODIFIED:
            lines = [self._followed(line, change.delta) for line in lines]
        return Reading(tuple(lines))

    def _remember_edit(self, delta: Delta) -> None:
        """Keep when the spec's generation was seen to move: both ends of a duration are then of our clock."""
        if delta.before is None or delta.after is None or delta.type is not DeltaType.MODIFIED:
            return
        was, now = delta.before.meta.generation, delta.after.meta.generation
        if was == now or now is None:
            return
        edits, key = self._edits, (delta.cluster, delta.meta.uid)
        edits.pop(key, None)
        if not delta.gap:
            edits[key] = now, delta.observed_at
            _drop_oldest(edits)

    def _followed(self, line: Line, delta: Delta) -> Line:
        if line.path == _OBSERVED and line.op is Op.REPLACE and str(line.new) == str(delta.meta.generation):
            return msgspec.structs.replace(line, notes=(*line.notes, *self._caught_up(delta)))
        if line.op is Op.MOVE or (line.op is Op.REPLACE and line.old is MISSING):
            return line
        key = (delta.cluster, delta.meta.uid, line.path)
        trail = self._trails.pop(key, None)
        if trail is None or delta.observed_at - trail.last > _CALM:
            trail = _Trail(values=[_mark(line.old)], since=delta.observed_at, last=delta.observed_at)
        self._trails[key] = trail
        _drop_oldest(self._trails)
        flapping = trail.go_on(line, delta.observed_at)
        return line if flapping is None else msgspec.structs.replace(line, flapping=flapping)

    def _caught_up(self, delta: Delta) -> Iterator[Note]:
        yield Note("caught up with spec")
        generation, edited = self._edits.get((delta.cluster, delta.meta.uid), (None, delta.observed_at))
        if generation == delta.meta.generation and edited < delta.observed_at and not delta.gap:
            yield Note(f"{format_duration((delta.observed_at - edited).total_seconds())} after the edit")


_OBSERVED: Final = FieldPath(("status", "observedGeneration"))
_REMEMBERED: Final = 4096
"""Fields, and objects, whose past is kept: about 2 MB."""
_VALUES: Final = 8
_CALM: Final = timedelta(minutes=10)
"""A field that has been still for so long begins anew: what comes back later is a cycle, not flapping."""
_NEWS_FROM: Final = 2
"""Returns from which on one writer's field flaps: a phase that goes and comes back once is how operators work."""


def _drop_oldest(entries: dict[Any, Any]) -> None:
    if len(entries) > _REMEMBERED:
        del entries[next(iter(entries))]


class _Trail(msgspec.Struct):
    """The values that a field went through."""

    values: list[int]
    since: datetime
    last: datetime
    returns: int = 0
    by: tuple[Manager, ...] = ()
    rival: tuple[Manager, ...] = ()

    def go_on(self, line: Line, at: datetime) -> Flapping | None:
        value, self.last = _mark(line.new), at
        if self.by and line.by and _labels(self.by) != _labels(line.by):
            self.rival = self.by
        self.by = line.by
        returned = value in self.values
        self.values = [*self.values, value][-_VALUES:]
        self.returns += returned
        if not returned or not (self.rival or self.returns >= _NEWS_FROM):
            return None
        return Flapping(self.returns, (at - self.since).total_seconds(), self.rival if line.by else ())


def _labels(managers: Sequence[Manager]) -> list[str]:
    return [manager.label for manager in managers]


def _mark(value: Json | Missing) -> int:
    """A value's hash: what is remembered of values that may be large, or masked."""
    return 0 if isinstance(value, Missing) else hash(msgspec.json.encode(value))


def condition_of(path: FieldPath) -> FieldPath | None:
    """Return the condition that `path` names or stands in (`status.conditions[type=Ready]`), or None."""
    for at, part in enumerate(path.parts[1:], start=1):
        is_item = isinstance(part, Keyed) and any(key == "type" for key, _ in part.keys)
        if is_item and path.parts[at - 1] == "conditions":
            return FieldPath(path.parts[: at + 1])
    return None


_OF_TRANSITION: Final = frozenset(
    {
        "status",
        "reason",
        "message",
        "lastTransitionTime",
        "lastUpdateTime",
        "lastProbeTime",
        "lastHeartbeatTime",
        "observedGeneration",
    }
)
"""Fields of a condition that its one line stands for."""


def _read_fields(change: Change) -> list[Line]:
    fields = [part for field in change.fields for part in _unfolded(field)]
    moving = _transitions(fields)
    lines: list[Line] = []
    state: Mapping[str, Json] | None = None
    for field in fields:
        condition = condition_of(field.path)
        group = moving.get(condition) if condition is not None else None
        if condition is None or group is None or field is not group.get(_name_in(condition, field) or ""):
            lines.append(_line(field))
        elif field is next(iter(group.values())):
            state = change.delta.object.value() if state is None else state
            lines.append(_transition(condition, group, state))
    return lines


def _unfolded(field: FieldChange) -> Iterator[FieldChange]:
    """A status, or a list of conditions, that came as one value is read as its parts."""
    parts, value = field.path.parts, field.new
    if field.op is Op.ADD and parts == ("status",) and isinstance(value, dict) and value:
        for name, item in value.items():
            yield from _unfolded(msgspec.structs.replace(field, path=field.path / name, new=item))
        return
    types = _types(value) if field.op is Op.ADD and parts[-1:] == ("conditions",) else []
    if types and isinstance(value, list):
        for kind, item in zip(types, value, strict=True):
            yield msgspec.structs.replace(field, path=field.path / Keyed((("type", kind),)), new=item)
        return
    yield field


def _types(value: Json | Missing) -> list[str]:
    """The types of a list of conditions; empty where they do not tell its items apart."""
    items = value if isinstance(value, list) else []
    types = [item["type"] for item in items if isinstance(item, dict) and isinstance(item.get("type"), str)]
    words = [kind for kind in types if isinstance(kind, str)]
    return words if len(set(words)) == len(items) else []


def _transitions(fields: Sequence[FieldChange]) -> dict[FieldPath, dict[str, FieldChange]]:
    """Return the conditions whose status or reason moved, each with the fields that its line stands for, by name."""
    groups: dict[FieldPath, dict[str, FieldChange]] = {}
    for field in fields:
        condition = condition_of(field.path)
        if condition is None or field.op is Op.MOVE:
            continue
        name = _name_in(condition, field)
        if name is not None:
            groups.setdefault(condition, {})[name] = field
    return {condition: group for condition, group in groups.items() if group.keys() & {"", "status", "reason"}}


def _name_in(condition: FieldPath, field: FieldChange) -> str | None:
    """The field's name in its condition, empty for a condition that came or went; None where it has its own line."""
    below = field.path.parts[len(condition.parts) :]
    if not below:
        whole = field.new if field.op is Op.ADD else field.old
        return "" if isinstance(whole, dict) and isinstance(whole.get("status"), str) else None
    name = below[0]
    if len(below) > 1 or not isinstance(name, str) or name not in _OF_TRANSITION:
        return None
    return name if name != "status" or field.op is Op.REPLACE else None


def _transition(condition: FieldPath, group: Mapping[str, FieldChange], state: Mapping[str, Json]) -> Line:
    by = tuple(dict.fromkeys(manager for field in group.values() for manager in field.by))
    if whole := group.get(""):
        return _whole_condition(whole)
    now = find(dict(state), condition)
    now = now if isinstance(now, dict) else {}
    status, reason, message = (group.get(name) for name in ("status", "reason", "message"))
    notes = [*_reason_notes(now, reason, alone=status is None)]
    if status is not None:
        notes += _after(group.get("lastTransitionTime"))
    return Line(
        op=Op.REPLACE,
        path=condition,
        old=MISSING if status is None else status.old,
        new=now.get("status", MISSING) if status is None else status.new,
        notes=(*notes, *_behind(now, state)),
        message=_text(message.new) if message else None,
        by=by,
    )


def _whole_condition(field: FieldChange) -> Line:
    value = field.new if field.op is Op.ADD else field.old
    shown = value if isinstance(value, dict) else {}
    status, reason = shown.get("status"), _text(shown.get("reason"))
    notes = (Note(value=reason),) if reason else ()
    old, new = (MISSING, status) if field.op is Op.ADD else (status, MISSING)
    message = _text(shown.get("message")) if field.op is Op.ADD else None
    return Line(op=field.op, path=field.path, old=old, new=new, notes=notes, message=message, by=field.by)


def _reason_notes(now: Mapping[str, Json], reason: FieldChange | None, *, alone: bool) -> Iterator[Note]:
    if text := _text(now.get("reason")):
        yield Note(value=text)
    if alone and reason is not None and (was := _text(reason.old)):
        yield Note("was", was)


def _after(moved: FieldChange | None) -> Iterator[Note]:
    """How long the old status held, by the server's times alone (protocol 9.18)."""
    if moved is None:
        return
    begin, end = (parse_timestamp(_text(value) or "") for value in (moved.old, moved.new))
    if begin and end and end >= begin:
        yield Note(f"after {format_duration((end - begin).total_seconds())}")


def _behind(now: Mapping[str, Json], state: Mapping[str, Json]) -> Iterator[Note]:
    """Say when a condition is about an older spec than the one there is."""
    status, metadata = state.get("status"), state.get("metadata")
    seen = now.get("observedGeneration", status.get("observedGeneration") if isinstance(status, dict) else None)
    generation = metadata.get("generation") if isinstance(metadata, dict) else None
    if str(seen).isdecimal() and str(generation).isdecimal() and int(str(seen)) < int(str(generation)):
        yield Note(f"for generation {seen} of {generation}")


def _text(value: Json | Missing) -> str | None:
    return value if isinstance(value, str) and value else None


def _line(field: FieldChange) -> Line:
    notes = _common(field.old, field.new) if field.op is Op.REPLACE else ()
    if field.op is Op.MOVE:
        notes = (Note("moved"),)
    if field.guess is not None:
        notes = (*notes, Note(f"was [{field.guess.was}]"), Note(f"paired by {field.guess.by}"))
    return Line(op=field.op, path=field.path, old=field.old, new=field.new, notes=notes, by=field.by, field=field)


def _common(old: Json | Missing, new: Json | Missing) -> tuple[Note, ...]:
    """Say what two values have in common where their texts differ."""
    if isinstance(old, list) and isinstance(new, list) and _are_reordered(old, new):
        return (Note("order"),)
    if not isinstance(old, str) or not isinstance(new, str) or (old + new).isdecimal():
        return ()
    has_unit = old[-1:].isalpha() or new[-1:].isalpha()  # `1.0` and `1` may be versions
    for parse, words in ((parse_quantity, "equal quantity"), (parse_duration, "equal duration")):
        amount = parse(old) if has_unit else None
        if amount is not None and amount == parse(new):
            return (Note(words),)
    return ()


def _are_reordered(old: list[Json], new: list[Json]) -> bool:
    if len(old) != len(new) or any(isinstance(item, dict | list) for item in old + new):
        return False
    return sorted(map(msgspec.json.encode, old)) == sorted(map(msgspec.json.encode, new))
