"""Where the body of a watch ends: HTTP/1.1's framings, over bytes that come in any pieces. Pure.

`http.client` takes one chunk at a time; a watch has a chunk for each event and sends hundreds at once. Here whatever
one read of the socket brought is unframed in one go, so that events travel in batches.
"""

from typing import Protocol

_LONGEST_SIZE_LINE = 4096
"""Bytes of a chunk's size and extensions; beyond that it is no chunk."""


class Framing(Protocol):
    """Takes the body out of what comes after the head of an answer."""

    complete: bool
    """Whether the body has ended in order."""
    broken: bool
    """Whether what came is no such framing; what was understood before has been returned."""

    def feed(self, data: bytes) -> bytes:
        """Return the body's bytes in `data`."""

    def at_eof(self) -> bool:
        """Tell whether the body is whole if the connection ends now."""


class Sized:
    """`Content-Length`: that many bytes."""

    broken = False

    def __init__(self, length: int) -> None:
        self._left = length
        self.complete = length == 0

    def feed(self, data: bytes) -> bytes:
        """Return the bytes of `data` that belong to the body."""
        body = data[: self._left]
        self._left -= len(body)
        self.complete = self._left == 0
        return body

    def at_eof(self) -> bool:
        """Tell whether all have come."""
        return self.complete


class Unframed:
    """No framing at all: nobody can tell the end from a cut, so none is believed."""

    complete = False
    broken = False

    def feed(self, data: bytes) -> bytes:
        """Return `data`."""
        return data

    def at_eof(self) -> bool:
        """Return False."""
        return False


class Chunked:
    """`Transfer-Encoding: chunked`: sizes in between, and an empty chunk at the end (RFC 9112, 7.1)."""

    def __init__(self) -> None:
        self.complete = False
        self.broken = False
        self._pending = b""
        """What cannot be understood yet: part of a line."""
        self._left = 0
        """Bytes still to come of the chunk that is open, its line end apart."""
        self._after_chunk = False
        self._in_trailer = False

    def feed(self, data: bytes) -> bytes:
        """Return the contents of the chunks in `data`."""
        data, position = self._pending + data, 0
        parts: list[bytes] = []
        while position < len(data) and not (self.complete or self.broken):
            if self._left:
                part = data[position : position + self._left]
                parts.append(part)
                position += len(part)
                self._left -= len(part)
                continue
            end = data.find(b"\n", position)
            if end < 0:
                break
            self._take_line(data[position:end].rstrip(b"\r"))
            position = end + 1
        self._pending = data[position:]
        self.broken = self.broken or (len(self._pending) > _LONGEST_SIZE_LINE and not self.complete)
        return b"".join(parts)

    def at_eof(self) -> bool:
        """Tell whether the last chunk has come; what may follow it says nothing."""
        return self.complete or self._in_trailer

    def _take_line(self, line: bytes) -> None:
        if self._in_trailer:
            self.complete = not line
        elif self._after_chunk:
            self._after_chunk = False
            self.broken = bool(line)  # the chunk is longer than it said
        else:
            digits = line.partition(b";")[0].strip()
            self.broken = not digits or bool(digits.strip(b"0123456789abcdefABCDEF"))
            self._left = 0 if self.broken else int(digits, 16)
            self._after_chunk = self._left > 0
            self._in_trailer = self._left == 0 and not self.broken


def framing_of(chunked: bool, length: int | None) -> Framing:  # noqa: FBT001 - http.client's own fact
    """Return the framing that an answer's head announces.

    Args:
        chunked: as `Transfer-Encoding` says.
        length: as `Content-Length` says, if it says so.
    """
    if chunked:
        return Chunked()
    return Unframed() if length is None else Sized(length)
