"""Two complete states of a collection, compared: what a relist found, and what `diff --since` asks for.

Contents are compared as bytes and never by resource version: an edit of the CRD changes what is served at an unchanged
version (protocol 9.1). Identity is the uid: the same name with another uid was deleted and created again.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from crwatch.model.delta import Delta, DeltaType, Reason, Source
from crwatch.model.objects import KubeObject, ObjectKey
from crwatch.model.resource import ResourceType


class Relist(msgspec.Struct, frozen=True):
    """How two states were got, for the Deltas between them."""

    cluster: str
    resource: ResourceType
    source: Source
    resource_version: str
    """Of the newer list: a deletion that it implies happened at or before this version."""
    at: datetime
    """When the newer list was answered."""
    since: datetime | None
    """When the older state was last known to hold; None where that is no time of ours."""
    initial: bool = False
    """There is no older state: everything was there when we came."""


def deltas(old: Mapping[ObjectKey, KubeObject], new: Mapping[ObjectKey, KubeObject], relist: Relist) -> Iterator[Delta]:
    """Yield what lies between two complete states, net: deletions first, then the rest in the newer list's order.

    A name that has another uid now gives two Deltas in a row, deleted and added, with reason `recreated`.
    """
    for key, before in old.items():
        if key not in new:
            yield _deleted(before, relist)
    for key, after in new.items():
        known = old.get(key)
        if known is None:
            yield _added(after, relist)
        elif known.meta.uid != after.meta.uid:
            yield _deleted(known, relist)
            yield _added(after, relist, known)
        elif known.raw != after.raw:
            yield _delta(DeltaType.MODIFIED, known, after, relist)


def _deleted(before: KubeObject, relist: Relist) -> Delta:
    return _delta(DeltaType.DELETED, before, None, relist)


def _added(after: KubeObject, relist: Relist, predecessor: KubeObject | None = None) -> Delta:
    return _delta(DeltaType.ADDED, predecessor, after, relist, reason=Reason.RECREATED if predecessor else None)


def _delta(
    what: DeltaType,
    before: KubeObject | None,
    after: KubeObject | None,
    relist: Relist,
    *,
    reason: Reason | None = None,
) -> Delta:
    return Delta(
        type=what,
        cluster=relist.cluster,
        resource=relist.resource,
        before=before,
        after=after,
        source=relist.source,
        observed_at=relist.at,
        previous_observed_at=relist.since,
        resource_version=after.meta.resource_version if after else relist.resource_version,
        previous_resource_version=before.meta.resource_version if before and not reason else None,
        initial=relist.initial,
        gap=not relist.initial,
        reason=reason,
    )
