"""One server over HTTP/1.1: requests, and streams that anyone may close. crwatch only reads: all of them are GET.

Nothing here raises for what the network does: a failure is a value. Redirects are not followed: credentials go to the
server that the kubeconfig names and nowhere else.
"""

import os
import re
import socket
import sys
import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Lock
from typing import Any, Final
from urllib.parse import SplitResult, unquote, urlencode, urlsplit

import msgspec
import urllib3
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError
from urllib3.util import Timeout

from crwatch.errors import ConnectError, UnauthorizedError
from crwatch.kube.credentials import Credentials
from crwatch.kube.kubeconfig import Access
from crwatch.kube.proxy import proxy_of
from crwatch.kube.stream import CLOSED, LATE, Stream, cut
from crwatch.kube.tls import tls_context
from crwatch.kube.translate import to_failure
from crwatch.model.status import Failure, FailureKind, classify

JSON: Final = "application/json"

_POOL_SIZE: Final = 8
_READ_BYTES: Final = 256 * 1024
_OK, _REDIRECTS, _ERRORS, _UNAUTHORIZED = 200, 300, 400, 401
_WARNING: Final = re.compile(r'\b299 \S+ "((?:[^"\\]|\\.)*)"')
_KEEPALIVE: Final = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4))
"""A dead peer is noticed within 90 s, also where nobody sends (protocol 1.15)."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How long we wait for a server, in seconds (protocol 7.1)."""

    connect: float = 10.0
    """For TCP and TLS."""
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
        access: which server, and how each side proves itself.
        credentials: asked for headers on every request.
        limits: how long to wait.
        on_warning: told each text of a `Warning` header once.
        environment: read for HTTPS_PROXY, HTTP_PROXY and NO_PROXY; the process's own by default.

    Raises:
        ConnectError: the address or a certificate cannot be used.
    """

    def __init__(
        self,
        access: Access,
        credentials: Credentials,
        *,
        limits: Limits | None = None,
        on_warning: Callable[[str], None] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._pool = _pool(access, os.environ if environment is None else environment)
        self._server = access.server.rstrip("/")
        self._host = urlsplit(access.server).hostname or ""
        self._encoding = "gzip" if access.compress else "identity"
        self._credentials = credentials
        self._limits = limits or Limits()
        self._on_warning = on_warning
        self._warned: set[str] = set()
        self._agent = f"crwatch/{_version()}"
        self._lock = Lock()
        self._bodies: set[Stream | urllib3.BaseHTTPResponse] = set()
        """What is being read, for whoever closes us."""
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
        deadline = time.monotonic() + (self._limits.answer if seconds is None else seconds)
        response = self._open(path, parameters, {"Accept": accept, "Accept-Encoding": self._encoding}, deadline)
        if isinstance(response, Failure):
            return response
        body = self._read(response, deadline)
        if isinstance(body, Failure):
            return body
        headers = {name.lower(): value for name, value in response.headers.items()}
        if headers.get("content-encoding") == "gzip":
            try:
                body = zlib.decompress(body, wbits=31)  # all or nothing: a cut list is no list
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
        deadline = time.monotonic() + limit
        response = self._open(path, parameters, {"Accept": accept, "Accept-Encoding": "identity"}, deadline)
        if isinstance(response, Failure):
            return response
        stream = Stream(
            response,
            host=self._host,
            silence_seconds=self._limits.silence,
            total_seconds=limit,
            on_end=self._forget,
        )
        if self._remember(stream):
            return stream
        stream.close()
        return CLOSED

    def close(self) -> None:
        """End every stream and request, and refuse new ones."""
        with self._lock:
            self._closed = True
            bodies = tuple(self._bodies)
        for body in bodies:
            if isinstance(body, Stream):
                body.close()
            else:
                cut(body)
        self._pool.clear()

    def _open(
        self, path: str, parameters: Mapping[str, str] | None, headers: Mapping[str, str], deadline: float
    ) -> urllib3.BaseHTTPResponse | Failure:
        """Return an answer that is a success, its body unread."""
        url = self._server + path + (f"?{urlencode(parameters)}" if parameters else "")
        refreshed = False
        while True:
            response = self._ask(url, headers, deadline - time.monotonic())
            if isinstance(response, Failure):
                return response
            self._warn(response)
            if _OK <= response.status < _REDIRECTS:
                return response
            failure = _refusal(response, self._read(response, deadline))
            if response.status != _UNAUTHORIZED or refreshed or not self._credentials.refresh():
                return failure
            refreshed = True

    def _ask(self, url: str, headers: Mapping[str, str], seconds: float) -> urllib3.BaseHTTPResponse | Failure:
        timeout = Timeout(connect=min(self._limits.connect, seconds), read=min(self._limits.head, seconds))
        again = True
        while not self._closed:
            try:
                all_headers = urllib3.HTTPHeaderDict({"User-Agent": self._agent, **headers})
                for name, value in self._credentials.headers():
                    all_headers.add(name, value)
                return self._pool.urlopen(
                    "GET", url, headers=all_headers, timeout=timeout, retries=False, redirect=False,
                    preload_content=False,
                )  # fmt: skip
            except UnauthorizedError as error:
                return Failure(FailureKind.UNAUTHORIZED, error.message)
            except (HTTPError, OSError) as error:
                failure = to_failure(error, host=self._host)
                if failure.kind != FailureKind.DROPPED or not again:
                    return failure
                again = False  # the server may have closed an idle connection at that moment
        return CLOSED

    def _read(self, response: urllib3.BaseHTTPResponse, deadline: float) -> bytes | Failure:
        """Return a whole body, and give the connection back."""
        if not self._remember(response):
            response.close()
            return CLOSED
        parts: list[bytes] = []
        try:
            while part := response.read1(_READ_BYTES, decode_content=False):
                parts.append(part)
                if time.monotonic() > deadline:
                    return LATE
            response.release_conn()
            return b"".join(parts)
        except (HTTPError, OSError, ValueError) as error:
            if self._closed:
                return CLOSED
            failure = to_failure(error, host=self._host, reading=True)
            return LATE if failure.kind is FailureKind.SILENT else failure
        finally:
            self._forget(response)
            response.close()

    def _remember(self, body: Stream | urllib3.BaseHTTPResponse) -> bool:
        with self._lock:
            if not self._closed:
                self._bodies.add(body)
            return not self._closed

    def _forget(self, body: Stream | urllib3.BaseHTTPResponse) -> None:
        with self._lock:
            self._bodies.discard(body)

    def _warn(self, response: urllib3.BaseHTTPResponse) -> None:
        if self._on_warning is None:
            return
        for text in _WARNING.findall(response.headers.get("Warning", "")):
            if text not in self._warned:
                self._warned.add(text)
                self._on_warning(re.sub(r"\\(.)", r"\1", text))


def _pool(access: Access, environment: Mapping[str, str]) -> urllib3.PoolManager:
    server = _address(access.server, "server")
    options = [*HTTPConnection.default_socket_options, (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    options += [(socket.IPPROTO_TCP, getattr(socket, name), to) for name, to in _KEEPALIVE if hasattr(socket, name)]
    arguments: dict[str, Any] = {"maxsize": _POOL_SIZE, "socket_options": options}
    if server.scheme == "https":
        arguments |= {"ssl_context": tls_context(access.tls), "server_hostname": access.tls.server_name or None}
    if access.tls.insecure:
        arguments |= {"cert_reqs": "CERT_NONE", "assert_hostname": False}
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # the kubeconfig asks for it by name
    text = access.proxy_url or proxy_of(server, environment)
    if not text:
        return urllib3.PoolManager(**arguments)
    proxy = _address(text, "proxy")
    user = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}" if proxy.username is not None else None
    headers = urllib3.make_headers(proxy_basic_auth=user) if user else None
    return urllib3.ProxyManager(f"{proxy.scheme}://{_host_and_port(proxy)}", proxy_headers=headers, **arguments)


def _address(text: str, what: str) -> SplitResult:
    """Parse an address; it may hold a password, so it is never quoted whole."""
    try:
        url = urlsplit(text)
        port_is_fine = url.port != 0
    except ValueError:
        raise ConnectError(f"the {what}'s address in the kubeconfig is no URL") from None
    if url.scheme not in {"http", "https"}:
        raise ConnectError(f"{what} addresses that begin with {url.scheme}:// are not supported")
    if not url.hostname or not port_is_fine:
        raise ConnectError(f"the {what}'s address in the kubeconfig names no host")
    return url


def _host_and_port(url: SplitResult) -> str:
    return url.netloc.rpartition("@")[2]


def _refusal(response: urllib3.BaseHTTPResponse, body: bytes | Failure) -> Failure:
    failure = classify(response.status, response.headers, b"" if isinstance(body, Failure) else body)
    if _REDIRECTS <= response.status < _ERRORS:
        elsewhere = response.headers.get("Location", "").split("?")[0]
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
