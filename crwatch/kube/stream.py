"""The body of an answer as it comes: read by one thread, closed by any.

urllib3 makes the connection and reads the head; the body is read from the socket itself. Through `http.client` a watch
costs three times as much a byte, since it hands out one chunk at a time and each event is one; and a time limit of its
own fires although bytes are there when a stopped process goes on (protocol 9.11).
"""

import selectors
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from threading import RLock
from typing import Any, Final

import urllib3

from crwatch.kube.framing import Framing, framing_of
from crwatch.kube.translate import to_failure
from crwatch.model.status import Failure, FailureKind

_READ_BYTES: Final = 64 * 1024
_BATCH_BYTES: Final = 256 * 1024
"""At most what one `Stream.read` returns, give or take one read of the socket."""
_CLOSE_SECONDS: Final = 1.0
_WOULD_BLOCK: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)

CLOSED: Final = Failure(FailureKind.DROPPED, "closed by us")
_CUT: Final = Failure(FailureKind.DROPPED, "the connection ended in the middle of an answer")
_BROKEN: Final = Failure(FailureKind.DROPPED, "the answer's chunks are broken")
LATE: Final = Failure(FailureKind.DROPPED, "the answer did not end in time")


class Stream:
    """An answer's body.

    Args:
        response: its head was read, its body not.
        host: whose answer it is, for messages.
        silence_seconds: how long nothing may come.
        total_seconds: how long we wait for it in all; time that our reader takes does not count (protocol 9.11).
        on_end: told once, when nothing more will be read.
    """

    def __init__(
        self,
        response: urllib3.BaseHTTPResponse,
        *,
        host: str,
        silence_seconds: float,
        total_seconds: float,
        on_end: Callable[["Stream"], None],
    ) -> None:
        self._response = response
        self._host = host
        self._silence_seconds = silence_seconds
        self._left_seconds = total_seconds
        self._on_end: Callable[[Stream], None] | None = on_end
        self._framing = _framing_of(response)
        self._end: Failure | bytes | None = b"" if self._framing.complete else None
        self._reading = RLock()
        self._buffer, self._socket = _below(response)
        self._receive = self._first
        self._selector = selectors.DefaultSelector()
        if self._end is None:
            self._socket.settimeout(0)
            self._selector.register(self._socket, selectors.EVENT_READ)

    def read(self) -> bytes | Failure:
        """Return what has come, at least one byte and about 256 KiB at most; `b""` where the body ended in order.

        A Failure is an end in the middle (DROPPED) or silence (SILENT). Bytes that came before an end have been
        returned before it.
        """
        with self._reading:
            body = self._gather()
            if not body and self._end is not None:
                self._release()
                return self._end
            return body

    def close(self) -> None:
        """End the stream, from any thread; a `read` that waits returns at once, with a Failure."""
        cut(self._response)
        if self._reading.acquire(timeout=_CLOSE_SECONDS):
            try:
                self._end = self._end if self._on_end is None else CLOSED
                self._release()
            finally:
                self._reading.release()

    def _gather(self) -> bytes:
        parts: list[bytes] = []
        size, waited_long_enough = 0, False
        while self._end is None and size < _BATCH_BYTES:
            try:
                data = self._receive()
            except _WOULD_BLOCK:
                if parts:
                    break
                # silence is concluded only here, where a read after the wait has found nothing
                if waited_long_enough:
                    self._end = self._overdue()
                else:
                    waited_long_enough = not self._wait()
                continue
            except OSError as error:
                self._end = to_failure(error, host=self._host, reading=True)
                continue
            if body := self._take(data):
                parts.append(body)
                size += len(body)
        return b"".join(parts)

    def _first(self) -> bytes:
        """Return what was read along with the head; from then on the socket is read itself."""
        self._receive = self._from_socket
        data: bytes | None = self._buffer.read1(_READ_BYTES)
        return data or self._receive()  # nothing was there, or the end, which the socket says again

    def _from_socket(self) -> bytes:
        data: bytes = self._socket.recv(_READ_BYTES)
        return data

    def _take(self, data: bytes) -> bytes:
        if not data:
            self._end = b"" if self._framing.at_eof() else _CUT
            return b""
        body = self._framing.feed(data)
        if self._framing.complete:
            self._end = b""
        elif self._framing.broken:
            self._end = _BROKEN
        return body

    def _wait(self) -> bool:
        """Wait until something can be read, and tell whether it can."""
        seconds = min(self._silence_seconds, self._left_seconds)
        if seconds <= 0:
            return False
        before = time.monotonic()
        ready = bool(self._selector.select(seconds))
        self._left_seconds -= time.monotonic() - before
        return ready

    def _overdue(self) -> Failure:
        if self._left_seconds <= 0:
            return LATE
        return Failure(FailureKind.SILENT, f"nothing came for {self._silence_seconds:g} s")

    def _release(self) -> None:
        """Close the connection: it was a watch's own."""
        if self._on_end is None:
            return
        on_end, self._on_end = self._on_end, None
        self._selector.close()
        self._response.close()
        on_end(self)


def cut(response: urllib3.BaseHTTPResponse) -> None:
    """End both directions of an answer's connection: a read in another thread returns at once."""
    _, sock = _below(response)
    with suppress(OSError, TypeError):
        # not SSLSocket's own, which takes TLS away from under a reader
        socket.socket.shutdown(getattr(sock, "socket", sock), socket.SHUT_RDWR)


def _below(response: urllib3.BaseHTTPResponse) -> tuple[Any, Any]:
    """Return http.client's buffer and the socket below it; None for both where the body has been read."""
    buffer = getattr(getattr(response, "_fp", None), "fp", None)
    return buffer, getattr(getattr(buffer, "raw", None), "_sock", None)


def _framing_of(response: urllib3.BaseHTTPResponse) -> Framing:
    length = response.headers.get("Content-Length", "")
    chunked = "chunked" in response.headers.get("Transfer-Encoding", "").lower()
    return framing_of(chunked, int(length) if length.isdecimal() else None)
