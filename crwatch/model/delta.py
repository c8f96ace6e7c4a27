"""What we conclude from what a server sent: a Delta, never called an event."""

from datetime import datetime
from enum import StrEnum

import msgspec

from crwatch.model.objects import KubeObject, Metadata, ObjectKey
from crwatch.model.resource import ResourceType


class DeltaType(StrEnum):
    """What became of an object."""

    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"


class Source(StrEnum):
    """How we came to know."""

    LIST = "list"
    WATCH = "watch"
    RELIST = "relist"
    FILE = "file"
    """Two things were compared (`diff A B`); nothing is said to have happened."""


class Reason(StrEnum):
    """Why a Delta is what it is, where that is known beyond its type."""

    CREATED = "created"
    ENTERED_SELECTION = "entered-selection"
    RECREATED = "recreated"
    DELETED = "deleted"
    LEFT_SELECTION = "left-selection"
    UNKNOWN = "unknown"


class Delta(msgspec.Struct, frozen=True, kw_only=True):
    """One conclusion about one object, with the whole object on both sides."""

    type: DeltaType
    cluster: str
    """The context's name, or the server's address without one."""
    resource: ResourceType
    before: KubeObject | None
    """None for `added`, except where it entered the selection or was recreated: then its earlier state, where known."""
    after: KubeObject | None
    """None for `deleted`, except where it left the selection and lives on."""
    final: KubeObject | None = None
    """Of a deletion that the server told: the last state as it was sent, with the deletion's own version."""
    source: Source
    observed_at: datetime
    """When we saw it, in UTC: the API records no time of change."""
    previous_observed_at: datetime | None = None
    """When the state before was seen to come about, or with `gap` when it was last known to hold; else None."""
    resource_version: str
    """Of the event: a deletion has one of its own, newer than that of the last state."""
    previous_resource_version: str | None = None
    """Of the version that we had before: what makes a chain of the records of an object."""
    initial: bool = False
    """It was there when we came; nothing happened."""
    gap: bool = False
    """Versions between before and after were not seen."""
    reason: Reason | None = None

    @property
    def object(self) -> KubeObject:
        """The state to show: after, or the last one there was."""
        shown = self.after or self.final or self.before
        if shown is None:
            raise AssertionError("a Delta has a state before or after")
        return shown

    @property
    def key(self) -> ObjectKey:
        """Namespace and name."""
        return self.object.key

    @property
    def meta(self) -> Metadata:
        """Metadata of the state to show."""
        return self.object.meta
