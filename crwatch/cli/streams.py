"""Standard output and standard error of one command, and which writer goes to which.

What a table does not need is imported where it is: `get` starts without the words for changes.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from crwatch.cli.environment import Environment
from crwatch.cli.options import Looks, RecordOutput, Records, Style
from crwatch.errors import CrwatchError
from crwatch.model.resource import ResourceType
from crwatch.render.theme import THEMES, Theme, decide_paint
from crwatch.render.writer import Output

if TYPE_CHECKING:
    from crwatch.reflector.ports import ListerWatcher
    from crwatch.render.notices import NoticeWriter
    from crwatch.render.telling import FirstPaths
    from crwatch.render.wording import Names
    from crwatch.render.writer import ChangeWriter


class Streams:
    """Data goes to standard output, everything else to standard error."""

    def __init__(self, environment: Environment, looks: Looks = Looks()) -> None:  # noqa: B008 - frozen
        self.environment = environment
        self.quiet = looks.quiet
        self._color = looks.color
        self._codes = THEMES[looks.theme.value]
        self._ascii_only = looks.ascii_only or not environment.unicode
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
        source: "ListerWatcher",
        *,
        objects: int | None = None,
        resource_version: str | None = None,
        since_rv: str | None = None,
    ) -> None:
        """Say what was understood: the first line of every command that follows or compares."""
        from crwatch.render.notices import opening_line

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

    def change_writer(
        self,
        style: Style,
        resources: Sequence[ResourceType],
        *,
        records: Records = Records(),  # noqa: B008 - frozen
        since_rv: str | None = None,
        first_paths: "FirstPaths" = lambda _: (),
    ) -> "ChangeWriter":
        """Return the writer of changes to standard output that the options ask for; notices go to standard error."""
        from crwatch.render.notices import NoticeWriter

        width = (lambda: self.environment.width) if self.environment.stderr_is_terminal else None
        notices = NoticeWriter(self.err, self.err_theme, width=width, several_types=len({*resources}) > 1)
        if style.output in {RecordOutput.JSON, RecordOutput.YAML}:
            return self._record_writer(style, records, notices)
        if style.output is not RecordOutput.TEXT:
            return self._patch_writer(style.output, notices)
        return self._text_writer(style, _names(resources), notices, since_rv=since_rv, first_paths=first_paths)

    def _text_writer(
        self, style: Style, names: "Names", notices: "NoticeWriter", *, since_rv: str | None, first_paths: "FirstPaths"
    ) -> "ChangeWriter":
        from crwatch.render.times import Times

        times = Times(style.time.value) if style.time else None
        has_headings = style.heading if style.heading is not None else self.environment.stdout_is_terminal
        if style.summary:
            from crwatch.render.brief import BriefWriter

            return BriefWriter(
                self.out,
                self.theme,
                width=(lambda: self.environment.width) if has_headings else None,
                times=times,
                names=names,
                since_rv=since_rv,
                notices=notices,
                first_paths=first_paths,
            )
        if has_headings:
            from crwatch.render.terminal import TerminalWriter

            return TerminalWriter(
                self.out,
                self.theme,
                width=lambda: self.environment.width,
                times=times,
                names=names,
                full=style.full,
                since_rv=since_rv,
                notices=notices,
                first_paths=first_paths,
            )
        from crwatch.render.plain import PlainWriter

        return PlainWriter(
            self.out, self.theme, times=times, names=names, since_rv=since_rv, notices=notices, first_paths=first_paths
        )

    def _record_writer(self, style: Style, records: Records, notices: "NoticeWriter") -> "ChangeWriter":
        from crwatch.render.ndjson import NdjsonWriter

        dress = None
        if style.output is RecordOutput.YAML:
            from crwatch.render.patches import dress_as_yaml

            dress = dress_as_yaml
        return NdjsonWriter(
            self.out,
            part=style.object_part.value,
            only_visible=records.only_visible,
            status_events=records.status_events,
            notices=None if records.status_events else notices,
            dress=dress,
        )

    def _patch_writer(self, output: RecordOutput, notices: "NoticeWriter") -> "ChangeWriter":
        from crwatch.render import patches

        lines: dict[RecordOutput, patches.Lines] = {
            RecordOutput.JSONPATCH: patches.JsonPatchLines(self.mention),
            RecordOutput.MERGEPATCH: patches.MergePatchLines(self.mention),
            RecordOutput.DIFF: patches.UnifiedLines(),
            RecordOutput.NAME: patches.name_lines,
        }
        return patches.PatchWriter(self.out, lines[output], notices=notices)

    def _theme(self, *, is_terminal: bool) -> Theme:
        variables = self.environment.variables
        paint = decide_paint(self._color.value, variables, is_terminal=is_terminal)
        colors = variables.get("CRWATCH_COLORS", "")
        return Theme.of(paint, ascii_only=self._ascii_only, colors=colors, base=self._codes)


def _names(resources: Sequence[ResourceType]) -> "Names":
    """How kinds are called: with their group where two of them share the word."""
    from crwatch.render.wording import Names

    groups: dict[str, set[str]] = {}
    for resource in resources:
        groups.setdefault(resource.word, set()).add(resource.gvr.group)
    ambiguous = frozenset(word for word, of in groups.items() if len(of) > 1)
    return Names(several_types=len({resource.gvr for resource in resources}) > 1, ambiguous=ambiguous)


def say_error(error: CrwatchError, environment: Environment) -> None:
    """Write an error, its cause and its hint to standard error."""
    from crwatch.render.notices import render_error

    streams = Streams(environment)
    streams.err.write(render_error(error, streams.err_theme))
