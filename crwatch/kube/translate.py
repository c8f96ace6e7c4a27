"""An exception of the network as a Failure: here, once. Short words for a person, no reprs of machinery."""

import errno
import http.client
import os
import socket
import ssl
from typing import Final

from crwatch.model.status import Failure, FailureKind

_WORDS: Final = {
    errno.ECONNREFUSED: "connection refused",
    errno.ENETUNREACH: "network is unreachable",
    errno.EHOSTUNREACH: "no route to host",
    errno.ETIMEDOUT: "no answer",
}


def to_failure(error: Exception, *, host: str, seconds: float | None = None) -> Failure:
    """Return what `error` means for a request.

    Args:
        error: from connecting, the handshake, sending, or reading an answer.
        host: whom we talked to.
        seconds: how long we had waited, where it was too long.
    """
    match error:
        case ssl.SSLCertVerificationError():
            return Failure(FailureKind.UNTRUSTED, f"certificate verify failed: {error.verify_message}")
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return Failure(FailureKind.DROPPED, "the connection was closed during TLS")
        case ssl.SSLError():
            return Failure(FailureKind.UNTRUSTED, _tls_words(error))
        case socket.gaierror():
            return Failure(FailureKind.UNREACHABLE, f"no such host: {host}")
        case TimeoutError():
            within = f" within {seconds:g} s" if seconds is not None else ""
            return Failure(FailureKind.UNREACHABLE, f"no answer{within}")
        case ConnectionResetError() | ConnectionAbortedError() | BrokenPipeError():
            return Failure(FailureKind.DROPPED, "the connection was closed before the answer ended")
        case http.client.HTTPException():
            return Failure(FailureKind.UNREADABLE, f"{host} does not answer in HTTP")
        case OSError():
            return Failure(FailureKind.UNREACHABLE, _system_words(error))
        case _:
            raise error


def _system_words(error: OSError) -> str:
    """`connection refused`; the text of an OSError without a number is a sentence already (a proxy's refusal)."""
    if error.errno is None:
        return str(error)
    return _WORDS.get(error.errno) or os.strerror(error.errno).lower()


def _tls_words(error: ssl.SSLError) -> str:
    """`tlsv13 alert certificate required`, from OpenSSL's constant."""
    if error.reason == "WRONG_VERSION_NUMBER":
        return "the server does not speak TLS"
    return f"TLS: {error.reason.replace('_', ' ').lower()}" if error.reason else "TLS failed"
