"""`--summary`: one line an event, on a terminal as far as it fits, in a pipe whole."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from crwatch.diff.change import Change
from crwatch.diff.reading import condition_of
from crwatch.render.lines import text_diff
from crwatch.render.telling import NO_NAMES, FirstPaths, TellingWriter
from crwatch.render.text import cut_middle, display_width, one_word
from crwatch.render.theme import Span, Theme, span_width
from crwatch.render.times import Times
from crwatch.render.wording import Entry, Names, Telling, event_writers, who
from crwatch.render.writer import NoticeSink, Output
from crwatch.values.path import FieldPath, Keyed

_WIDEST_NAME: Final = 40
_WIDEST_VALUE: Final = 24
_VALUES_OF_WHOLE: Final = 3
_GAP: Final = "  "


class BriefWriter(TellingWriter):
    """Writes one line an event.

    Args:
        output: standard output.
        theme: signs and colours.
        width: of the terminal, asked for each event; None for a pipe: rule 1's words, PATH `.`, nothing cut.
        times: how the time is written; None is the layout's own way.
        names: how objects are called here.
        since_rv: where the difference begins, for `diff --since`.
        notices: where notices are told; None where somebody else does.
        first_paths: which fields of an object that came stand first.
    """

    def __init__(
        self,
        output: Output,
        theme: Theme,
        *,
        width: Callable[[], int] | None = None,
        times: Times | None = None,
        names: Names = NO_NAMES,
        since_rv: str | None = None,
        notices: NoticeSink | None = None,
        first_paths: FirstPaths = lambda _: (),
    ) -> None:
        super().__init__(
            output,
            theme,
            times=times or Times("utc" if width is None else "clock"),
            names=names,
            since_rv=since_rv,
            notices=notices,
            first_paths=first_paths,
        )
        self._width = width
        self._widest = 0

    def _lines(self, change: Change) -> list[str]:
        telling = self._tell(change, self._clock)
        if telling is None:
            return []
        delta = change.delta
        time = self._times.write(delta.observed_at)
        beginning: list[Span] = [("time", time), ("", " " if time else ""), (telling.role, telling.sign), ("", " ")]
        managers = dict.fromkeys(manager for field in change.fields for manager in field.by)
        by = who(event_writers(change) or tuple(managers))
        namespace = f"{one_word(delta.key.namespace)}/" if delta.key.namespace else ""
        name: list[Span] = [("kind", namespace), ("name", one_word(delta.key.name))]
        opening, pieces = self._what(telling)
        if self._width is None:
            beginning = beginning if time else [("time", "- "), *beginning]
            line = [*beginning, ("kind", self._names.column(delta)), ("", " "), *name, ("path", " . "), *opening]
            line += [*_joined(pieces), ("", " "), ("who", by or "@?")]
        else:
            name = [("kind", self._names.heading(delta)), *name]
            self._widest = min(max(self._widest, span_width(name)), _WIDEST_NAME)
            padding = " " * max(self._widest - span_width(name), 0)
            line = self._fitted([*beginning, *name, ("", padding + _GAP), *opening], pieces, by, self._width())
        return [self._theme.draw(line) + "\n"]

    def _clock(self, time: datetime) -> str:
        if self._width is None:
            return f"{time.astimezone(UTC):%H:%M:%S}Z"
        return f"{time.astimezone(self._times.zone):%H:%M:%S}"

    def _what(self, telling: Telling) -> tuple[list[Span], list[list[Span]]]:
        """Return what is said before the fields, and each field; conditions first."""
        words = ", ".join(filter(None, (telling.words, telling.net)))
        words += f" ({telling.lived})" if telling.lived else ""
        entries = sorted(telling.entries, key=lambda entry: condition_of(entry.place) != entry.place)
        if telling.whole:
            values = () if telling.sign == "-" else entries[:_VALUES_OF_WHOLE]
            pieces = [[("", self._cut(entry.new or entry.path))] for entry in values]
        else:
            pieces = [self._piece(entry) for entry in entries]
        return [("", f"{words}: " if pieces and words else words)], pieces

    def _piece(self, entry: Entry) -> list[Span]:
        """One field, as short as it can be said."""
        spans: list[Span] = [] if entry.sign == "~" else [("add" if entry.sign == "+" else "del", f"{entry.sign} ")]
        is_condition = condition_of(entry.place) == entry.place and entry.place.parts
        spans.append(("path", _type_of(entry.place) if is_condition else entry.path))
        text = text_diff(entry.field.old, entry.field.new) if entry.field else None
        if text is not None:
            return [*spans, ("", f" {text.lines} lines: {text.words}")]
        if entry.old is not None:
            spans += ("", " "), ("old", self._cut(entry.old))
        if entry.old is not None and entry.new is not None:
            spans += ("", " "), ("dim", self._theme.arrow)
        if entry.new is not None:
            spans += ("", " "), ("new", self._cut(entry.new))
        if is_condition and entry.notes:
            spans.append(("dim", f" ({entry.notes[0]})"))
        if entry.flapping:
            spans.append(("flap", f" ({self._theme.again} {entry.flapping})"))
        return spans

    def _cut(self, text: str) -> str:
        return text if self._width is None else cut_middle(text, _WIDEST_VALUE, ellipsis=self._theme.ellipsis)

    def _fitted(self, beginning: list[Span], pieces: list[list[Span]], by: str, width: int) -> list[Span]:
        """As many fields as there is room for, and how many more there are; the writer at the right edge."""
        room = width - span_width(beginning) - (len(_GAP) + display_width(by) if by else 0)
        choices = (_joined(pieces[:shown], len(pieces) - shown) for shown in range(len(pieces), 0, -1))
        bare = _joined([_without_notes(piece) for piece in pieces[:1]], len(pieces) - 1)
        fitting = next((choice for choice in choices if span_width(choice) <= room), bare)
        if span_width(fitting) > room and "," in by:
            return self._fitted(beginning, pieces, "@?", width)  # several writers, and no room to name them
        line = [*beginning, *fitting]
        if not by:
            return line
        return [*line, ("", " " * max(width - span_width(line) - display_width(by), len(_GAP))), ("who", by)]


def _joined(pieces: Sequence[list[Span]], more: int = 0) -> list[Span]:
    spans: list[Span] = []
    for piece in pieces:
        spans += [("", ", "), *piece] if spans else piece
    return [*spans, ("dim", f", +{more} more")] if more > 0 else spans


def _without_notes(piece: list[Span]) -> list[Span]:
    return [(role, text) for role, text in piece if not text.startswith(" (")]


def _type_of(condition: FieldPath) -> str:
    last = condition.parts[-1]
    return one_word(str(dict(last.keys).get("type"))) if isinstance(last, Keyed) else str(condition)
