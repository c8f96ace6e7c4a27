"""What went wrong, as a value. `classify` is the one place that reads an error of the API server."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from crwatch.errors import (
    ConnectError,
    CrwatchError,
    ForbiddenError,
    NotFoundError,
    NotServedError,
    ServerError,
    UnauthorizedError,
    UsageError,
    VersionExpiredError,
)


class FailureKind(StrEnum):
    """Kinds of failure, apart where the action differs (protocol 1.9)."""

    UNREACHABLE = "unreachable"
    """No connection: refused, no route, no such host, or no answer in time."""
    UNTRUSTED = "untrusted"
    """TLS: a certificate that does not verify, a handshake that fails."""
    DROPPED = "dropped"
    """The connection ended in the middle of an answer."""
    SILENT = "silent"
    """Nothing came for too long on an open stream."""
    UNREADABLE = "unreadable"
    """An answer that is not what was asked for: HTML in place of a list, a line that is no JSON."""
    BAD_REQUEST = "bad-request"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    """404 with a Status: the kind is served, the object is not there."""
    NOT_SERVED = "not-served"
    """404 without a Status: no such path, hence no such kind (seen: plain `404 page not found`)."""
    NOT_ALLOWED = "not-allowed"
    NOT_ACCEPTABLE = "not-acceptable"
    EXPIRED = "expired"
    """410, as a status or as an ERROR event: the history no longer reaches back to the version asked for."""
    TOO_LARGE = "too-large"
    """504 ResourceVersionTooLarge: the version asked for has not happened on this server."""
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    SERVER = "server"


_PASSING: Final = frozenset({FailureKind.THROTTLED, FailureKind.UNAVAILABLE, FailureKind.TOO_LARGE})


class Failure(msgspec.Struct, frozen=True):
    """A request or a stream that failed."""

    kind: FailureKind
    message: str
    """The server's or the operating system's sentence, shortened; may hold names of objects, never credentials."""
    code: int | None = None
    """The HTTP status, or an ERROR event's code."""
    retry_after_seconds: float | None = None
    """The least time to wait that the server asked for, 0 to 120."""

    @property
    def passes(self) -> bool:
        """Whether waiting alone may mend it, also at first contact: a server that starts, or has too much to do."""
        return self.kind in _PASSING


class _Cause(msgspec.Struct, frozen=True):
    reason: str = ""
    message: str = ""


class _Details(msgspec.Struct, frozen=True, rename="camel"):
    retry_after_seconds: float = 0
    causes: tuple[_Cause, ...] | None = ()


class Status(msgspec.Struct, frozen=True, rename="camel"):
    """The API's own description of a failure."""

    kind: str = ""
    message: str = ""
    reason: str = ""
    code: int | None = None
    details: _Details | None = None


_decode_status = msgspec.json.Decoder(Status).decode

_KIND_OF_CODE: Final = {
    400: FailureKind.BAD_REQUEST,
    401: FailureKind.UNAUTHORIZED,
    403: FailureKind.FORBIDDEN,
    405: FailureKind.NOT_ALLOWED,
    406: FailureKind.NOT_ACCEPTABLE,
    410: FailureKind.EXPIRED,
    422: FailureKind.BAD_REQUEST,
    429: FailureKind.THROTTLED,
    503: FailureKind.UNAVAILABLE,
}
_NOT_FOUND: Final = 404
_LONGEST_MESSAGE: Final = 500
_LONGEST_WAIT_SECONDS: Final = 120.0
_MARKUP: Final = re.compile(r"<(?:style|script)\b.*?</(?:style|script)>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def classify(code: int, headers: Mapping[str, str], body: bytes) -> Failure:
    """Return what an HTTP answer other than a success means.

    Any body may be a proxy's HTML or plain text: a Status is believed only where it is JSON that says so.

    Args:
        code: the HTTP status.
        headers: with names in any case; `Retry-After` and `Date` are read.
        body: what came, whole or in part.
    """
    status = read_status(body)
    wait = _retry_after({name.lower(): value for name, value in headers.items()})
    if status is None:
        kind = FailureKind.NOT_SERVED if code == _NOT_FOUND else _KIND_OF_CODE.get(code, FailureKind.SERVER)
        return Failure(kind, _shorten(body.decode(errors="replace")) or f"HTTP status {code}", code, wait)
    failure = of_status(status, code)
    waits = [seconds for seconds in (wait, failure.retry_after_seconds) if seconds is not None]
    return msgspec.structs.replace(failure, retry_after_seconds=max(waits, default=None))


def read_status(body: bytes | msgspec.Raw) -> Status | None:
    """Return the Status that `body` writes, or None where it is anything else."""
    try:
        status = _decode_status(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return status if status.kind == "Status" else None


def of_status(status: Status, code: int | None = None) -> Failure:
    """Return what a Status means, in the body of an answer or in an ERROR event.

    Args:
        status: what the server wrote.
        code: the HTTP status, where it was an answer: it stands in for a code that the Status lacks.
    """
    number = status.code or code
    causes = (status.details.causes if status.details else None) or ()
    wait = status.details.retry_after_seconds if status.details else 0
    too_large = any(cause.reason == "ResourceVersionTooLarge" for cause in causes)
    if too_large or "Too large resource version" in status.message:
        kind = FailureKind.TOO_LARGE
    elif number == _NOT_FOUND:
        kind = FailureKind.NOT_FOUND
    elif status.reason in {"Expired", "Gone"}:
        kind = FailureKind.EXPIRED
    else:
        kind = _KIND_OF_CODE.get(number or 0, FailureKind.SERVER)
    message = _shorten(status.message) or status.reason or "the server gave no reason"
    return Failure(kind, message, number, _clamped(wait) if wait else None)


def to_error(failure: Failure, request: str) -> CrwatchError:
    """Return the error to raise where nothing is left to be tried.

    Args:
        failure: what went wrong.
        request: what was asked for, as words for a person (`databaseclusters.stable.example.com at https://…`).
    """
    message = failure.message
    match failure.kind:
        case FailureKind.UNREACHABLE | FailureKind.SILENT | FailureKind.DROPPED:
            return ConnectError(f"cannot reach the server for {request}", cause=message)
        case FailureKind.UNTRUSTED:
            return ConnectError(
                f"cannot trust the server for {request}",
                cause=message,
                hint="the kubeconfig's certificate-authority must be the one that signed the server's certificate",
            )
        case FailureKind.UNAUTHORIZED:
            return UnauthorizedError(
                f"the server does not accept these credentials for {request}",
                cause=message,
                hint="kubectl auth whoami   shows who the kubeconfig's user is",
            )
        case FailureKind.FORBIDDEN:
            return ForbiddenError(message)
        case FailureKind.NOT_FOUND:
            return NotFoundError(message)
        case FailureKind.NOT_SERVED:
            return NotServedError(f"the server has nothing at {request}", cause=message)
        case FailureKind.EXPIRED:
            return VersionExpiredError(f"the server no longer keeps the history asked for: {request}", cause=message)
        case FailureKind.BAD_REQUEST:
            return UsageError(message)
        case _:
            return ServerError(f"the server failed to answer for {request}", cause=_with_code(failure))


def _with_code(failure: Failure) -> str:
    return f"{failure.message} (HTTP {failure.code})" if failure.code else failure.message


def _shorten(text: str) -> str:
    """One line of a body that may be HTML, and may be long."""
    line = " ".join(_MARKUP.sub(" ", text).split())
    return line if len(line) <= _LONGEST_MESSAGE else line[:_LONGEST_MESSAGE] + "…"


def _clamped(seconds: float) -> float:
    return min(max(seconds, 0.0), _LONGEST_WAIT_SECONDS)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """`Retry-After`: seconds, or a date read against the response's own `Date` (protocol 9.17)."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal():
        return _clamped(float(text))
    if not text:
        return None
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - rare, and it loads half of `email`

    try:
        until = parsedate_to_datetime(text)
        now = parsedate_to_datetime(headers.get("date", ""))
        return _clamped((until - now).total_seconds())
    except (TypeError, ValueError):
        return None
