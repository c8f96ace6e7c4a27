"""The way out: readers that go away, terminals that must not be driven, one write a batch."""

import io
import os
import subprocess
import sys
from itertools import pairwise

import pytest

from crwatch.errors import ReaderGoneError
from crwatch.model.notice import Notice, NoticeKind
from crwatch.render.plain import PlainWriter
from crwatch.render.theme import Theme
from crwatch.render.writer import Output
from tests.render.factories import change
from tests.samples import NOON, database

_WRITES_INTO_A_CLOSED_PIPE = """
import sys
from crwatch.errors import ReaderGoneError
from crwatch.render.writer import Output
sys.stdin.read()
try:
    Output(sys.stdout.buffer, is_terminal=False).write(b"x" * 100_000)
except ReaderGoneError:
    sys.exit(141)
"""


def test_a_reader_that_is_gone_ends_in_silence() -> None:
    """EPIPE becomes ReaderGoneError, and the interpreter's flush at exit does not complain."""
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITES_INTO_A_CLOSED_PIPE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, errors = process.communicate(b"")

    assert (process.returncode, errors) == (141, b"")


def test_another_error_is_not_a_reader_that_is_gone() -> None:
    """A full disk is not 141."""

    class Full(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space") as caught:
        Output(Full(), is_terminal=False).write(b"x")
    assert not isinstance(caught.value, ReaderGoneError)


def test_a_pipe_gets_what_was_written_and_a_terminal_what_is_harmless() -> None:
    """Only a terminal can be driven."""
    hostile = "a\u202eb\x9b"
    written = []
    for is_terminal in (False, True):
        stream = io.BytesIO()
        Output(stream, is_terminal=is_terminal).write(hostile)
        written.append(stream.getvalue().decode())

    assert written == [hostile, r"a\u202eb\u009b"]


def test_a_batch_is_one_write_and_a_notice_stands_where_it_belongs() -> None:
    """What came before a notice is out before the notice is told."""
    told: list[str] = []

    class Recorder(io.BytesIO):
        def write(self, data: object) -> int:
            assert isinstance(data, bytes)
            told.append(f"{data.count(b'replicas')} lines")
            return len(data)

    class Notices:
        def write(self, notice: Notice) -> None:
            told.append(notice.kind)

    versions = [database(rv=rv, replicas=rv) for rv in (1, 2, 3, 4)]
    first, second, third = (change(old, new) for old, new in pairwise(versions))
    writer = PlainWriter(Output(Recorder(), is_terminal=False), Theme(), notices=Notices())
    writer.write([first, second, Notice(kind=NoticeKind.GAP, at=NOON), third])
    writer.write([])

    assert told == ["2 lines", "gap", "1 lines"]


def test_a_reader_that_is_gone_leaves_the_stream_usable() -> None:
    """Whatever is written after the error goes nowhere."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as stream:
        output = Output(stream, is_terminal=False)
        with pytest.raises(ReaderGoneError):
            output.write(b"x")
        output.write(b"y")
