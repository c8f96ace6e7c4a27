"""Every way in which crwatch ends, and the one tree of errors that lead there.

One class per thing that a user can do about it::

    CrwatchError                 3  something failed
    ├── UsageError               2  the words typed cannot be meant
    ├── ServerError              3  the API server answered with a failure
    │   ├── ConnectError         3  it could not be reached, or its certificate not be trusted
    │   ├── UnauthorizedError    3  it does not know who we are
    │   ├── ForbiddenError       3  it knows, and refuses
    │   ├── NotServedError       3  it has no such kind
    │   └── NotFoundError        3  it has the kind, not the object
    ├── VersionExpiredError      4  the past that was asked for is not known any more
    ├── TimeLimitError         124  the time was over before the condition was met
    └── ReaderGoneError        141  nobody reads our output

Only `cli.main` turns an error into words and an exit status. Standard library only: completion imports this.
"""

from enum import IntEnum


class ExitStatus(IntEnum):
    """What the shell sees; `diff(1)`, `timeout(1)` and 128 + signal set the figures."""

    DONE = 0
    """Done, or the condition was met."""
    NO = 1
    """The answer is no: `diff` found differences."""
    USAGE = 2
    FAILURE = 3
    """Connection, credentials, rights, server."""
    EXPIRED = 4
    """The past that was asked for is not known any more."""
    TIME_LIMIT = 124
    INTERRUPTED = 130
    READER_GONE = 141
    TERMINATED = 143


class CrwatchError(Exception):
    """Something failed, and a person is told.

    Args:
        message: the fact: what is the case, and with which object, file or address.
        hint: one thing to do or type next, when there is one.
        cause: the lower layer's own words, when they add something.
    """

    exit_status = ExitStatus.FAILURE

    def __init__(self, message: str, *, hint: str | None = None, cause: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.cause = cause


class UsageError(CrwatchError):
    """The words that were typed cannot be meant; nothing was asked of a server."""

    exit_status = ExitStatus.USAGE


class ServerError(CrwatchError):
    """The API server answered with a failure that has no class of its own."""


class ConnectError(ServerError):
    """The API server could not be reached, or its certificate could not be trusted."""


class UnauthorizedError(ServerError):
    """The API server does not accept our credentials (HTTP 401), or they could not be had."""


class ForbiddenError(ServerError):
    """The API server knows us and refuses (HTTP 403)."""


class NotServedError(ServerError):
    """The API server has no such resource type (HTTP 404 without a Status, or discovery without it)."""


class NotFoundError(ServerError):
    """The kind is served, the object does not exist (HTTP 404 with a Status)."""


class VersionExpiredError(CrwatchError):
    """The server no longer keeps its history back to the version asked for (HTTP 410)."""

    exit_status = ExitStatus.EXPIRED


class TimeLimitError(CrwatchError):
    """The time limit passed before the condition was met."""

    exit_status = ExitStatus.TIME_LIMIT


class ReaderGoneError(CrwatchError):
    """Whoever read our standard output has closed it (EPIPE)."""

    exit_status = ExitStatus.READER_GONE
