"""The body of an answer as it comes: read by one thread, closed by any."""

import selectors
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from threading import RLock
from typing import Any, Final

import urllib3
from urllib3.exceptions import HTTPError

from crwatch.kube.translate import to_failure
from crwatch.model.status import Failure, FailureKind

_READ_BYTES: Final = 256 * 1024
_CLOSE_SECONDS: Final = 1.0
_WOULD_BLOCK: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
CLOSED: Final = Failure(FailureKind.DROPPED, "closed by us")
_CUT: Final = Failure(FailureKind.DROPPED, "the connection ended in the middle of an answer")


class Stream:
    """An answer's body.

    Args:
        response: its head was read, its body not.
        host: whose answer it is, for messages.
        silence_seconds: how long nothing may come.
        total_seconds: how long we wait for it in all; time that our reader takes does not count (protocol 9.11).
        trusting: take the end of the connection for the end of a body without framing: a list that was cut is no
            JSON, a watch that was cut looks whole.
        on_end: told once, when nothing more will be read.
    """

    def __init__(
        self,
        response: urllib3.BaseHTTPResponse,
        *,
        host: str,
        silence_seconds: float,
        total_seconds: float,
        trusting: bool,
        on_end: Callable[["Stream"], None],
    ) -> None:
        self._response = response
        self._host = host
        self._silence_seconds = silence_seconds
        self._left_seconds = total_seconds
        self._trusting = trusting or "Content-Length" in response.headers
        self._on_end: Callable[[Stream], None] | None = on_end
        self._chunked = "chunked" in response.headers.get("Transfer-Encoding", "").lower()
        # None where http.client has nothing left to read or will close the connection itself, and for TLS inside TLS.
        sock = getattr(response.connection, "sock", None)
        self._socket = sock if isinstance(sock, socket.socket) else None
        self._buffer: Any = getattr(getattr(response, "_fp", None), "fp", None)
        self._end: Failure | bytes | None = None
        self._closed = False
        self._reading = RLock()

    def read(self) -> bytes | Failure:
        """Return what has come, at least one byte; `b""` where the body ended in order.

        A Failure is an end in the middle (DROPPED) or silence (SILENT); what came before it is returned before it.
        All that the socket has is taken at once, up to 256 KiB: the server sends each event as a chunk of its own.
        """
        with self._reading:
            parts: list[bytes] = []
            size = 0
            while self._end is None and size < _READ_BYTES and (not parts or self._has_more()):
                part = self._receive()
                if isinstance(part, Failure) or not part:
                    self._end = part
                else:
                    parts.append(part)
                    size += len(part)
            if parts or self._end is None:
                return b"".join(parts)
            self._release()
            return self._end

    def close(self) -> None:
        """End the stream, from any thread; a `read` that waits returns at once, with a Failure."""
        self._closed = True
        with suppress(OSError, RuntimeError, ValueError):  # it may end by itself at this moment, or have ended
            self._response.shutdown()
        if self._reading.acquire(timeout=_CLOSE_SECONDS):
            try:
                self._end = CLOSED if self._end is None else self._end
                self._release()
            finally:
                self._reading.release()

    def _receive(self) -> bytes | Failure:
        if failure := self._wait():
            return failure
        try:
            part = self._response.read1(_READ_BYTES, decode_content=False)
        except (HTTPError, OSError, ValueError) as error:
            return CLOSED if self._closed else to_failure(error, host=self._host, reading=True)
        if self._closed:
            return CLOSED
        return part or (b"" if self._chunked or self._trusting else _CUT)

    def _wait(self) -> Failure | None:
        """Wait until something can be read; a Failure is the news that nothing came for too long.

        Not by the socket's own time limit, which fires although bytes are there when a stopped process goes on
        (protocol 9.11).
        """
        if self._socket is None or self._response.length_remaining == 0 or self._has_more():
            return None
        seconds = max(min(self._silence_seconds, self._left_seconds), 0)
        before = time.monotonic()
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._socket, selectors.EVENT_READ)
                ready = selector.select(seconds)
        except (OSError, ValueError):  # the socket is gone: reading says how
            return None
        self._left_seconds -= time.monotonic() - before
        if ready or self._closed:
            return None
        if self._left_seconds <= 0:
            return Failure(FailureKind.DROPPED, "the answer did not end in time")
        return Failure(FailureKind.SILENT, f"nothing came for {self._silence_seconds:g} s")

    def _has_more(self) -> bool:
        """Whether the next read finds something without waiting: in http.client's buffer, in TLS's, or on the socket.

        A line end alone is nothing: http.client leaves the one of a finished chunk unread until the next chunk.
        """
        if self._socket is None or self._buffer is None or self._buffer.closed:
            return False
        limit = self._socket.gettimeout()
        try:
            self._socket.settimeout(0)
            buffered = len(self._buffer.peek(1))
            return buffered > (len(b"\r\n") if self._chunked else 0) or self._has_decrypted()
        except (*_WOULD_BLOCK, OSError, ValueError):
            return False
        finally:
            with suppress(OSError):
                self._socket.settimeout(limit)

    def _has_decrypted(self) -> bool:
        return isinstance(self._socket, ssl.SSLSocket) and self._socket.pending() > 0

    def _release(self) -> None:
        """Give the connection back where the body was read to its end, else close it."""
        if self._on_end is None:
            return
        on_end, self._on_end = self._on_end, None
        if self._end == b"":
            self._response.release_conn()
        else:
            self._response.close()
        on_end(self)
