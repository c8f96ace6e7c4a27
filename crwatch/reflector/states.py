"""What a reflector can be in, what can happen to it, and what it may ask to be done: values, no behaviour.

A state carries only what is legal in it, and never objects: pages are effects.
"""

from datetime import datetime
from typing import TypeAlias

import msgspec

from crwatch.model.notice import NoticeKind
from crwatch.model.status import Failure
from crwatch.model.wire import ListPage, WatchEvent
from crwatch.reflector.ports import PageRequest


class Moment(msgspec.Struct, frozen=True):
    """When something happened, on both clocks: durations use the monotonic one, people the other."""

    monotonic: float
    wall: datetime


class Sight(msgspec.Struct, frozen=True):
    """The last time that we knew the whole truth: where a blind span begins (protocol 9.9)."""

    at: Moment
    resource_version: str


class Trouble(msgspec.Struct, frozen=True):
    """What has gone wrong of late."""

    failures: int = 0
    """In a row; see `backoff.RESET_SECONDS`."""
    last: float | None = None
    """When the latest was, monotonic."""
    since: Moment | None = None
    """When the first of this outage was; None while all is well, like `failure`."""
    failure: Failure | None = None
    """The latest, for a gap's or a reconnection's reason."""


class Listing(msgspec.Struct, frozen=True):
    """Reading a complete list; readers see the state before."""

    started: Moment
    """When the first try began: what patience before the first sync is measured from."""
    sight: Sight | None = None
    """None before the first sync."""
    trouble: Trouble = Trouble()
    resource_version: str | None = None
    """Of the pages so far: all pages of a list have one."""


class Watching(msgspec.Struct, frozen=True):
    """A watch is open, or being opened where `opened` is None."""

    sight: Sight
    trouble: Trouble = Trouble()
    opened: Moment | None = None
    heard: bool = False
    """Whether this watch has told anything yet."""
    first: bool = False
    """Whether no watch has been open yet: then a refusal is final, the right to list does not imply that to watch."""

    @property
    def resource_version(self) -> str:
        """Where to resume."""
        return self.sight.resource_version


class BackingOff(msgspec.Struct, frozen=True):
    """Waiting for the timer, then listing (`relist`) or watching again."""

    started: Moment
    """As in Listing."""
    sight: Sight | None
    trouble: Trouble
    relist: bool


class Stopped(msgspec.Struct, frozen=True):
    """The end: stopped, or failed before anything was there to go on with."""

    failure: Failure | None = None


State: TypeAlias = Listing | Watching | BackingOff | Stopped


class PageReceived(msgspec.Struct, frozen=True):
    """A page of the list came."""

    at: Moment
    page: ListPage


class WatchOpened(msgspec.Struct, frozen=True):
    """The server accepted the watch."""

    at: Moment


class Received(msgspec.Struct, frozen=True):
    """Events came, at least one."""

    at: Moment
    events: tuple[WatchEvent, ...]


class Ended(msgspec.Struct, frozen=True):
    """The server ended the watch, in order and between two lines."""

    at: Moment


class Failed(msgspec.Struct, frozen=True):
    """A request or the open watch failed."""

    at: Moment
    failure: Failure


class TimerFired(msgspec.Struct, frozen=True):
    """The wait is over."""

    at: Moment


class Stop(msgspec.Struct, frozen=True):
    """Somebody wants it to end."""

    at: Moment


Event: TypeAlias = PageReceived | WatchOpened | Received | Ended | Failed | TimerFired | Stop


class BeginList(msgspec.Struct, frozen=True):
    """Start to stage a list."""


class RequestPage(msgspec.Struct, frozen=True):
    """Ask for a page; PageReceived or Failed follows."""

    request: PageRequest


class StagePage(msgspec.Struct, frozen=True):
    """Put a page's items with those staged."""

    page: ListPage


class CommitList(msgspec.Struct, frozen=True):
    """Swap the staged list in; where `blind_since` is given, tell a gap and the net difference after it."""

    resource_version: str
    at: Moment
    blind_since: Sight | None
    failure: Failure | None
    """What made us blind."""


class DropList(msgspec.Struct, frozen=True):
    """Forget what is staged."""


class OpenWatch(msgspec.Struct, frozen=True):
    """Open a watch; WatchOpened or Failed follows."""

    resource_version: str


class Apply(msgspec.Struct, frozen=True):
    """Apply the events to the store, which reaches `resource_version` with them."""

    events: tuple[WatchEvent, ...]
    resource_version: str
    at: Moment


class StartTimer(msgspec.Struct, frozen=True):
    """Wait; TimerFired follows."""

    failures: int
    """For `backoff_delay`; 0 waits no longer than `at_least_seconds`."""
    at_least_seconds: float = 0.0
    """What the server asked for."""


class Tell(msgspec.Struct, frozen=True):
    """Tell people about the state of the watch."""

    kind: NoticeKind
    at: Moment
    since: Moment | None = None
    failure: Failure | None = None


Effect: TypeAlias = BeginList | RequestPage | StagePage | CommitList | DropList | OpenWatch | Apply | StartTimer | Tell
