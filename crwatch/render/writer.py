"""The way out: one write and one flush a batch, a reader that goes away, a terminal that must not be driven."""

import errno
import os
from collections.abc import Callable, Iterable, Sequence
from typing import BinaryIO, Protocol

from crwatch.diff.change import Change
from crwatch.errors import ReaderGoneError
from crwatch.model.notice import Notice
from crwatch.render.text import harmless


class Output:
    """A stream of the process.

    Args:
        stream: open for bytes.
        is_terminal: whether a person's terminal reads it: then nothing that could drive it goes out, in any format.
    """

    def __init__(self, stream: BinaryIO, *, is_terminal: bool) -> None:
        self._stream = stream
        self._is_terminal = is_terminal

    @property
    def is_terminal(self) -> bool:
        """Whether a person's terminal reads it."""
        return self._is_terminal

    def write(self, data: bytes | str) -> None:
        """Write and flush; nothing is done for nothing.

        Raises:
            ReaderGoneError: nobody reads any more. The stream then leads to the null device, so that the interpreter's
                flush at exit cannot fail on what is left in it.
        """
        if not data:
            return
        raw = data.encode(errors="backslashreplace") if isinstance(data, str) else data
        try:
            self._stream.write(harmless(raw) if self._is_terminal else raw)
            self._stream.flush()
        except OSError as error:
            if error.errno != errno.EPIPE:
                raise
            self._lead_nowhere()
            raise ReaderGoneError("nobody reads the output any more") from error

    def _lead_nowhere(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)


class NoticeSink(Protocol):
    """Where what must be known beside changes is told; it is called in order with the changes."""

    def write(self, notice: Notice) -> None:
        """Tell one notice."""


class ChangeWriter(Protocol):
    """Changes and Notices in one form of output."""

    def write(self, items: Sequence[Change | Notice]) -> None:
        """Write a batch: in order, and out of our hands when this returns.

        Raises:
            ReaderGoneError: nobody reads any more.
        """

    def close(self) -> None:
        """Write what can only be written at the end."""


def write_in_order(
    items: Sequence[Change | Notice],
    lines: Callable[[Change], Iterable[str]],
    output: Output,
    notices: NoticeSink | None,
) -> None:
    """Write the lines of the changes, and between them the notices, where they belong.

    Args:
        items: a batch.
        lines: makes the lines of one change, each with its end; none where there is nothing to show.
        output: takes them, in one write unless a notice stands between.
        notices: takes the notices, on another stream; None: they are told elsewhere.
    """
    held: list[str] = []
    for item in items:
        if isinstance(item, Change):
            held += lines(item)
        elif notices is not None:
            output.write("".join(held))
            held.clear()
            notices.write(item)
    output.write("".join(held))
