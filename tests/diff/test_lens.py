"""From a Delta to a Change: masked, compared, folded, attributed."""

from typing import Any

import msgspec
import pytest

from crwatch.diff.change import Basis, Change, Op
from crwatch.diff.lens import Lens
from crwatch.diff.masking import Masker
from crwatch.diff.rules import EVERYTHING
from crwatch.model.delta import DeltaType, Reason
from crwatch.model.objects import KubeObject, decode_object
from crwatch.model.resource import GroupVersionResource, ResourceType
from crwatch.values.path import FieldPath
from crwatch.values.schema import SET, ListKeys
from tests.diff.shapes import SPEC, STATUS, database, delta, entry


def shown(change: Change) -> list[str]:
    """The shown fields with who made them, in short."""
    return [
        f"{field.op} {field.path} " + ",".join(f"@{by.label} {by.basis}" for by in field.by) for field in change.fields
    ]


def test_an_edit_is_shown_with_its_writer_and_without_its_bookkeeping() -> None:
    """Generation, resourceVersion and managedFields move with every write."""
    before = database(1, entry("kubectl-edit", 1, SPEC), spec={"replicas": 3})
    after = database(2, entry("kubectl-edit", 9, SPEC), spec={"replicas": 5}, generation=2)
    change = Lens().explain(delta(before, after))

    assert shown(change) == ["replace spec.replicas @kubectl-edit wrote"]
    assert [str(field.path) for field in change.folded] == ["metadata.generation"]
    assert [writer.manager for writer in change.writers] == ["kubectl-edit"]
    assert change.fields[0].by[0].time == "2026-11-22T12:00:09Z"


def test_noise_alone_makes_a_change_that_is_false() -> None:
    """A heartbeat is counted and not shown."""
    before = database(1, entry("op", 1, STATUS), status={"lastHeartbeatTime": "a", "phase": "Ready"})
    after = database(2, entry("op", 2, STATUS), status={"lastHeartbeatTime": "b", "phase": "Ready"})
    change = Lens().explain(delta(before, after))

    assert not change
    assert [str(field.path) for field in change.folded] == ["status.lastHeartbeatTime"]


def test_all_fields_skips_and_folds_nothing() -> None:
    """The changes lead from the old object to the new one, bookkeeping included, sets in order."""
    keys = ListKeys(fields={"spec": ListKeys(fields={"roles": ListKeys(SET)})})
    before = database(1, entry("a", 1, SPEC), spec={"roles": ["x", "y"]})
    after = database(2, entry("a", 2, SPEC), spec={"roles": ["y", "x"]})

    assert shown(Lens(keys=keys).explain(delta(before, after))) == []
    paths = [str(field.path) for field in Lens(EVERYTHING, keys).explain(delta(before, after)).fields]
    assert sorted(paths) == [
        "metadata.managedFields[0].time",
        "metadata.resourceVersion",
        "spec.roles",
    ]


def test_keys_may_depend_on_the_kind() -> None:
    """One lens serves several kinds."""
    asked = []

    def keys_of(resource: ResourceType) -> ListKeys:
        asked.append(resource.kind)
        return ListKeys()

    Lens(keys=keys_of).explain(delta(database(1, spec={"a": 1}), database(2, spec={"a": 2})))
    assert asked == ["DatabaseCluster"]


def test_a_created_object_has_no_fields_and_its_one_entry_as_creator() -> None:
    """The change is the object."""
    change = Lens().explain(delta(None, database(1, entry("helm", 1, SPEC), spec={"replicas": 3})))

    assert change
    assert change.fields == ()
    assert [(writer.manager, writer.basis) for writer in change.writers] == [("helm", Basis.WROTE)]


@pytest.mark.parametrize(
    "more", [{"initial": True}, {"gap": True}, {"reason": Reason.UNKNOWN}, {"reason": Reason.ENTERED_SELECTION}]
)
def test_nobody_is_named_creator_of_what_was_not_seen_to_be_created(more: dict[str, Any]) -> None:
    """The one owner of today need not have created it."""
    assert Lens().explain(delta(None, database(1, entry("helm", 1, SPEC)), **more)).writers == ()


def test_a_deletion_has_no_writer() -> None:
    """The API does not record who deleted."""
    change = Lens().explain(delta(database(1, entry("helm", 1, SPEC)), None))

    assert change
    assert (change.fields, change.writers) == ((), ())


def test_what_left_the_selection_shows_why() -> None:
    """It lives on, and its two sides differ."""
    before = database(1, entry("a", 1, SPEC), metadata={"labels": {"app": "db"}})
    after = database(2, entry("a", 1, SPEC), entry("kubectl-label", 5, {}), metadata={"labels": {"app": "web"}})
    change = Lens().explain(delta(before, after, type=DeltaType.DELETED, reason=Reason.LEFT_SELECTION))

    assert shown(change) == ["replace metadata.labels.app @kubectl-label wrote"]


def test_a_recreated_object_differs_from_the_deleted_one_by_its_creators_hand() -> None:
    """Entries of another uid are another object's: the newest of them says nothing."""
    before = database(1, entry("kubectl", 50, SPEC), spec={"image": "a"})
    after = database(9, entry("argocd", 9, SPEC), uid="u2", spec={"image": "b"})
    change = Lens().explain(delta(before, after, type=DeltaType.ADDED, reason=Reason.RECREATED))

    assert shown(change) == ["replace metadata.uid @argocd wrote", "replace spec.image @argocd wrote"]


def test_a_recreation_within_a_second_has_its_creator() -> None:
    """Manager and time of both entries are equal: as versions of one object nobody would have written."""
    before = database(1, entry("argocd", 9, SPEC), spec={"image": "a"})
    after = database(2, entry("argocd", 9, SPEC), uid="u2", spec={"image": "b"})
    change = Lens().explain(delta(before, after, type=DeltaType.ADDED, reason=Reason.RECREATED))

    assert [writer.basis for writer in change.writers] == [Basis.WROTE]


def test_nobody_wrote_what_the_schema_changed() -> None:
    """Other bytes at an equal resource version: the CRD was edited (protocol 9.1)."""
    before = database(1, entry("a", 1, SPEC), spec={"image": "a"})
    after = database(1, entry("a", 1, SPEC), spec={"image": "a", "replicas": 3})
    change = Lens().explain(delta(before, after))

    assert shown(change) == ["add spec.replicas "]
    assert change.writers == ()


def test_secret_values_are_masked_in_the_delta_too() -> None:
    """What goes on to history and to JSON holds no value."""
    secrets = ResourceType(GroupVersionResource("", "v1", "secrets"), "Secret", namespaced=True)

    def secret(rv: int, password: str) -> KubeObject:
        metadata = {"name": "s", "uid": "u", "resourceVersion": str(rv)}
        return decode_object(
            msgspec.json.encode({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {"p": password}})
        )

    change = Lens(masker=Masker(b"key")).explain(
        delta(secret(1, "aHVudGVyMg=="), secret(2, "aHVudGVyMw=="), resource=secrets)
    )

    (field,) = change.fields
    assert field.op is Op.REPLACE
    assert field.path == FieldPath(("data", "p"))
    assert field.old != field.new
    assert b"aHVudGVy" not in msgspec.json.encode(change)
    assert change.delta.after is not None
    assert b"masked" in change.delta.after.raw
