"""Changes on a terminal: a heading for each event, one line a change under it (terminal.md, rules 1, 5 and 6)."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, tzinfo
from typing import Final

from crwatch.diff.change import Change
from crwatch.model.delta import DeltaType
from crwatch.render.block import Block, fold_siblings
from crwatch.render.telling import NO_NAMES, FirstPaths, TellingWriter
from crwatch.render.text import display_width, one_word
from crwatch.render.theme import Span, Theme, span_width
from crwatch.render.times import Times
from crwatch.render.wording import Entry, Names, Telling, after, event_writers, who
from crwatch.render.writer import NoticeSink, Output

_FIELDS_OF_WHOLE: Final = 6
_CHANGES: Final = 20
_BELOW: Final = " " * 6
_GAP: Final = "  "
_LEADING: Final = re.compile(r"[^.\[]*(?:\.[^.\[]*)?")
_PLACES: Final = 3
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class TerminalWriter(TellingWriter):
    """Writes headings and changes.

    Args:
        output: standard output.
        theme: signs and colours.
        width: asked for each event, so that a resized window counts.
        zone: the time zone of headings; None is the machine's.
        times: how the time of a heading is written; None is the clock's, with a rule for the date.
        names: how objects are called here.
        full: `--full`: nothing is left out, cut or folded.
        since_rv: where the difference begins, for `diff --since`.
        notices: where notices are told; None where somebody else does.
        first_paths: which fields of an object that came or went stand first.
    """

    def __init__(
        self,
        output: Output,
        theme: Theme,
        *,
        width: Callable[[], int],
        zone: tzinfo | None = None,
        times: Times | None = None,
        names: Names = NO_NAMES,
        full: bool = False,
        since_rv: str | None = None,
        notices: NoticeSink | None = None,
        first_paths: FirstPaths = lambda _: (),
    ) -> None:
        super().__init__(
            output,
            theme,
            times=times or Times("clock", zone=zone),
            names=names,
            since_rv=since_rv,
            notices=notices,
            first_paths=first_paths,
        )
        self._width = width
        self._zone = zone
        self._full = full
        self._date: date | None = None

    def _lines(self, change: Change) -> Iterator[str]:
        telling = self._tell(change, self._clock)
        if telling is None:
            return
        width = self._width()
        writers = who(event_writers(change))
        lines = self._heading(change, telling, writers, width)
        entries, more = self._capped(telling)
        lines += Block(self._theme, width, full=self._full).lines(entries, writers)
        if more:
            lines.append([("dim", f"  {self._theme.ellipsis} {more} (--full)")])
        yield from self._date_rule(change.delta.observed_at, width)
        for line in lines:
            yield self._theme.draw(line) + "\n"

    def _date_rule(self, time: datetime, width: int) -> Iterator[str]:
        """A dim rule with the date, at the first event and at midnight."""
        day = time.astimezone(self._zone).date()
        if day != self._date and self._times.style == "clock":
            self._date = day
            rule = self._theme.rule
            text = f"{rule * 2} {_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year} "
            yield self._theme.paint("dim", text + rule * (width - display_width(text))) + "\n"

    def _clock(self, time: datetime) -> str:
        return f"{time.astimezone(self._zone):%H:%M:%S}"

    def _heading(self, change: Change, telling: Telling, writers: str, width: int) -> list[list[Span]]:
        """When, sign, which object, who, what; at the right edge since when and rv, as far as there is room."""
        delta = change.delta
        time = self._times.write(delta.observed_at)
        left: list[Span] = [
            ("time", time),
            ("", " " if time else ""),
            (telling.role, telling.sign),
            ("", " "),
            ("kind", self._names.heading(delta)),
            ("kind", f"{one_word(delta.key.namespace)}/" if delta.key.namespace else ""),
            ("name", one_word(delta.key.name)),
        ]
        if writers:
            left += ("", _GAP), ("who", writers)
        what: list[Span] = [("", telling.words)] if telling.words else []
        if telling.net and self._since_rv is None:
            what += [("dim", ", ")] if what else []
            what.append(("notice", f"net change{telling.net.removeprefix('net')}"))
        rights = self._rights(change, telling)
        for right in rights:
            line = self._justified([*left, ("", _GAP), *what] if what else left, right, width)
            if line is not None:
                return [line]
        return self._broken(left, what, rights, width)

    def _broken(self, left: list[Span], what: list[Span], rights: Sequence[str], width: int) -> list[list[Span]]:
        """A heading in two lines: what does not fit moves below, from the colon on where there is one."""
        text = "".join(text for _, text in what)
        opening, colon, rest = text.partition(": ")
        if colon and span_width(left) + len(_GAP) + display_width(opening) < width:
            left, text = [*left, ("", f"{_GAP}{opening}:")], rest
        fitting = (self._justified(left, right, width) for right in rights)
        first = next((line for line in fitting if line is not None), left)
        return [first, [("dim", _BELOW + text)]] if text else [first]

    def _rights(self, change: Change, telling: Telling) -> list[str]:
        """What may stand at the right edge, the fullest first."""
        delta, dot = change.delta, self._theme.dot
        if not delta.resource_version:
            return [""]  # a manifest, not of a server
        version = f"rv {one_word(delta.resource_version)}"
        if self._since_rv is not None and delta.type is DeltaType.MODIFIED and delta.previous_resource_version:
            version = f"rv {one_word(delta.previous_resource_version)} {self._theme.arrow} {version[3:]}"
        if telling.sign == "-" and delta.gap:
            return [""]  # a deletion that nobody saw has no version of its own
        span = "" if self._since_rv is not None else after(delta)
        beside = telling.lived or (f"after {span}" if span else "")
        return [*([beside + dot + version] if beside else []), version, ""]

    @staticmethod
    def _justified(left: list[Span], right: str, width: int) -> list[Span] | None:
        room = width - span_width(left) - display_width(right)
        if not right:
            return left if room >= 0 else None
        return [*left, ("", " " * room), ("dim", right)] if room >= len(_GAP) else None

    def _capped(self, telling: Telling) -> tuple[Sequence[Entry], str]:
        """Return the entries to show, and the words for those that are not."""
        entries: Sequence[Entry] = telling.entries
        if self._full:
            return entries, ""
        if telling.whole:
            shown, rest = entries[:_FIELDS_OF_WHOLE], len(entries) - _FIELDS_OF_WHOLE
            return shown, _count(rest, "more field") if rest > 0 else ""
        entries = fold_siblings(entries, self._theme.times)
        alike = f"{_count(telling.alike, 'field')} as in the deleted one" if telling.alike else ""
        if len(entries) <= _CHANGES:
            return entries, alike
        rest_entries = entries[_CHANGES:]
        return entries[:_CHANGES], f"{_count(len(rest_entries), 'more change')} in {self._places(rest_entries)}"

    def _places(self, entries: Sequence[Entry]) -> str:
        """Where the changes that are not shown stand: the first two steps of their paths, each once."""
        leading = (match[0] for entry in entries if (match := _LEADING.match(entry.path)))
        places = list(dict.fromkeys(leading))
        return ", ".join(places[:_PLACES]) + (f", {self._theme.ellipsis}" if len(places) > _PLACES else "")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
