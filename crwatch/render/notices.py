"""What a person must know beside changes, on standard error: the first line, notices, errors, the end."""

import shlex
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import Final

from crwatch.diff.change import Change
from crwatch.diff.reading import condition_of
from crwatch.errors import CrwatchError
from crwatch.model.delta import DeltaType
from crwatch.model.notice import Counts, Notice, NoticeKind
from crwatch.model.resource import ResourceType
from crwatch.model.selectors import Selection
from crwatch.render.text import display_width, one_word, visible
from crwatch.render.theme import Theme
from crwatch.render.writer import Output
from crwatch.values.scalars import format_duration

_RETOLD_FROM: Final = 2


def opening_line(
    cluster: str,
    resource: ResourceType,
    selection: Selection,
    *,
    theme: Theme,
    objects: int | None = None,
    resource_version: str | None = None,
    since_rv: str | None = None,
    width: int | None = None,
) -> str:
    """Return the first line of a command: what was understood (terminal.md, rule 3), with its line end.

    Args:
        cluster: the context's name.
        resource: the kind, as it is read.
        selection: what of it.
        theme: its separator.
        objects: how many there are; None where that is not known yet.
        resource_version: at which version they were counted; given up where there is no room.
        since_rv: where a net difference begins.
        width: of the terminal; None where it is none.
    """
    scope = (selection.namespace or "all namespaces") if resource.namespaced else "cluster-scoped"
    parts = [cluster, scope, str(resource.gvr), selection.labels, selection.fields, selection.name or ""]
    if since_rv is not None:
        parts.append(f"net since rv {since_rv}")
    if objects is not None:
        parts.append(f"{objects} object" if objects == 1 else f"{objects} objects")
    line = theme.dot.join(visible(part) for part in parts if part)
    versioned = f"{line} at rv {visible(resource_version)}" if objects is not None and resource_version else line
    return (versioned if width is None or display_width(versioned) <= width else line) + "\n"


def render_error(error: CrwatchError, theme: Theme) -> str:
    """Return `error:`, `cause:` and `hint:` lines, with their ends; what goes on stands under the first word's text."""
    lines = [_labelled(theme, "error", "error:", error.message)]
    if error.cause:
        lines.append(_labelled(theme, "dim", "cause:", error.cause))
    if error.hint:
        lines.append(_labelled(theme, "hint", "hint: ", error.hint))
    return "".join(lines)


def _labelled(theme: Theme, role: str, label: str, text: str) -> str:
    first, *rest = (visible(line) for line in text.splitlines() or [""])
    below = "".join(f"{' ' * len(label)} {line}\n" for line in rest)
    return f"{theme.paint(role, label.rstrip())}{' ' * (len(label) - len(label.rstrip()))} {first}\n{below}"


class NoticeWriter:
    """Tells notices, one line each; what changes nothing for the reader is not told (rule 4).

    A watch that ended and was resumed prints nothing: only an outage that outlasts the first try is news, once, and its
    end.

    Args:
        output: standard error.
        theme: of standard error.
        zone: the time zone of times; None is the machine's.
        width: of the terminal; None where it is none: then nothing is wrapped.
        several_types: whether a notice has to say which kind it is about.
        verbose: `-v`: tell every reconnect.
    """

    def __init__(
        self,
        output: Output,
        theme: Theme,
        *,
        zone: tzinfo | None = None,
        width: Callable[[], int] | None = None,
        several_types: bool = False,
        verbose: bool = False,
    ) -> None:
        self._output = output
        self._theme = theme
        self._zone = zone
        self._width = width
        self._several_types = several_types
        self._verbose = verbose
        self._outages: dict[tuple[str, ResourceType | None], tuple[datetime, int]] = {}

    def write(self, notice: Notice) -> None:
        """Tell a notice, where there is something to tell."""
        if text := self._text(notice):
            self._output.write(self._line(*text))

    def _line(self, opening: str, rest: str = "") -> str:
        line = visible(f"! {opening} {rest}".rstrip())
        if self._width is not None and rest and display_width(line) > self._width():
            line = visible(f"! {opening}") + "\n" + visible(f"  {rest}")
        return f"{self._theme.paint('notice', line[0])}{line[1:]}\n"

    def _text(self, notice: Notice) -> tuple[str, ...]:
        match notice.kind:
            case NoticeKind.GAP:
                self._outages.pop((notice.cluster, notice.resource), None)
                return self._gap(notice)
            case NoticeKind.WARNING:
                return (notice.text,)
            case NoticeKind.RECONNECTING:
                return self._reconnecting(notice)
            case NoticeKind.LIVE:
                return self._live(notice)
            case NoticeKind.SYNCED:
                return ()

    def _gap(self, notice: Notice) -> tuple[str, ...]:
        cause = f" ({notice.failure.message})" if notice.failure else ""
        since, until = notice.since, notice.until or notice.at
        span = ""
        if since is not None:
            seconds = (until - since).total_seconds()
            span = f" for {format_duration(seconds)}, {self._clock(since)} to {self._clock(until)}"
        told = _counted(notice.counts)
        what = f"{told}; net changes follow" if told else "nothing differs; what came and went in between is unknown"
        return f"blind{self._kind(notice, 'to')}{span}{cause}:", what

    def _reconnecting(self, notice: Notice) -> tuple[str, ...]:
        watch = (notice.cluster, notice.resource)
        since, tries = self._outages.get(watch, (notice.since or notice.at, 0))
        self._outages[watch] = since, tries + 1
        if not self._verbose and tries + 1 != _RETOLD_FROM:
            return ()
        cause = f" ({notice.failure.message})" if notice.failure else ""
        again = f", next try in {format_duration(notice.retry_seconds)}" if notice.retry_seconds is not None else ""
        return (f"reconnecting{self._kind(notice, 'to')} since {self._clock(since)}{cause}{again}",)

    def _live(self, notice: Notice) -> tuple[str, ...]:
        since, tries = self._outages.pop((notice.cluster, notice.resource), (notice.at, 0))
        if tries < _RETOLD_FROM:
            return ()
        return (f"live again{self._kind(notice, 'on')} after {format_duration((notice.at - since).total_seconds())}",)

    def _kind(self, notice: Notice, word: str) -> str:
        """Of several kinds, the one that is meant: `! blind to certificates.cert-manager.io for 28s`."""
        if not self._several_types or notice.resource is None:
            return ""
        return f" {word} {notice.resource.gvr.group_resource}"

    def _clock(self, time: datetime) -> str:
        return f"{time.astimezone(self._zone):%H:%M:%S}"


def _counted(counts: Counts) -> str:
    words = (("added", counts.added), ("changed", counts.modified), ("deleted", counts.deleted))
    return ", ".join(f"{number} {word}" for word, number in words if number)


class Summary:
    """Counts what a run has shown, for its last lines."""

    def __init__(self) -> None:
        self._changes = 0
        self._objects: set[tuple[str, str]] = set()
        self._gaps = 0
        self._blind_seconds = 0.0
        self._folded = 0
        self._filtered = 0
        self._fields: Counter[tuple[str, str]] = Counter()

    def add(self, items: Sequence[Change | Notice]) -> None:
        """Count a batch."""
        for item in items:
            if isinstance(item, Change):
                self._folded += len(item.folded)
                self._filtered += len(item.filtered)
                if item:
                    self._changes += 1
                    self._objects.add((item.delta.cluster, item.delta.meta.uid))
                    self._count_fields(item)
            elif item.kind is NoticeKind.GAP:
                self._gaps += 1
                if item.since is not None:
                    self._blind_seconds += ((item.until or item.at) - item.since).total_seconds()

    def _count_fields(self, change: Change) -> None:
        """A condition is one field; of very many fields those that changed once are forgotten."""
        if change.delta.type is DeltaType.MODIFIED:
            name = one_word(str(change.key))
            paths = dict.fromkeys(str(condition_of(field.path) or field.path) for field in change.fields)
            self._fields.update((path, name) for path in paths)
        if len(self._fields) > _MOST_FIELDS:
            self._fields = Counter(dict(self._fields.most_common(_MOST_FIELDS // 2)))

    def most_changed(self, theme: Theme) -> str:
        """Return `most changed: spec.replicas 3×, status.phase 2× (shop/orders)`; empty where nothing changed twice."""
        top = [(path, name, times) for (path, name), times in self._fields.most_common(_NAMED) if times > 1]
        names = {name for _, name, _ in top}
        told = [f"{path} {times}{theme.times}" + ("" if len(names) == 1 else f" ({name})") for path, name, times in top]
        if not told:
            return ""
        return f"most changed: {', '.join(told)}{f' ({names.pop()})' if len(names) == 1 else ''}\n"

    def line(self, seconds: float, theme: Theme) -> str:
        """Return `6 changes in 3 objects in 4m31s · 1 gap of 28s · 214 noise changes folded`, with its line end.

        Args:
            seconds: how long the run took.
            theme: its separator.
        """
        changes, objects = _plural(self._changes, "change"), _plural(len(self._objects), "object")
        parts = [f"{changes} in {objects} in {format_duration(seconds)}"]
        if self._gaps:
            parts.append(f"{_plural(self._gaps, 'gap')} of {format_duration(self._blind_seconds)}")
        if self._folded:
            parts.append(f"{_plural(self._folded, 'noise change')} folded")
        if self._filtered:
            parts.append(f"{_plural(self._filtered, 'change')} filtered out")
        return theme.dot.join(parts) + "\n"


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


_MOST_FIELDS: Final = 10_000
_NAMED: Final = 3


_OF_TAIL: Final = frozenset(
    {
        "--summary",
        "--initial",
        "--only-visible",
        "--status-events",
        "--heading",
        "--no-heading",
        "--full",
        "--ascii",
        "--quiet",
        "-q",
    }
)
"""Options of the words typed that are about this run's looks, or that `diff` has not."""


_OF_LOOKS: Final = frozenset({"--color", "--theme", "--time"})
"""Options that are followed by a word."""


def go_on_line(program: str, arguments: Sequence[str], position: str) -> str:
    """Return the command that tells later what has changed since, shell-quoted, with its line end.

    Args:
        program: how we are called.
        arguments: the words typed after `tail`.
        position: the resource version that the writer has reached.
    """
    words: list[str] = []
    skip = False
    for word in arguments:
        if not skip and word not in _OF_TAIL and word.partition("=")[0] not in _OF_LOOKS:
            words.append(word)
        skip = not skip and word in _OF_LOOKS
    command = shlex.join(["diff", "--since", one_word(position), *words])
    return f"what changes from here on: {program} {visible(command)}\n"
