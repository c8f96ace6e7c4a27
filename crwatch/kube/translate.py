"""An exception of the network as a Failure: here, once. Short words for a person, no reprs of machinery."""

import errno
import os
import socket
import ssl
from http.client import IncompleteRead, RemoteDisconnected
from typing import Final

from urllib3.exceptions import (
    ConnectTimeoutError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
)

from crwatch.model.status import Failure, FailureKind

_WORDS: Final = {
    errno.ECONNREFUSED: "connection refused",
    errno.ENETUNREACH: "network is unreachable",
    errno.EHOSTUNREACH: "no route to host",
    errno.ETIMEDOUT: "no answer",
    errno.ECONNRESET: "connection reset by peer",
}
_CUT: Final = (IncompleteRead, RemoteDisconnected, ConnectionResetError, ConnectionAbortedError, BrokenPipeError)


def to_failure(error: Exception, *, host: str, reading: bool = False) -> Failure:
    """Return what `error` means for a request.

    Args:
        error: from connecting, the handshake, sending, or reading an answer.
        host: whom we talked to.
        reading: whether the head of an answer had come.
    """
    causes = _causes(error)
    words = _words(causes, host)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return Failure(FailureKind.UNTRUSTED, words)
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        ended = any(isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError) for cause in causes)
        return Failure(FailureKind.DROPPED if ended or reading else FailureKind.UNTRUSTED, words)
    if any(isinstance(cause, ReadTimeoutError | TimeoutError) for cause in causes):
        return Failure(FailureKind.SILENT if reading else FailureKind.UNREACHABLE, words)
    if reading or any(isinstance(cause, _CUT) for cause in causes):
        return Failure(FailureKind.DROPPED, words)
    if isinstance(error, ProtocolError):
        return Failure(FailureKind.UNREADABLE, words)
    return Failure(FailureKind.UNREACHABLE, words)


def _causes(error: BaseException) -> list[BaseException]:
    """The exception and all that it was made of: urllib3 keeps the cause among the arguments, or behind it."""
    found: list[BaseException] = []
    left: list[object] = [error]
    while left:
        one = left.pop(0)
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            left += [*one.args, one.__cause__, one.__context__, getattr(one, "reason", None)]
    return found


def _words(causes: list[BaseException], host: str) -> str:
    found = (words for cause in causes if (words := _words_for(cause, host)))
    return next(found, f"{host} does not answer in HTTP")


def _words_for(cause: BaseException, host: str) -> str | None:
    match cause:
        case NameResolutionError() | socket.gaierror():
            return f"no such host: {host}"
        case ssl.SSLError():
            return _tls_words(cause)
        case NewConnectionError() | ProxyError() | ProtocolError():
            return None  # what it was made of says more
        case ConnectTimeoutError() | ReadTimeoutError() | TimeoutError():
            return "no answer in time"
        case IncompleteRead() | RemoteDisconnected():
            return "the connection was closed before the answer ended"
        case OSError(errno=int(number)):
            return _WORDS.get(number) or os.strerror(number).lower()
        case OSError():
            return str(cause) or None  # a sentence already: a proxy's refusal
    return None


def _tls_words(error: ssl.SSLError) -> str:
    """`tlsv13 alert certificate required`, from OpenSSL's constant."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"certificate verify failed: {error.verify_message}"
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return "the connection was closed during TLS"
        case _ if error.reason == "WRONG_VERSION_NUMBER":
            return "the server does not speak TLS"
    return f"TLS: {error.reason.replace('_', ' ').lower()}" if error.reason else "TLS failed"
