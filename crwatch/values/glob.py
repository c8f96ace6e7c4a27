"""Patterns of paths, as people type them: `status.conditions[type=Ready]`, `spec.users[*].roles`, `**.image`."""

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Final, TypeAlias

import msgspec

from crwatch.values.path import FieldPath, Keyed, Member, Part, PathSyntaxError, format_path, has_keys, parse_part
from crwatch.values.scalars import MISSING, Json, Missing, same


class Wild(Enum):
    """Parts of a pattern that stand for any."""

    FIELD = "*"
    """One field, whatever its name."""
    ITEM = "[*]"
    """One item of a list."""
    DEEP = "**"
    """Any number of parts, none too."""


_Position: TypeAlias = frozenset[int]
"""How much of a pattern has been met: indexes of the part that may come next; its length when all of it has."""


class PathGlob(msgspec.Struct, frozen=True):
    """A pattern: it names the places that it fits, and all below them."""

    parts: tuple[Part | Wild, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "PathGlob":
        """Return the pattern that `text` writes: a path as crwatch prints it, with `*`, `[*]` and `**` for any.

        Raises:
            PathSyntaxError: it is no pattern.
        """
        if text == ".":
            return cls()
        parts: list[Part | Wild] = []
        at = 0
        while at < len(text):
            part, at = _parse_wild(text, at) or parse_part(text, at)
            parts.append(part)
        if not parts:
            raise PathSyntaxError("a pattern is not empty: `.` is everything")
        return cls(tuple(parts))

    def __str__(self) -> str:
        words = (f".{part.value}" if part in _NAMED else _word(part) for part in self.parts)
        return "".join(words).removeprefix(".") or "."

    def covers(self, path: FieldPath) -> bool:
        """Tell whether `path` is a place that the pattern names, or lies below one."""
        return self._is_met(self._follow(path))

    def touches(self, path: FieldPath, value: Json | Missing) -> bool:
        """Tell whether the pattern covers `path`, or names something inside the `value` there."""
        return self._touches(self._follow(path), value)

    def holds_all_of(self, path: FieldPath, value: Json | Missing) -> bool:
        """Tell whether the pattern covers `path`, or all that the `value` there holds."""
        return self._holds_all_of(self._follow(path), value)

    def rewrite(self, value: Json, change: Callable[[Json], Json]) -> Json:
        """Return `value` with what stands at the places that the pattern names changed; itself where there are none."""
        return self._rewrite(self._start, value, change)

    @property
    def _start(self) -> _Position:
        return self._skip_deep({0})

    def _is_met(self, position: _Position) -> bool:
        return len(self.parts) in position

    def _skip_deep(self, position: set[int]) -> _Position:
        for index in sorted(position):
            following = index
            while following < len(self.parts) and self.parts[following] is Wild.DEEP:
                following += 1
                position.add(following)
        return frozenset(position)

    def _follow(self, path: FieldPath) -> _Position:
        position = self._start
        for part in path.parts:
            if self._is_met(position):
                break
            position = self._step(position, part, MISSING)
        return position

    def _step(self, position: _Position, part: Part, item: Json | Missing) -> _Position:
        reached: set[int] = set()
        for index in position:
            if index < len(self.parts):
                wanted = self.parts[index]
                if wanted is Wild.DEEP:
                    reached.add(index)
                elif _fits(wanted, part, item):
                    reached.add(index + 1)
        return self._skip_deep(reached)

    def _below(self, position: _Position, value: Json | Missing) -> Iterator[tuple[_Position, Part, Json]]:
        if isinstance(value, dict):
            for name, child in value.items():
                yield self._step(position, name, MISSING), name, child
        elif isinstance(value, list):
            for index, child in enumerate(value):
                yield self._step(position, index, child), index, child

    def _touches(self, position: _Position, value: Json | Missing) -> bool:
        if self._is_met(position) or not position:
            return bool(position)
        return any(self._touches(below, child) for below, _, child in self._below(position, value))

    def _holds_all_of(self, position: _Position, value: Json | Missing) -> bool:
        if self._is_met(position):
            return True
        if not (position and isinstance(value, dict | list) and value):
            return False
        return all(self._holds_all_of(below, child) for below, _, child in self._below(position, value))

    def _rewrite(self, position: _Position, value: Json, change: Callable[[Json], Json]) -> Json:
        if self._is_met(position):
            return change(value)
        if not (position and isinstance(value, dict | list)):
            return value
        changed: dict[Part, Json] = {}
        for below, part, child in self._below(position, value):
            new = self._rewrite(below, child, change)
            if new is not child:
                changed[part] = new
        if not changed:
            return value
        if isinstance(value, dict):
            return {name: changed.get(name, child) for name, child in value.items()}
        return [changed.get(index, child) for index, child in enumerate(value)]


_NAMED: Final = frozenset({Wild.FIELD, Wild.DEEP})


def _word(part: Part | Wild) -> str:
    if isinstance(part, Wild):
        return part.value
    text = format_path(FieldPath((part,)))
    return f".{text}" if isinstance(part, str) and not text.startswith("[") else text


def _parse_wild(text: str, at: int) -> tuple[Wild, int] | None:
    """Return the wild part that begins at `at`, if one does."""
    if text.startswith(Wild.ITEM.value, at):
        return Wild.ITEM, at + len(Wild.ITEM.value)
    if at:
        if not text.startswith(".", at):
            return None
        at += 1
    for wild in (Wild.DEEP, Wild.FIELD):
        end = at + len(wild.value)
        if text.startswith(wild.value, at) and text[end : end + 1] in {"", ".", "["}:
            return wild, end
    return None


def _fits(wanted: Part | Wild, part: Part, item: Json | Missing) -> bool:
    """Tell whether one part of a pattern stands for one of a path.

    Args:
        wanted: of the pattern.
        part: of the path; an index where the item itself is at hand.
        item: what stands there, where it is at hand.
    """
    match wanted:
        case Wild():
            return isinstance(part, str) is (wanted is Wild.FIELD)
        case Keyed(keys=keys):
            if isinstance(part, Keyed):
                known = dict(part.keys)
                return all(key in known and same(known[key], value) for key, value in keys)
            return not isinstance(item, Missing) and has_keys(item, wanted)
        case Member(value=value):
            if isinstance(part, Member):
                return same(part.value, value)
            return not isinstance(item, Missing) and same(item, value)
        case _:
            return type(wanted) is type(part) and wanted == part
