"""The lines under a heading: paths in a column, arrows in a column, and what to do when there is no room."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from crwatch.render.text import cut_middle, display_width, head_of
from crwatch.render.theme import Span, Theme, span_width
from crwatch.render.wording import ROLE_OF, Entry, who
from crwatch.values.path import FieldPath, format_path

Line = list[Span]

_PATH_SHARE: Final = 0.45
_WIDEST_PADDED: Final = 12
_GAP: Final = "  "
_BELOW: Final = " " * 6
_FOLDED_FROM: Final = 3
_LIST_KEY: Final = re.compile(r'(\[(?:"(?:[^"\\]|\\.)*"|[^\]"])*\])')


class Block:
    """Lays out the changes of one event.

    Args:
        theme: signs and colours.
        width: columns of the terminal.
        full: cut nothing.
    """

    def __init__(self, theme: Theme, width: int, *, full: bool = False) -> None:
        self._theme = theme
        self._width = width
        self._full = full

    def lines(self, entries: Sequence[Entry], writers: str) -> list[Line]:
        """Return the lines of `entries`; a field's writer is named where it is not the event's (`writers`)."""
        paths = [display_width(entry.path) for entry in entries if entry.old is not None or entry.new is not None]
        column = max((width for width in paths if width <= self._width * _PATH_SHARE), default=0)
        olds = [display_width(entry.old) for entry in entries if entry.old is not None and entry.new is not None]
        widest = max(olds, default=0)
        old_column = widest if widest <= _WIDEST_PADDED else 0
        return [line for entry in entries for line in self._entry(entry, column, old_column, writers)]

    def _entry(self, entry: Entry, column: int, old_column: int, writers: str) -> Iterator[Line]:
        by = who(entry.by)
        by = "" if by == writers else by
        path = [("", _GAP), (ROLE_OF[entry.sign], entry.sign), ("", " "), *self._path(entry.path)]
        note = f"{_GAP}({', '.join(entry.notes)})" if entry.notes else ""
        value = self._value(entry, 0)
        padding = " " * max(column - display_width(entry.path), 0)
        if not value:
            yield self._with_writer([*path, ("dim", note)], by)
            return
        aligned = [*path, ("", padding + _GAP), *self._value(entry, old_column), ("dim", note)]
        narrow = [*path, ("", _GAP), *value, ("dim", note)]
        for line in (aligned, narrow):
            if self._fits(line, by):
                yield self._with_writer(line, by)
                return
        yield self._with_writer(path, by)
        below = [("", _BELOW), *value, ("dim", note)]
        if self._fits(below, ""):
            yield below
        else:
            yield from self._stacked(entry, note)

    def _path(self, path: str) -> list[Span]:
        if not self._theme.codes:
            return [("path", path)]
        pieces = _LIST_KEY.split(path)
        return [("key" if at % 2 else "path", piece) for at, piece in enumerate(pieces) if piece]

    def _value(self, entry: Entry, old_column: int) -> list[Span]:
        spans: list[Span] = []
        if entry.old is not None and entry.new is not None:
            padded = " " * (old_column - display_width(entry.old)) + " "
            spans += ("old", entry.old), ("", padded), ("dim", self._theme.arrow), ("", " ")
        elif entry.old is not None:
            spans.append((_role(entry), entry.old))
        if entry.new is not None:
            spans.append((_role(entry), entry.new))
        return spans

    def _stacked(self, entry: Entry, note: str) -> Iterator[Line]:
        """The old value, the new one under it at the same column, so that the eye compares character by character."""
        arrow = f"{self._theme.arrow} ".rjust(len(_BELOW))
        last: Line = []
        for role, text in (("old", entry.old), (_role(entry), entry.new)):
            if text is None:
                continue
            if last:
                yield last
            opening = ("dim", arrow) if last else ("", _BELOW)
            *lines, last = self._wrapped(role, text, opening)
            yield from lines
        if note and not self._fits([*last, ("dim", note)], ""):
            yield last
            last, note = [("", _BELOW)], note.removeprefix(_GAP)
        yield [*last, ("dim", note)]

    def _wrapped(self, role: str, text: str, opening: Span) -> Iterator[Line]:
        """Two lines of a value at most; a longer one is cut in the middle and says how long it is."""
        room = max(self._width - len(_BELOW), 1)
        if self._full:
            yield [opening, (role, text)]
            return
        if display_width(text) > 2 * room:
            text = cut_middle(text, room, ellipsis=self._theme.ellipsis)
        while text:
            line = head_of(text, room) or text[:1]
            text = text[len(line) :]
            yield [opening, (role, line)]
            opening = ("", _BELOW)

    def _fits(self, line: Line, by: str) -> bool:
        return span_width(line) + (len(_GAP) + display_width(by) if by else 0) <= self._width

    def _with_writer(self, line: Line, by: str) -> Line:
        if not by:
            return line
        room = self._width - span_width(line) - display_width(by)
        return [*line, ("", " " * max(room, len(_GAP))), ("who", by)]


def _role(entry: Entry) -> str:
    """Of a value that stands alone or after the arrow."""
    return "new" if entry.sign == "~" else ROLE_OF[entry.sign]


def fold_siblings(entries: Sequence[Entry], times: str) -> list[Entry]:
    """Return the entries with equal changes of three and more items of one list as one: `[*]` and a count."""
    groups: dict[tuple[object, ...], list[Entry]] = {}
    for entry in entries:
        groups.setdefault(_likeness(entry), []).append(entry)
    folded: list[Entry] = []
    for entry in entries:
        group = groups[_likeness(entry)]
        if len(group) < _FOLDED_FROM:
            folded.append(entry)
        elif entry is group[0]:
            notes = (*entry.notes, f"{times}{len(group)}")
            folded.append(msgspec.structs.replace(entry, path=_of_siblings(entry), notes=notes, field=None))
    return folded


def _likeness(entry: Entry) -> tuple[object, ...]:
    return _of_siblings(entry), entry.sign, entry.old, entry.new, entry.notes, who(entry.by)


def _of_siblings(entry: Entry) -> str:
    """The path with `[*]` for the last item of a list in it; an item itself has no siblings that are its like."""
    parts = entry.field.path.parts if entry.field else ()
    at = max((at for at, part in enumerate(parts[:-1]) if not isinstance(part, str)), default=None)
    if at is None:
        return entry.path
    rest = format_path(FieldPath(parts[at + 1 :]))
    return f"{format_path(FieldPath(parts[:at]))}[*]{rest if rest.startswith('[') else f'.{rest}'}"
