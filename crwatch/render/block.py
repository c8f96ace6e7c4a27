"""The lines under a heading: paths in a column, arrows in a column, and what to do when there is no room."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from crwatch.render.lines import Row, differing_words, text_diff
from crwatch.render.text import cut_middle, cut_pair, display_width, format_size, head_of, visible
from crwatch.render.theme import Span, Theme, span_width
from crwatch.render.wording import ROLE_OF, Entry, note_spans, who
from crwatch.values.path import FieldPath, format_path

Line = list[Span]

_PATH_SHARE: Final = 0.45
_WIDEST_PADDED: Final = 12
_GAP: Final = "  "
_BELOW: Final = " " * 6
_FOLDED_FROM: Final = 3
_LARGE: Final = 16_000
_MOST_ROWS: Final = 40
"""Characters of a text, and lines of its difference, up to which it is drawn."""
_NUMBER_WIDTH: Final = 9
_LIST_KEY: Final = re.compile(r'(\[(?:"(?:[^"\\]|\\.)*"|[^\]"])*\])')


class _View(msgspec.Struct, frozen=True):
    """An entry as it is drawn, with the rows of its text under it."""

    entry: Entry
    rows: tuple[Row, ...] = ()


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
        views = [self._view(entry) for entry in entries]
        shown = [view.entry for view in views]
        paths = [display_width(entry.path) for entry in shown if entry.old is not None or entry.new is not None]
        column = max((width for width in paths if width <= self._width * _PATH_SHARE), default=0)
        olds = [display_width(entry.old) for entry in shown if entry.old is not None and entry.new is not None]
        widest = max(olds, default=0)
        old_column = widest if widest <= _WIDEST_PADDED else 0
        lines: list[Line] = []
        for view in views:
            lines += self._entry(view, column, old_column, writers)
            if view.entry.below:
                lines += self._wrapped([("dim", visible(view.entry.below))], ("", _BELOW))
            lines += [line for row in view.rows for line in self._row(row)]
        return lines

    def _view(self, entry: Entry) -> _View:
        """Say of a text of several lines how much of it differs, and of a large one how large it is."""
        old, new = (entry.field.old, entry.field.new) if entry.field else (None, None)
        if not isinstance(old, str) or not isinstance(new, str) or "\n" not in old + new:
            return _View(entry)
        found = text_diff(old, new)
        is_large = len(old) > _LARGE or len(new) > _LARGE
        if found is None and (not is_large or self._full):
            return _View(entry)
        if found is not None and (self._full or not (is_large or len(found.rows) > _MOST_ROWS)):
            told = f"{found.lines} line{'' if found.lines == 1 else 's'}: {found.words}"
            return _View(msgspec.structs.replace(entry, old=None, new=told), found.rows)
        sizes = [format_size(len(text.encode(errors="replace"))) for text in (old, new)]
        how_much = ""
        if found is not None:
            how_much = f"{found.changed + found.added + found.removed} of {found.lines} lines; "
        notes = (*entry.notes, f"{how_much}--full")
        return _View(msgspec.structs.replace(entry, old=sizes[0], new=sizes[1], notes=notes))

    def _row(self, row: Row) -> Iterator[Line]:
        """One line of a text, under its number and sign; cut where there is no room."""
        opening = f"{row.number:>{_NUMBER_WIDTH}} "
        text = visible(row.text)
        room = max(self._width - len(opening) - 2, 1)
        if not self._full:
            text = cut_middle(text, room, ellipsis=self._theme.ellipsis)
        role = "dim" if row.sign == " " else ROLE_OF[row.sign]
        yield [("dim", opening), (role, f"{row.sign} {text}".rstrip())]

    def _entry(self, view: _View, column: int, old_column: int, writers: str) -> Iterator[Line]:
        entry = view.entry
        by = who(entry.by)
        by = "" if by == writers else by
        path = [("", _GAP), (ROLE_OF[entry.sign], entry.sign), ("", " "), *self._path(entry.path)]
        note = note_spans(entry, self._theme, _GAP)
        value = self._value(view, 0)
        padding = " " * max(column - display_width(entry.path), 0)
        if not value:
            yield self._with_writer([*path, *note], by)
            return
        aligned = [*path, ("", padding + _GAP), *self._value(view, old_column), *note]
        narrow = [*path, ("", _GAP), *value, *note]
        for line in (aligned, narrow):
            if self._fits(line, by):
                yield self._with_writer(line, by)
                return
        yield self._with_writer(path, by)
        below = [("", _BELOW), *value, *note]
        if self._fits(below, ""):
            yield below
        else:
            yield from self._stacked(entry, note)

    def _path(self, path: str) -> list[Span]:
        if not self._theme.codes:
            return [("path", path)]
        pieces = _LIST_KEY.split(path)
        return [("key" if at % 2 else "path", piece) for at, piece in enumerate(pieces) if piece]

    def _value(self, view: _View, old_column: int) -> list[Span]:
        entry, spans = view.entry, list[Span]()
        if view.rows:
            return [("", entry.new or "")]
        if entry.old is not None and entry.new is not None:
            padded = " " * (old_column - display_width(entry.old)) + " "
            spans += ("old", entry.old), ("", padded), ("dim", self._theme.arrow), ("", " ")
        elif entry.old is not None:
            spans.append((_role(entry), entry.old))
        if entry.new is not None:
            spans.append((_role(entry), entry.new))
        return spans

    def _stacked(self, entry: Entry, note: list[Span]) -> Iterator[Line]:
        """The old value, the new one under it at the same column, so that the eye compares character by character."""
        arrow = f"{self._theme.arrow} ".rjust(len(_BELOW))
        last: Line = []
        for spans in self._compared(entry):
            if last:
                yield last
            opening = ("dim", arrow) if last else ("", _BELOW)
            *lines, last = self._wrapped(spans, opening)
            yield from lines
        if note and not self._fits([*last, *note], ""):
            yield last
            last, note = [], [("dim", _BELOW + note[0][1].removeprefix(_GAP)), *note[1:]]
        yield [*last, *note]

    def _compared(self, entry: Entry) -> list[list[Span]]:
        """The values that there are, cut alike, their differing words in a role of their own."""
        role = _role(entry)
        if entry.old is None or entry.new is None:
            return [[(role, text)] for text in (entry.old, entry.new) if text is not None]
        old, new, room = entry.old, entry.new, self._room
        if not self._full:
            old, new = cut_pair(old, new, room, most=2 * room, ellipsis=self._theme.ellipsis)
        if not self._theme.codes:
            return [[("old", old)], [(role, new)]]
        pieces = zip(("old", role), differing_words(old, new), strict=True)
        return [[(f"{name} word" if differs else name, text) for differs, text in of] for name, of in pieces]

    @property
    def _room(self) -> int:
        return max(self._width - len(_BELOW), 1)

    def _wrapped(self, spans: list[Span], opening: Span) -> list[Line]:
        """Two lines of a value at most; a longer one is cut in the middle and says how long it is."""
        if self._full:
            return [[opening, *spans]]
        if span_width(spans) > 2 * self._room:
            text = cut_middle("".join(text for _, text in spans), self._room, ellipsis=self._theme.ellipsis)
            spans = [(spans[0][0], text)]
        lines: list[Line] = [[opening]]
        room = self._room
        for role, text in spans:
            rest = text
            while rest:
                head = head_of(rest, room) or ("" if room < self._room else rest[:1])
                lines[-1].append((role, head))
                rest, room = rest[len(head) :], room - display_width(head)
                if rest:
                    lines.append([("", _BELOW)])
                    room = self._room
        return lines

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
    return _of_siblings(entry), entry.sign, entry.old, entry.new, entry.notes, entry.below, who(entry.by)


def _of_siblings(entry: Entry) -> str:
    """The path with `[*]` for the last item of a list in it; an item itself has no siblings that are its like."""
    parts = entry.place.parts
    at = max((at for at, part in enumerate(parts[:-1]) if not isinstance(part, str)), default=None)
    if at is None:
        return entry.path
    rest = format_path(FieldPath(parts[at + 1 :]))
    return f"{format_path(FieldPath(parts[:at]))}[*]{rest if rest.startswith('[') else f'.{rest}'}"
