"""Standard output and standard error of one command, and which writer goes to which."""

from collections.abc import Sequence
from functools import cached_property

import msgspec

from crwatch.cli.environment import Environment
from crwatch.cli.options import ColorChoice, ObjectPart, RecordOutput
from crwatch.errors import CrwatchError
from crwatch.model.resource import ResourceType
from crwatch.reflector.ports import ListerWatcher
from crwatch.render.notices import NoticeWriter, opening_line, render_error
from crwatch.render.theme import Theme, decide_paint
from crwatch.render.wording import Names
from crwatch.render.writer import ChangeWriter, Output


class ChangeStyle(msgspec.Struct, frozen=True, kw_only=True):
    """How changes are to look, as typed."""

    output: RecordOutput = RecordOutput.TEXT
    heading: bool | None = None
    """None lets the terminal decide, as ripgrep does."""
    full: bool = False
    object_part: ObjectPart = ObjectPart.FULL
    only_visible: bool = False
    status_events: bool = False
    since_rv: str | None = None


class Streams:
    """Data goes to standard output, everything else to standard error."""

    def __init__(
        self,
        environment: Environment,
        *,
        color: ColorChoice = ColorChoice.AUTO,
        ascii_only: bool = False,
        quiet: bool = False,
    ) -> None:
        self.environment = environment
        self.quiet = quiet
        self._color = color
        self._ascii_only = ascii_only or not environment.unicode
        self.out = Output(environment.stdout, is_terminal=environment.stdout_is_terminal)
        self.err = Output(environment.stderr, is_terminal=environment.stderr_is_terminal)

    @cached_property
    def theme(self) -> Theme:
        """Of standard output."""
        return self._theme(is_terminal=self.environment.stdout_is_terminal)

    @cached_property
    def err_theme(self) -> Theme:
        """Of standard error."""
        return self._theme(is_terminal=self.environment.stderr_is_terminal)

    def say(self, text: str) -> None:
        """Write one line to standard error; `--quiet` does not hold it back."""
        self.err.write(f"{text}\n")

    def mention(self, text: str) -> None:
        """Write one line to standard error unless `--quiet`."""
        if not self.quiet:
            self.say(text)

    def open(
        self,
        source: ListerWatcher,
        *,
        objects: int | None = None,
        resource_version: str | None = None,
        since_rv: str | None = None,
    ) -> None:
        """Say what was understood: the first line of every command that follows or compares."""
        if self.quiet:
            return
        line = opening_line(
            source.cluster_name,
            source.resource,
            source.selection,
            theme=self.err_theme,
            objects=objects,
            resource_version=resource_version,
            since_rv=since_rv,
            width=self.environment.width if self.environment.stderr_is_terminal else None,
        )
        self.err.write(line)

    def change_writer(self, style: ChangeStyle, resources: Sequence[ResourceType]) -> ChangeWriter:
        """Return the writer of changes to standard output that the options ask for; notices go to standard error."""
        width = (lambda: self.environment.width) if self.environment.stderr_is_terminal else None
        notices = NoticeWriter(self.err, self.err_theme, width=width)
        if style.output is RecordOutput.JSON:
            from crwatch.render.ndjson import NdjsonWriter

            return NdjsonWriter(
                self.out,
                part=style.object_part.value,
                only_visible=style.only_visible,
                status_events=style.status_events,
                notices=None if style.status_events else notices,
            )
        names = _names(resources)
        if style.heading if style.heading is not None else self.environment.stdout_is_terminal:
            from crwatch.render.terminal import TerminalWriter

            return TerminalWriter(
                self.out,
                self.theme,
                width=lambda: self.environment.width,
                names=names,
                full=style.full,
                since_rv=style.since_rv,
                notices=notices,
            )
        from crwatch.render.plain import PlainWriter

        return PlainWriter(self.out, self.theme, names=names, since_rv=style.since_rv, notices=notices)

    def _theme(self, *, is_terminal: bool) -> Theme:
        variables = self.environment.variables
        paint = decide_paint(self._color.value, variables, is_terminal=is_terminal)
        return Theme.of(paint, ascii_only=self._ascii_only, colors=variables.get("CRWATCH_COLORS", ""))


def _names(resources: Sequence[ResourceType]) -> Names:
    """How kinds are called: with their group where two of them share the word."""
    groups: dict[str, set[str]] = {}
    for resource in resources:
        groups.setdefault(resource.word, set()).add(resource.gvr.group)
    ambiguous = frozenset(word for word, of in groups.items() if len(of) > 1)
    return Names(several_types=len({resource.gvr for resource in resources}) > 1, ambiguous=ambiguous)


def say_error(error: CrwatchError, environment: Environment) -> None:
    """Write an error, its cause and its hint to standard error."""
    streams = Streams(environment)
    streams.err.write(render_error(error, streams.err_theme))
