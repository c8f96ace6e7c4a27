"""What a person must know beside changes, and how both travel."""

from datetime import datetime
from enum import StrEnum

import msgspec

from crwatch.model.delta import Delta
from crwatch.model.resource import ResourceType
from crwatch.model.status import Failure


class NoticeKind(StrEnum):
    """States of a watch, and things that happened to it (design section 5)."""

    LIVE = "live"
    """The watch runs, at the first time or again."""
    RECONNECTING = "reconnecting"
    """No watch at the moment; the next try follows in `retry_seconds`."""
    SYNCED = "synced"
    """The first complete list is in the store."""
    GAP = "gap"
    """We were blind from `since` to `until`; net changes follow."""
    WARNING = "warning"


class Counts(msgspec.Struct, frozen=True):
    """How many objects a list holds, or how many a gap changed."""

    objects: int = 0
    added: int = 0
    modified: int = 0
    deleted: int = 0


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to be told, in order with the Deltas that it is about."""

    kind: NoticeKind
    at: datetime
    cluster: str = ""
    resource: ResourceType | None = None
    since: datetime | None = None
    until: datetime | None = None
    since_rv: str | None = None
    until_rv: str | None = None
    counts: Counts = Counts()
    failure: Failure | None = None
    """What ended the watch or the list, where something failed."""
    retry_seconds: float | None = None
    text: str = ""
    """A WARNING's words."""


class Batch(msgspec.Struct, frozen=True):
    """What one step of one watch concluded, in the order in which it became true."""

    watch: int
    """Which of the watches that share a mailbox."""
    items: tuple[Delta | Notice, ...]
    position: str
    """The resource version that has been reached when all items are told."""
