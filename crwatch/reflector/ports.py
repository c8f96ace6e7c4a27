"""What a reflector needs from the outside: a server that lists and watches, and a clock."""

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import msgspec

from crwatch.model.objects import KubeObject, ObjectKey
from crwatch.model.resource import ResourceType
from crwatch.model.selectors import Selection
from crwatch.model.status import Failure
from crwatch.model.wire import ListPage

if TYPE_CHECKING:
    from threading import Event


class PageRequest(msgspec.Struct, frozen=True):
    """Which page of which list; the default is the first page of the newest state."""

    continue_token: str | None = None
    at: str | None = None
    """A resource version to list at, exactly; None is the newest state. Ignored with a token, which has its own."""
    limit: int | None = 500
    """Items a page; None asks for all in one (what is left to do when a continue token has expired)."""


class WatchStream(Protocol):
    """One watch that the server has accepted."""

    def read(self) -> bytes | Failure:
        """Return what has come, at least one byte; `b""` when the server ended the watch in order.

        A Failure is an end in the middle (DROPPED) or silence for longer than the limit (SILENT). Bytes that came
        before it have been returned before.
        """

    def close(self) -> None:
        """End the watch, from any thread; a `read` that waits returns at once."""


class ListerWatcher(Protocol):
    """A selection of one kind on one server."""

    @property
    def cluster_name(self) -> str:
        """How Deltas call the cluster."""

    @property
    def resource(self) -> ResourceType:
        """The kind, in the version that is read."""

    @property
    def selection(self) -> Selection:
        """What of it."""

    def list_page(self, request: PageRequest) -> ListPage | Failure:
        """Return one page; one request, nothing is retried."""

    def watch(self, resource_version: str, timeout_seconds: int) -> WatchStream | Failure:
        """Open a watch that tells what happens after `resource_version`, with bookmarks."""

    def look_up(self, key: ObjectKey, at: str) -> KubeObject | Failure | None:
        """Return the object as it was at exactly the version `at`, whatever the selection, or None (protocol 9.6)."""


class Clock(Protocol):
    """Time, as data for the machine."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""

    def now(self) -> datetime:
        """Return the wall time, aware, in UTC."""

    def wait(self, stopping: "Event", seconds: float) -> None:
        """Return after `seconds`, or as soon as `stopping` is set."""
