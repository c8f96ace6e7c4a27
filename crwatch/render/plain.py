"""Changes in a pipe or a file: every change is one whole line that says when, what and which object.

`TIME SIGN KIND [NAMESPACE/]NAME PATH [OLD → NEW | VALUE | WHAT] [(notes)] @who`: the first five words never hold a
space, the last is always the writer; nothing is cut, wrapped or folded (terminal.md, rule 1).
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from crwatch.diff.change import Change
from crwatch.render.lines import line_changes
from crwatch.render.telling import NO_NAMES, FirstPaths, TellingWriter
from crwatch.render.text import one_word, show
from crwatch.render.theme import Span, Theme
from crwatch.render.times import Times
from crwatch.render.wording import ROLE_OF, Entry, Names, Telling, event_writers, note_spans, who
from crwatch.render.writer import NoticeSink, Output

_UNKNOWN: Final = "@?"


class PlainWriter(TellingWriter):
    """Writes one line a change.

    Args:
        output: standard output.
        theme: unpainted, unless `--color=always`.
        times: how the time is written; None is RFC 3339 in UTC. Where it is empty, `-` keeps the words in their places.
        names: how kinds are called here.
        since_rv: where the difference begins, for `diff --since`.
        notices: where notices are told; None where somebody else does.
        first_paths: which fields of an object that came or went stand first.
    """

    def __init__(
        self,
        output: Output,
        theme: Theme,
        *,
        times: Times | None = None,
        names: Names = NO_NAMES,
        since_rv: str | None = None,
        notices: NoticeSink | None = None,
        first_paths: FirstPaths = lambda _: (),
    ) -> None:
        super().__init__(
            output,
            theme,
            times=times or Times("utc"),
            names=names,
            since_rv=since_rv,
            notices=notices,
            first_paths=first_paths,
        )

    def _lines(self, change: Change) -> Iterator[str]:
        telling = self._tell(change, _clock)
        if telling is None:
            return
        delta = change.delta
        writers = who(event_writers(change))
        beginning: list[Span] = [("time", self._times.write(delta.observed_at) or "-"), ("", " ")]
        place: list[Span] = [
            ("kind", self._names.column(delta)),
            ("", " "),
            ("kind", f"{one_word(delta.key.namespace)}/" if delta.key.namespace else ""),
            ("name", one_word(delta.key.name)),
            ("", " "),
        ]
        for sign, role, said, by in self._said(telling, writers):
            spans = [*beginning, (role, sign), ("", " "), *place, *said, ("", " "), ("who", by or _UNKNOWN)]
            yield self._theme.draw(spans) + "\n"

    def _said(self, telling: Telling, writers: str) -> Iterator[tuple[str, str, list[Span], str]]:
        """Yield sign, its role, what stands between object and writer, and the writer of each line."""
        if telling.words:
            notes = ", ".join(filter(None, (telling.lived, telling.net)))
            said: list[Span] = [("path", ". "), ("", telling.words), ("dim", f" ({notes})" if notes else "")]
            yield telling.sign, telling.role, said, writers
        for entry in telling.entries:
            by = who(entry.by) or writers
            note = note_spans(entry, self._theme, " ", telling.net)
            for sign, values in self._values(entry):
                yield sign, ROLE_OF[sign], values + note, by

    def _values(self, entry: Entry) -> Iterator[tuple[str, list[Span]]]:
        changes = line_changes(entry.field.old, entry.field.new) if entry.field else []
        for line in changes:
            path = f"{entry.path}:{line.number}"
            old, new = (None if text is None else show(text) for text in (line.old, line.new))
            sign = "+" if old is None else "-" if new is None else "~"
            yield sign, self._spans(path, old, new, ROLE_OF[sign])
        if not changes:
            yield entry.sign, self._spans(entry.path, entry.old, entry.new, ROLE_OF[entry.sign])

    def _spans(self, path: str, old: str | None, new: str | None, role: str) -> list[Span]:
        spans: list[Span] = [("path", path)]
        if old is not None and new is not None:
            return [*spans, ("", " "), ("old", old), ("", " "), ("dim", self._theme.arrow), ("", " "), ("new", new)]
        value = old if new is None else new
        return spans if value is None else [*spans, ("", " "), (role, value)]


def _clock(time: datetime) -> str:
    return f"{time.astimezone(UTC):%H:%M:%S}Z"
