"""The body of an answer as it comes, and the connection that brings it: read by one thread, closed by any."""

import http.client
import selectors
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import RLock
from typing import Final

from crwatch.kube.framing import Framing, framing_of
from crwatch.kube.translate import to_failure
from crwatch.model.status import Failure, FailureKind

_READ_BYTES: Final = 64 * 1024
_BATCH_BYTES: Final = 256 * 1024
"""At most what one `Stream.read` returns, give or take one read of the socket."""
_CLOSE_SECONDS: Final = 1.0
_WOULD_BLOCK: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Connection:
    """One open connection, and the socket that may be cut from any thread."""

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self._http = connection
        self.socket: socket.socket = connection.sock  # kept here: http.client forgets it when the server will close

    def ask(self, target: str, headers: Iterable[tuple[str, str]], seconds: float) -> http.client.HTTPResponse:
        """Send a request and return the head of the answer.

        Raises:
            OSError, http.client.HTTPException: the connection failed, or what came is no answer.
        """
        self.socket.settimeout(seconds)
        self._http.putrequest("GET", target, skip_accept_encoding=True)
        for name, value in headers:
            self._http.putheader(name, value.encode())
        self._http.endheaders()
        return self._http.getresponse()

    def is_fresh(self) -> bool:
        """Tell whether it can be used again: anything to read on it now is its end."""
        self.socket.settimeout(0)
        try:
            self.socket.recv(1)
        except _WOULD_BLOCK:
            return True
        except OSError:
            return False
        return False

    def cut(self) -> None:
        """End both directions; a read in another thread returns at once."""
        tcp = getattr(self.socket, "socket", self.socket)  # below TLS inside TLS
        with suppress(OSError):
            socket.socket.shutdown(tcp, socket.SHUT_RDWR)  # not SSLSocket's: it takes TLS away from under a reader

    def close(self) -> None:
        """Give the socket back."""
        self._http.close()
        self.socket.close()


class Stream:
    """The body of an answer as it comes.

    Args:
        connection: whose answer it is.
        answer: its head, read.
        silence_seconds: how long nothing may come.
        total_seconds: how long we wait for it in all; time that the reader takes does not count (protocol 9.11).
        trusting: believe the end of a connection where the body has no framing.
        on_end: told once, when the connection is done with; true where it may be used again.
    """

    def __init__(
        self,
        connection: Connection,
        answer: http.client.HTTPResponse,
        *,
        silence_seconds: float,
        total_seconds: float,
        trusting: bool,
        on_end: Callable[[bool], None],
    ) -> None:
        self._connection = connection
        self._answer = answer
        self._socket = connection.socket
        self._silence_seconds = silence_seconds
        self._left_seconds = self._total_seconds = total_seconds
        self._on_end: Callable[[bool], None] | None = on_end
        self._framing = _framing_of(answer, trusting=trusting)
        self._end: Failure | bytes | None = b"" if self._framing.complete else None
        self._reading = RLock()
        self._socket.settimeout(0)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._socket, selectors.EVENT_READ)
        self._receive = self._first

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
        self._connection.cut()
        if self._reading.acquire(timeout=_CLOSE_SECONDS):
            try:
                self._end = self._end if self._on_end is None else Failure(FailureKind.DROPPED, "closed by us")
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
                # silence is concluded only here, where a read after the wait has found nothing (protocol 9.11)
                if waited_long_enough:
                    self._end = self._overdue()
                else:
                    waited_long_enough = not self._wait()
                continue
            except OSError as error:
                self._end = to_failure(error, host="the server")
                continue
            body = self._take(data)
            if body:
                parts.append(body)
                size += len(body)
        return b"".join(parts)

    def _first(self) -> bytes:
        """Return what was read along with the head; from then on the socket is read itself."""
        self._receive = self._from_socket
        fp = self._answer.fp
        data = fp.read1(_READ_BYTES)
        return data or self._receive()  # nothing was there, or the end, which the socket says again

    def _from_socket(self) -> bytes:
        return self._socket.recv(_READ_BYTES)

    def _take(self, data: bytes) -> bytes:
        if not data:
            dropped = Failure(FailureKind.DROPPED, "the connection ended in the middle of an answer")
            self._end = b"" if self._framing.at_eof() else dropped
            return b""
        body = self._framing.feed(data)
        if self._framing.complete:
            self._end = b""
        elif self._framing.broken:
            self._end = Failure(FailureKind.DROPPED, "the answer's chunks are broken")
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
            return Failure(FailureKind.DROPPED, f"the answer did not end within {self._total_seconds:g} s")
        return Failure(FailureKind.SILENT, f"nothing came for {self._silence_seconds:g} s")

    def _release(self) -> None:
        if self._on_end is None:
            return
        on_end, self._on_end = self._on_end, None
        self._selector.close()
        reusable = self._end == b"" and not self._answer.will_close
        self._answer.close()
        on_end(reusable)


def _framing_of(answer: http.client.HTTPResponse, *, trusting: bool) -> Framing:
    length = answer.getheader("Content-Length", "")
    chunked = "chunked" in answer.getheader("Transfer-Encoding", "").lower()
    return framing_of(chunked, int(length) if length.isdecimal() else None, trusting=trusting)
