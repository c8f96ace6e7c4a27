"""What the three text layouts have in common: a change is read, put into words, and written where it belongs."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

from crwatch.diff.change import Change
from crwatch.diff.reading import Reader
from crwatch.model.delta import DeltaType
from crwatch.model.notice import Notice
from crwatch.model.resource import ResourceType
from crwatch.render.theme import Theme
from crwatch.render.times import Times
from crwatch.render.wording import Names, Telling, tell
from crwatch.render.writer import NoticeSink, Output, write_in_order
from crwatch.values.path import FieldPath

FirstPaths = Callable[[ResourceType], Sequence[FieldPath]]
"""Which fields of an object that came or went stand first."""

NO_NAMES: Final = Names()


class TellingWriter(ABC):
    """A ChangeWriter for people; its layout is what `_lines` of a subclass makes of a change.

    Args:
        output: standard output.
        theme: signs and colours.
        times: how the time is written.
        names: how objects are called here.
        since_rv: where the difference begins, for `diff --since`.
        notices: where notices are told; None where somebody else does.
        first_paths: which fields of an object that came or went stand first.
    """

    def __init__(
        self,
        output: Output,
        theme: Theme,
        *,
        times: Times,
        names: Names,
        since_rv: str | None,
        notices: NoticeSink | None,
        first_paths: FirstPaths,
    ) -> None:
        self._output = output
        self._theme = theme
        self._times = times
        self._names = names
        self._since_rv = since_rv
        self._notices = notices
        self._first_paths = first_paths
        self._reader = Reader()

    def write(self, items: Sequence[Change | Notice]) -> None:
        """Write the changes of a batch that have something to show."""
        write_in_order(items, self._lines, self._output, self._notices)

    def close(self) -> None:  # noqa: B027 - part of the protocol, and a layout may have nothing to do
        """Nothing is held back."""

    @abstractmethod
    def _lines(self, change: Change) -> Iterable[str]:
        """Return the lines of a change, each with its end."""

    def _tell(self, change: Change, clock: Callable[[datetime], str]) -> Telling | None:
        """Return the change in words; None where nothing is to be shown, which the reader must see all the same."""
        reading = self._reader.read(change)
        if not change:
            return None
        delta = change.delta
        first_paths = () if delta.type is DeltaType.MODIFIED else self._first_paths(delta.resource)
        return tell(change, reading, clock=clock, since_rv=self._since_rv, first_paths=first_paths)
