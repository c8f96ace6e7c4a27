"""One server over HTTP/1.1: requests, and streams that anyone may close. crwatch only reads: all of them are GET.

Nothing here raises for what the network does: a failure is a value. Redirects are not followed: credentials go to the
server that the kubeconfig names and nowhere else.
"""

import http.client
import os
import re
import sys
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Lock
from typing import Final
from urllib.parse import urlencode

import msgspec

from crwatch.errors import UnauthorizedError
from crwatch.kube.connection import Dialer
from crwatch.kube.credentials import Credentials
from crwatch.kube.stream import Connection, Stream
from crwatch.kube.translate import to_failure
from crwatch.model.status import Failure, FailureKind, classify

JSON: Final = "application/json"

_IDLE_CONNECTIONS: Final = 2
_OK, _REDIRECTS, _ERRORS, _UNAUTHORIZED = 200, 300, 400, 401
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
        self._idle: list[Connection] = []
        self._busy: set[Connection] = set()
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
            reused, patience = connection is not None, self._limits.connect
            try:
                connection = connection or self._connect(min(patience, seconds))
                patience = self._limits.head
                answer = connection.ask(target, self._headers(accept, encoding), min(patience, seconds))
            except UnauthorizedError as error:
                self._drop(connection)
                return Failure(FailureKind.UNAUTHORIZED, error.message)
            except (OSError, http.client.HTTPException) as error:
                self._drop(connection)
                failure = to_failure(error, host=self._dialer.host, seconds=min(patience, seconds))
                if reused and failure.kind == FailureKind.DROPPED:
                    continue  # the server closed an idle connection at that moment
                return failure
            except BaseException:
                self._drop(connection)
                raise
            stream = self._begin(connection, answer, keep=keep, seconds=seconds)
            self._warn(answer)
            if _OK <= answer.status < _REDIRECTS:
                return answer, stream
            failure = _refusal(answer, _read_all(stream))
            if answer.status != _UNAUTHORIZED or refreshed or not self._credentials.refresh():
                return failure
            refreshed = True

    def _begin(self, connection: Connection, answer: http.client.HTTPResponse, *, keep: bool, seconds: float) -> Stream:
        fine = answer.status < _REDIRECTS
        streaming = fine and not keep
        return Stream(
            connection,
            answer,
            silence_seconds=self._limits.silence if streaming else self._limits.head,
            total_seconds=seconds if fine else min(seconds, self._limits.head),
            trusting=not streaming,  # a list that was cut is no JSON, a watch that was cut looks whole
            on_end=lambda reusable: self._give_back(connection, reusable=reusable and not streaming),
        )

    def _headers(self, accept: str, encoding: str) -> tuple[tuple[str, str], ...]:
        ours = (("User-Agent", self._agent), ("Accept", accept), ("Accept-Encoding", encoding))
        return (*ours, *self._credentials.headers(), *self._dialer.proxy_headers)

    def _connect(self, seconds: float) -> Connection:
        if self._closed:
            raise ConnectionAbortedError
        connection = Connection(self._dialer.dial(seconds))
        with self._lock:
            if not self._closed:
                self._busy.add(connection)
                return connection
        connection.close()
        raise ConnectionAbortedError

    def _idle_connection(self) -> Connection | None:
        with self._lock:
            while self._idle:
                connection = self._idle.pop()
                if connection.is_fresh():
                    self._busy.add(connection)
                    return connection
                connection.close()
        return None

    def _give_back(self, connection: Connection, *, reusable: bool) -> None:
        with self._lock:
            self._busy.discard(connection)
            if reusable and not self._closed and len(self._idle) < _IDLE_CONNECTIONS:
                self._idle.append(connection)
                return
        connection.close()

    def _drop(self, connection: Connection | None) -> None:
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
    if _REDIRECTS <= answer.status < _ERRORS:
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
