"""What the store concludes from events, and what from two lists."""

import pytest

from crwatch.cache.store import TOMBSTONE_LIFE, StoreWriter
from crwatch.model.delta import Delta, DeltaType, Reason, Source
from crwatch.model.objects import KubeObject, ObjectKey
from crwatch.model.wire import ADDED, DELETED, MODIFIED, WatchEvent
from tests.samples import DATABASES, after, database

ORDERS = ObjectKey("shop", "orders")


@pytest.fixture
def writer() -> StoreWriter:
    """A writer whose store is synced at version 10 with orders (3 replicas) and billing."""
    writer = StoreWriter(cluster="prod-eu", resource=DATABASES)
    relist(writer, database("orders", 8, replicas=3), database("billing", 9), rv="10")
    return writer


def relist(writer: StoreWriter, *objects: KubeObject, rv: str, since: float | None = None) -> tuple[Delta, ...]:
    writer.begin()
    writer.stage(objects)
    return writer.commit(rv, at=after(60), since=None if since is None else after(since))


def apply(writer: StoreWriter, kind: str, sent: KubeObject, at: float = 0) -> tuple[Delta, ...]:
    return writer.apply([WatchEvent(kind, sent)], sent.meta.resource_version, at=after(at))


def test_nothing_is_synced_before_the_first_commit() -> None:
    """Readers can tell an empty collection from one that was never read."""
    writer = StoreWriter(cluster="prod-eu", resource=DATABASES)
    writer.begin()
    writer.stage([database()])

    assert not writer.store.synced
    assert len(writer.store) == 0


def test_the_first_list_is_initial_and_no_gap() -> None:
    """What was there when we came did not happen."""
    found = relist(StoreWriter(cluster="prod-eu", resource=DATABASES), database(), rv="10")

    assert [(d.type, d.initial, d.gap, d.source) for d in found] == [(DeltaType.ADDED, True, False, Source.LIST)]


def test_a_modification_carries_both_sides_and_the_chain(writer: StoreWriter) -> None:
    """Before is what we had; its version is the link to the record before."""
    (found,) = apply(writer, MODIFIED, database("orders", 11, replicas=5))

    assert found.before is not None
    assert found.after is not None
    assert (found.before.at("spec.replicas"), found.after.at("spec.replicas")) == (3, 5)
    assert (found.previous_resource_version, found.resource_version) == ("8", "11")
    assert writer.store.position == "11"


def test_only_a_version_that_came_as_an_event_has_a_time(writer: StoreWriter) -> None:
    """When a listed version came about is not known, and not said."""
    (first,) = apply(writer, MODIFIED, database("orders", 11), at=1)
    (second,) = apply(writer, MODIFIED, database("orders", 12), at=43)

    assert first.previous_observed_at is None
    assert second.previous_observed_at == after(1)


def test_a_deletion_shows_what_the_server_sent_and_links_to_what_we_had(writer: StoreWriter) -> None:
    """The deletion has a version of its own; the chain goes back to the last one that we had."""
    (found,) = apply(writer, DELETED, database("orders", 11, replicas=3))

    assert found.type == DeltaType.DELETED
    assert found.object.meta.resource_version == "11"
    assert (found.previous_resource_version, found.resource_version) == ("8", "11")
    assert writer.store.get(ORDERS) is None


@pytest.mark.parametrize(
    ("kind", "name", "expected"), [(MODIFIED, "new", "added"), (ADDED, "orders", "modified"), (DELETED, "new", None)]
)
def test_the_store_decides_what_an_event_means(writer: StoreWriter, kind: str, name: str, expected: str | None) -> None:
    """MODIFIED of what is unknown adds, ADDED of what is known modifies, DELETED of nothing is nothing (F-11)."""
    assert [d.type for d in apply(writer, kind, database(name, 11))] == ([expected] if expected else [])


def test_a_successor_of_a_deleted_object_is_recreated(writer: StoreWriter) -> None:
    """It is compared with the one deleted, and says how long there was none."""
    apply(writer, DELETED, database("orders", 11, replicas=3), at=1)
    (found,) = apply(writer, ADDED, database("orders", 12, uid="uid-2", replicas=1), at=4.4)

    assert (found.type, found.reason, found.previous_observed_at) == (DeltaType.ADDED, Reason.RECREATED, after(1))
    assert found.before is not None
    assert found.before.at("spec.replicas") == 3
    assert found.previous_resource_version is None


def test_an_object_that_comes_back_with_its_uid_is_not_recreated(writer: StoreWriter) -> None:
    """Under a selector it had only left."""
    apply(writer, DELETED, database("orders", 11), at=1)

    assert [d.reason for d in apply(writer, ADDED, database("orders", 12), at=2)] == [None]


def test_a_tombstone_is_forgotten_after_ten_minutes(writer: StoreWriter) -> None:
    """Memory stays bounded, and `recreated` stays meaningful."""
    apply(writer, DELETED, database("orders", 11), at=0)
    late = TOMBSTONE_LIFE.total_seconds() + 1

    assert [d.reason for d in apply(writer, ADDED, database("orders", 12, uid="uid-2"), at=late)] == [None]


def test_a_relist_finds_the_net_difference(writer: StoreWriter) -> None:
    """Changed, deleted and added, each marked as a gap that began when we last saw."""
    found = relist(writer, database("orders", 15, replicas=7), database("cart", 14), rv="20", since=2)

    assert {(d.key.name, d.type, d.gap, d.source, d.previous_observed_at) for d in found} == {
        ("billing", DeltaType.DELETED, True, Source.RELIST, after(2)),
        ("orders", DeltaType.MODIFIED, True, Source.RELIST, after(2)),
        ("cart", DeltaType.ADDED, True, Source.RELIST, after(2)),
    }
    assert {d.resource_version for d in found if d.type == DeltaType.DELETED} == {"20"}


def test_a_relist_that_finds_equal_bytes_finds_nothing(writer: StoreWriter) -> None:
    """A new list version alone is no change."""
    assert relist(writer, database("orders", 8, replicas=3), database("billing", 9), rv="20", since=2) == ()
    assert writer.store.position == "20"


def test_a_relist_compares_bytes_and_not_versions(writer: StoreWriter) -> None:
    """An edit of the CRD changes what is served at an unchanged version (protocol 9.1)."""
    found = relist(writer, database("orders", 8, replicas=3, tier="gold"), database("billing", 9), rv="20", since=2)

    assert [(d.key.name, d.type) for d in found] == [("orders", DeltaType.MODIFIED)]


def test_the_same_name_with_another_uid_was_deleted_and_created_again(writer: StoreWriter) -> None:
    """Never an edit, however alike the two are (A-7)."""
    found = relist(writer, database("orders", 15, uid="uid-2", replicas=3), database("billing", 9), rv="20", since=2)

    assert [(d.type, d.object.meta.uid, d.reason) for d in found] == [
        (DeltaType.DELETED, "uid-orders", None),
        (DeltaType.ADDED, "uid-2", Reason.RECREATED),
    ]


def test_a_dropped_list_changes_nothing(writer: StoreWriter) -> None:
    """A list that was cut never deletes what it did not reach."""
    writer.begin()
    writer.stage([database("cart", 14)])
    writer.drop()

    assert {key.name for key in writer.store.snapshot()} == {"orders", "billing"}
    assert relist(writer, database("orders", 8, replicas=3), database("billing", 9), rv="20", since=2) == ()


def test_a_snapshot_does_not_move(writer: StoreWriter) -> None:
    """Readers keep what they took."""
    snapshot = writer.store.snapshot()
    apply(writer, DELETED, database("orders", 11))

    assert ORDERS in snapshot
