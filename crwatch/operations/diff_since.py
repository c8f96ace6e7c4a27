"""What changed since a resource version: the state then and the state now, compared. Net, and said to be."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from crwatch.cache.relist import Relist, deltas
from crwatch.diff.change import Change
from crwatch.diff.lens import Lens
from crwatch.model.delta import Source
from crwatch.model.objects import KubeObject, ObjectKey
from crwatch.model.status import Failure
from crwatch.model.wire import BOOKMARK, WatchDecoder
from crwatch.reflector.departure import LIMIT, Departures
from crwatch.render.comparison import Between

if TYPE_CHECKING:
    from crwatch.kube.collection import Collection

_COUNTING_SECONDS: Final = 1
"""For how long the server is asked to tell what happened in between; it ends the watch by itself."""


class Comparison(msgspec.Struct, frozen=True):
    """Two states of a collection."""

    collection: "Collection"
    since_rv: str
    now_rv: str
    old: dict[ObjectKey, KubeObject]
    new: dict[ObjectKey, KubeObject]
    at: datetime
    """When the newer state was answered."""

    def changes(self, lens: Lens) -> Iterator[Change]:
        """Yield what differs: each object once, marked as a gap."""
        relist = Relist(
            cluster=self.collection.cluster_name,
            resource=self.collection.resource,
            source=Source.LIST,
            resource_version=self.now_rv,
            at=self.at,
            since=None,
        )
        departures = Departures(self.collection)
        left = LIMIT
        for delta in deltas(self.old, self.new, relist):
            resolved = departures.reason(delta, self.since_rv, may_ask=left > 0)
            left -= resolved is not delta
            yield lens.explain(resolved)


def compare_since(collection: "Collection", since_rv: str) -> Comparison:
    """Read the state at exactly `since_rv`, and the newest one.

    Both are served in today's schema: an edit of the CRD does not show (protocol 9.5).

    Raises:
        VersionExpiredError: the server no longer knows that version.
        UsageError: it has not happened here, or is none.
        CrwatchError: anything else, of the class that says what to do.
    """
    old = collection.whole(at=since_rv)
    new = collection.whole()
    return Comparison(
        collection,
        since_rv,
        new.resource_version,
        {item.key: item for item in old.items},
        {item.key: item for item in new.items},
        datetime.now(UTC),
    )


def count_between(comparison: Comparison) -> Between | None:
    """Return what happened between the two states, as far as a watch from the older one still tells; None if not.

    The watch's history and that of the lists have different lengths, neither contains the other (protocol 9.7).
    """
    stream = comparison.collection.watch(comparison.since_rv, _COUNTING_SECONDS)
    if isinstance(stream, Failure):
        return None
    decoder = WatchDecoder(comparison.collection.resource)
    counts: dict[str, int] = {}
    try:
        while chunk := stream.read():
            if isinstance(chunk, Failure):
                return None
            for event in decoder.feed(chunk):
                if event.object is None:
                    return None
                if event.type == BOOKMARK or int(event.object.meta.resource_version) > int(comparison.now_rv):
                    continue
                uid = event.object.meta.uid
                counts[uid] = counts.get(uid, 0) + 1
    finally:
        stream.close()
    known = {item.meta.uid for side in (comparison.old, comparison.new) for item in side.values()}
    return Between(sum(counts.values()), len(counts), len(counts.keys() - known))
