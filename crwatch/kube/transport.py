"""One server over HTTP/1.1: requests, and streams that anyone may close. crwatch only reads: all of them are GET.

Nothing here raises for what the network does: a failure is a value. Redirects are not followed, so that credentials go to
the server that the kubeconfig names and nowhere else.
"""

import http.client
import os
import re
import selectors
import socket
import ssl
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from threading import Lock, RLock
from typing import Final
from urllib.parse import urlencode

import msgspec

from crwatch.errors import UnauthorizedError
from crwatch.kube.connection import Dialer
from crwatch.kube.credentials import Credentials
from crwatch.kube.framing import Framing, framing_of
from crwatch.kube.translate import to_failure
from crwatch.model.status import Failure, FailureKind, classify

JSON: Final = "application/json"

_READ_BYTES: Final = 64 * 1024
_BATCH_BYTES: Final = 256 * 1024
"""At most what one `Stream.read` returns, give or take one read of the socket."""
_IDLE_CONNECTIONS: Final = 2
_CLOSE_SECONDS: Final = 1.0
_WOULD_BLOCK: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_UNAUTHORIZED: Final = 401
_WARNING: Final = re.compile(r'\b299 \S+ "((?:[^"\\]|\\.)*)"')


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How long we wait for a server, in seconds (protocol 7.1)."""

    connect: float = 10.0
    """For TCP, and again for TLS."""
    head: float = 30.0
    """For the first line of an answer."""
    answer: float = 65.0
    """For the whole answer to a request: the server gives up after 60."""
    silence: float = 70.0
    """On an open stream: bookmarks come every 60, and history is kept for 75."""
    overtime: float = 30.0
    """How much longer than asked for a stream may last."""


class Response(msgspec.Struct, frozen=True):
    """The whole answer to a request that succeeded."""

    headers: Mapping[str, str]
    """With names in lower case."""
    body: bytes


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
        connection: "_Connection",
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
        data = fp.read1(_READ_BYTES) if fp else b""
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
        reusable = self._framing.complete and self._end == b"" and not self._answer.will_close
        self._answer.close()
        on_end(reusable)


def _framing_of(answer: http.client.HTTPResponse, *, trusting: bool) -> Framing:
    length = answer.getheader("Content-Length", "")
    chunked = "chunked" in answer.getheader("Transfer-Encoding", "").lower()
    return framing_of(chunked, int(length) if length.isdecimal() else None, trusting=trusting)


class _Connection:
    """One open connection, and the socket that may be cut from any thread."""

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self._http = connection
        self.socket: socket.socket = connection.sock  # kept here: http.client forgets it when the server will close

    def ask(self, target: str, headers: Iterator[tuple[str, str]], seconds: float) -> http.client.HTTPResponse:
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


class Transport:
    """Requests to one server, from any number of threads.

    Args:
        dialer: makes connections.
        credentials: asked for headers on every request.
        compress: ask for lists in gzip.
        limits: how long to wait.
        on_warning: told each text of a `Warning` header once.
    """

    def __init__(
        self,
        dialer: Dialer,
        credentials: Credentials,
        *,
        compress: bool = True,
        limits: Limits | None = None,
        on_warning: Callable[[str], None] | None = None,
    ) -> None:
        self._dialer = dialer
        self._credentials = credentials
        self._encoding = "gzip" if compress else "identity"
        self._limits = limits or Limits()
        self._on_warning = on_warning
        self._warned: set[str] = set()
        self._agent = f"crwatch/{_version()}"
        self._lock = Lock()
        self._idle: list[_Connection] = []
        self._busy: set[_Connection] = set()
        self._closed = False

    def request(
        self,
        path: str,
        parameters: Mapping[str, str] | None = None,
        *,
        accept: str = JSON,
        seconds: float | None = None,
    ) -> Response | Failure:
        """Return the answer to GET `path`, whole; anything but a success is a Failure.

        Args:
            path: from the server's root, quoted.
            parameters: of the query.
            accept: media types.
            seconds: how long the answer may take in all.
        """
        seconds = self._limits.answer if seconds is None else seconds
        opened = self._open(path, parameters, accept, self._encoding, keep=True, seconds=seconds)
        if isinstance(opened, Failure):
            return opened
        answer, stream = opened
        body = _read_all(stream)
        if isinstance(body, Failure):
            return body
        headers = {name.lower(): value for name, value in answer.getheaders()}
        if headers.get("content-encoding") == "gzip":
            try:
                body = zlib.decompress(body, wbits=31)
            except zlib.error:
                return Failure(FailureKind.UNREADABLE, "the answer is no gzip")
        return Response(headers, body)

    def stream(
        self, path: str, parameters: Mapping[str, str], *, accept: str = JSON, seconds: float
    ) -> Stream | Failure:
        """Return the answer to GET `path` as it comes, on a connection of its own, uncompressed.

        Args:
            path: from the server's root, quoted.
            parameters: of the query.
            accept: media types.
            seconds: how long the server was asked to go on; with some overtime it is the stream's limit.
        """
        limit = seconds + self._limits.overtime
        opened = self._open(path, parameters, accept, "identity", keep=False, seconds=limit)
        return opened if isinstance(opened, Failure) else opened[1]

    def close(self) -> None:
        """Cut every connection, and refuse new requests."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            for connection in self._busy:
                connection.cut()
        for connection in idle:
            connection.close()

    def _open(
        self,
        path: str,
        parameters: Mapping[str, str] | None,
        accept: str,
        encoding: str,
        *,
        keep: bool,
        seconds: float,
    ) -> tuple[http.client.HTTPResponse, Stream] | Failure:
        target = self._dialer.prefix + path + (f"?{urlencode(parameters)}" if parameters else "")
        refreshed = False
        while True:
            connection = self._idle_connection() if keep else None
            reused = connection is not None
            try:
                connection = connection or self._connect(seconds)
                headers = self._headers(accept, encoding)
                head_seconds = min(self._limits.head, seconds)
                answer = connection.ask(target, headers, head_seconds)
            except UnauthorizedError as error:
                self._drop(connection)
                return Failure(FailureKind.UNAUTHORIZED, error.message)
            except (OSError, http.client.HTTPException) as error:
                self._drop(connection)
                failure = to_failure(error, host=self._dialer.host, seconds=min(self._limits.head, seconds))
                if reused and failure.kind == FailureKind.DROPPED:
                    continue  # the server closed an idle connection at that moment
                return failure
            except BaseException:
                self._drop(connection)
                raise
            stream = self._begin(connection, answer, keep=keep, seconds=seconds)
            self._warn(answer)
            if http.HTTPStatus.OK <= answer.status < http.HTTPStatus.MULTIPLE_CHOICES:
                return answer, stream
            failure = _refusal(answer, _read_all(stream))
            if answer.status != _UNAUTHORIZED or refreshed or not self._credentials.refresh():
                return failure
            refreshed = True

    def _begin(
        self, connection: _Connection, answer: http.client.HTTPResponse, *, keep: bool, seconds: float
    ) -> Stream:
        fine = answer.status < http.HTTPStatus.MULTIPLE_CHOICES
        streaming = fine and not keep
        return Stream(
            connection,
            answer,
            silence_seconds=self._limits.silence if streaming else self._limits.head,
            total_seconds=seconds if fine else min(seconds, self._limits.head),
            trusting=not streaming,  # a list that was cut is no JSON, a watch that was cut looks whole
            on_end=lambda reusable: self._give_back(connection, reusable=reusable and not streaming),
        )

    def _headers(self, accept: str, encoding: str) -> Iterator[tuple[str, str]]:
        return iter(
            (
                ("User-Agent", self._agent),
                ("Accept", accept),
                ("Accept-Encoding", encoding),
                *self._credentials.headers(),
                *self._dialer.proxy_headers,
            )
        )

    def _connect(self, seconds: float) -> _Connection:
        connection = _Connection(self._dialer.dial(min(self._limits.connect, seconds)))
        with self._lock:
            if not self._closed:
                self._busy.add(connection)
                return connection
        connection.close()
        raise ConnectionResetError

    def _idle_connection(self) -> _Connection | None:
        with self._lock:
            while self._idle:
                connection = self._idle.pop()
                if connection.is_fresh():
                    self._busy.add(connection)
                    return connection
                connection.close()
        return None

    def _give_back(self, connection: _Connection, *, reusable: bool) -> None:
        with self._lock:
            self._busy.discard(connection)
            if reusable and not self._closed and len(self._idle) < _IDLE_CONNECTIONS:
                self._idle.append(connection)
                return
        connection.close()

    def _drop(self, connection: _Connection | None) -> None:
        if connection is not None:
            self._give_back(connection, reusable=False)

    def _warn(self, answer: http.client.HTTPResponse) -> None:
        if self._on_warning is None:
            return
        for header in answer.headers.get_all("Warning", ()):
            for text in _WARNING.findall(header):
                if text not in self._warned:
                    self._warned.add(text)
                    self._on_warning(re.sub(r"\\(.)", r"\1", text))


def _read_all(stream: Stream) -> bytes | Failure:
    parts: list[bytes] = []
    try:
        while True:
            part = stream.read()
            if isinstance(part, Failure):
                return part
            if not part:
                return b"".join(parts)
            parts.append(part)
    except BaseException:
        stream.close()
        raise


def _refusal(answer: http.client.HTTPResponse, body: bytes | Failure) -> Failure:
    headers = dict(answer.getheaders())
    failure = classify(answer.status, headers, b"" if isinstance(body, Failure) else body)
    if http.HTTPStatus.MULTIPLE_CHOICES <= answer.status < http.HTTPStatus.BAD_REQUEST:
        elsewhere = answer.getheader("Location", "").split("?")[0]
        return msgspec.structs.replace(failure, message=f"the server sends us to {elsewhere}, where we do not go")
    return failure


def _version() -> str:
    """Return the installed version, from a folder's name: importlib.metadata takes 15 ms to load."""
    for folder in sys.path:
        with suppress(OSError):
            for name in os.listdir(folder or "."):  # noqa: PTH208 - names are all we need
                if name.startswith("crwatch-") and name.endswith(".dist-info"):
                    return name.removeprefix("crwatch-").removesuffix(".dist-info")
    return "unknown"
