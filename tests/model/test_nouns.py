"""Types as people name them, selections, and Deltas."""

from datetime import UTC, datetime

import pytest

from crwatch.model.delta import Delta, DeltaType, Source
from crwatch.model.objects import decode_object
from crwatch.model.resource import TypeName
from crwatch.model.selectors import Selection
from tests.model.shapes import DATABASES, PODS


@pytest.mark.parametrize(
    ("typed", "names_version"),
    [
        ("databaseclusters", False),
        ("databasecluster", False),
        ("DatabaseCluster", False),
        ("dbcluster", False),
        (" databaseclusters.stable.example.com ", False),
        ("databaseclusters.v1.stable.example.com", True),
    ],
)
def test_a_kind_is_found_by_each_of_its_names(typed: str, *, names_version: bool) -> None:
    """As kubectl finds it."""
    name = TypeName.parse(typed)
    assert name.matches(DATABASES)
    assert name.names_version(DATABASES) is names_version
    assert not name.matches(PODS)


@pytest.mark.parametrize(
    "typed", ["", "database", "databaseclusters.example.com", "databaseclusters.v2.stable.example.com", "pods.v2"]
)
def test_other_words_do_not_name_it(typed: str) -> None:
    """No prefixes, no other group, no other version."""
    assert not TypeName.parse(typed).matches(DATABASES)
    assert not TypeName.parse(typed).matches(PODS)


def test_the_core_group_is_the_empty_one() -> None:
    """`pods.v1` names its version; no dot is left over anywhere."""
    assert TypeName.parse("pods.v1").matches(PODS)
    assert TypeName.parse("pods.v1").names_version(PODS)
    assert (str(PODS.gvr), PODS.gvr.group_version, PODS.gvr.group_resource, PODS.word) == (
        "pods/v1",
        "v1",
        "pods",
        "pod",
    )
    assert str(DATABASES.gvr) == "databaseclusters.stable.example.com/v1"


def test_a_selection_asks_the_server() -> None:
    """A name is a field; only labels and fields can be left without being deleted."""
    selection = Selection(namespace="shop", name="orders", labels="app=db", fields="status.phase=Ready")
    assert selection.parameters() == {
        "labelSelector": "app=db",
        "fieldSelector": "metadata.name=orders,status.phase=Ready",
    }
    assert selection.narrows
    assert Selection(name="orders").parameters() == {"fieldSelector": "metadata.name=orders"}
    assert not Selection(name="orders").narrows
    assert Selection().parameters() == {}


def test_a_delta_shows_the_state_that_it_has() -> None:
    """After, or the last one known."""
    before, after = (decode_object(b'{"metadata":{"name":"%s"}}' % name) for name in (b"old", b"new"))

    def shown(before: object, after: object) -> str:
        values = {"before": before, "after": after}
        return Delta(
            type=DeltaType.MODIFIED,
            cluster="c",
            resource=PODS,
            source=Source.WATCH,
            observed_at=datetime(2026, 1, 1, tzinfo=UTC),
            resource_version="1",
            **values,  # type: ignore[arg-type]  # both are objects or None
        ).key.name

    assert shown(before, after) == "new"
    assert shown(before, None) == "old"
    with pytest.raises(AssertionError):
        shown(None, None)
