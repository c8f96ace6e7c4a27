"""The objects of one selection as we know them now, and the Deltas that follow from what a server says.

`Store` is what readers see, from any thread; `StoreWriter` is the one hand that changes it. The lock here is the only
one of the package.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

import msgspec

from crwatch.cache.relist import Relist, deltas
from crwatch.model.delta import Delta, DeltaType, Reason, Source
from crwatch.model.objects import KubeObject, ObjectKey
from crwatch.model.resource import ResourceType
from crwatch.model.wire import DELETED, WatchEvent

TOMBSTONE_LIFE: Final = timedelta(minutes=10)
"""How long a deleted object is remembered, so that its successor can be told from a new one (protocol 9.12)."""
TOMBSTONE_LIMIT: Final = 1000


class _Contents:
    """What Store and StoreWriter share."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.objects: dict[ObjectKey, KubeObject] = {}
        self.position: str | None = None


class Store:
    """The objects of one selection; empty until `synced`. Any thread may read."""

    def __init__(self, contents: _Contents) -> None:
        self._contents = contents

    @property
    def synced(self) -> bool:
        """Whether a first complete list has been swapped in."""
        return self._contents.position is not None

    @property
    def position(self) -> str | None:
        """The resource version that the store stands at; None until it is synced."""
        return self._contents.position

    def get(self, key: ObjectKey) -> KubeObject | None:
        """Return the object, or None."""
        with self._contents.lock:
            return self._contents.objects.get(key)

    def keys(self) -> tuple[ObjectKey, ...]:
        """Return the keys of all objects, as they are now."""
        with self._contents.lock:
            return tuple(self._contents.objects)

    def snapshot(self) -> Mapping[ObjectKey, KubeObject]:
        """Return all objects, as they are now; what happens later does not show."""
        with self._contents.lock:
            return dict(self._contents.objects)

    def __len__(self) -> int:
        return len(self._contents.objects)


class _Tombstone(msgspec.Struct, frozen=True):
    object: KubeObject
    deleted_at: datetime


class StoreWriter:
    """Changes a Store, and says what each change means."""

    def __init__(self, *, cluster: str, resource: ResourceType) -> None:
        self._contents = _Contents()
        self.store = Store(self._contents)
        self._cluster = cluster
        self._resource = resource
        self._staged: dict[ObjectKey, KubeObject] = {}
        self._seen_at: dict[ObjectKey, datetime] = {}
        """When the state in the store came as an event; nothing for what a list brought."""
        self._tombstones: OrderedDict[ObjectKey, _Tombstone] = OrderedDict()

    def begin(self) -> None:
        """Start to stage a complete list; readers go on seeing the state before."""
        self._staged = {}

    def stage(self, items: Iterable[KubeObject]) -> None:
        """Add one page to what is staged."""
        self._staged.update((item.key, item) for item in items)

    def drop(self) -> None:
        """Forget what is staged: the list was not completed."""
        self._staged = {}

    def commit(self, resource_version: str, *, at: datetime, since: datetime | None) -> tuple[Delta, ...]:
        """Put the staged list in the store's place at once and return the net difference.

        Args:
            resource_version: of the list.
            at: when its last page was answered.
            since: when the state before was last known to hold; None for the first list, whose Deltas are `initial`.
        """
        initial = not self.store.synced
        source = Source.LIST if initial else Source.RELIST
        relist = Relist(self._cluster, self._resource, source, resource_version, at, since, initial)
        found = tuple(deltas(self._contents.objects, self._staged, relist))
        with self._contents.lock:
            self._contents.objects, self._staged = self._staged, {}
            self._contents.position = resource_version
        for delta in found:
            self._seen_at.pop(delta.key, None)
            if delta.type == DeltaType.DELETED:
                self._bury(delta.object, at)
        return found

    def apply(self, events: Sequence[WatchEvent], position: str, *, at: datetime) -> tuple[Delta, ...]:
        """Apply the changes that a watch told, in order, and return what each means.

        What the server calls ADDED may be known already, and MODIFIED unknown: what counts is the store (F-11). A
        deletion of what is not there means nothing.

        Args:
            events: ADDED, MODIFIED and DELETED; may be none, where only a bookmark came.
            position: the resource version that the store has reached with them.
            at: when they came.
        """
        with self._contents.lock:
            self._contents.position = position
            return tuple(filter(None, (self._apply(event.type, event.object, at) for event in events if event.object)))

    def _apply(self, event_type: str, sent: KubeObject, at: datetime) -> Delta | None:
        objects, key = self._contents.objects, sent.key
        known, seen_at = objects.get(key), self._seen_at.pop(key, None)
        if event_type == DELETED:
            if known is None:
                return None
            del objects[key]
            self._bury(sent, at)
            return self._delta(DeltaType.DELETED, known, None, at=at, seen_at=seen_at, final=sent)
        objects[key] = sent
        self._seen_at[key] = at
        if known is not None:
            return self._delta(DeltaType.MODIFIED, known, sent, at=at, seen_at=seen_at)
        if grave := self._exhume(sent, at):
            return self._delta(DeltaType.ADDED, grave.object, sent, at=at, seen_at=grave.deleted_at)
        return self._delta(DeltaType.ADDED, None, sent, at=at, seen_at=None)

    def _delta(
        self,
        what: DeltaType,
        before: KubeObject | None,
        after: KubeObject | None,
        *,
        at: datetime,
        seen_at: datetime | None,
        final: KubeObject | None = None,
    ) -> Delta:
        sent = after or final
        added = what == DeltaType.ADDED
        return Delta(
            type=what,
            cluster=self._cluster,
            resource=self._resource,
            before=before,
            after=after,
            final=final,
            source=Source.WATCH,
            observed_at=at,
            previous_observed_at=seen_at,
            resource_version=sent.meta.resource_version if sent else "",
            previous_resource_version=before.meta.resource_version if before and not added else None,
            reason=Reason.RECREATED if added and before else None,
        )

    def _bury(self, deleted: KubeObject, at: datetime) -> None:
        self._tombstones.pop(deleted.key, None)
        self._tombstones[deleted.key] = _Tombstone(deleted, at)
        while self._tombstones:
            oldest = next(iter(self._tombstones.values()))
            if len(self._tombstones) <= TOMBSTONE_LIMIT and at - oldest.deleted_at <= TOMBSTONE_LIFE:
                break
            self._tombstones.popitem(last=False)

    def _exhume(self, successor: KubeObject, at: datetime) -> _Tombstone | None:
        """The tombstone of the object that `successor` replaces; none for one that only left the selection."""
        grave = self._tombstones.pop(successor.key, None)
        if grave is None or grave.object.meta.uid == successor.meta.uid or at - grave.deleted_at > TOMBSTONE_LIFE:
            return None
        return grave
