"""Who made a change, and when that cannot be told."""

from typing import Any

from crwatch.diff.attribution import attribute
from crwatch.diff.compare import compare_raw
from crwatch.diff.rules import Rules
from crwatch.model.objects import KubeObject
from tests.diff.shapes import SPEC, STATUS, database, entry

VERSION = "stable.example.com/v1"


def by(before: KubeObject, after: KubeObject, *, gap: bool = False) -> dict[str, list[str]]:
    """Each changed path with who made it and why that is said."""
    fields = compare_raw(before.raw, after.raw, skip=Rules.default().skip).fields
    attributed = attribute(fields, before, after, api_version=VERSION, gap=gap)
    return {str(field.path): [f"{by.label} {by.basis}" for by in field.by] for field in attributed.fields}


OPERATOR = entry("op", 1, STATUS, subresource="status")


def test_the_one_entry_whose_time_moved_wrote_everything() -> None:
    """Inside an atomic list too, where ownership says nothing about items."""
    before = database(1, entry("edit", 1, SPEC), OPERATOR, status={"phase": "A", "conditions": [{"type": "R", "s": 1}]})
    now = entry("op", 5, STATUS, subresource="status")
    after = database(2, entry("edit", 1, SPEC), now, status={"phase": "B", "conditions": [{"type": "R", "s": 2}]})

    assert by(before, after) == {
        "status.conditions[type=R].s": ["op/status wrote"],
        "status.phase": ["op/status wrote"],
    }


def test_a_new_entry_wrote() -> None:
    """Its first write to the object."""
    before = database(1, entry("helm", 1, SPEC), spec={"replicas": 1})
    after = database(2, entry("helm", 1, {"f:spec": {"f:image": {}}}), entry("keda", 2, SPEC), spec={"replicas": 2})
    assert by(before, after) == {"spec.replicas": ["keda wrote"]}


def test_an_entry_that_gained_fields_wrote_though_its_time_stands_still() -> None:
    """Times have seconds only; the one that lost a field to it did not write."""
    more: dict[str, Any] = {"f:spec": {"f:replicas": {}, "f:image": {}, "f:size": {}}}
    before = database(1, entry("a", 1, SPEC), entry("b", 1, more), spec={"size": 1})
    after = database(2, entry("a", 1, more), entry("b", 1, SPEC), spec={"size": 2})
    assert by(before, after) == {"spec.size": ["a wrote"]}


def test_the_same_manager_under_another_operation_or_subresource_is_another_writer() -> None:
    """Apply and Update of one client are two entries."""
    applied = entry("op", 1, SPEC, operation="Apply")
    before = database(1, applied, OPERATOR, spec={"image": "a"})
    after = database(2, entry("op", 3, SPEC, operation="Apply"), OPERATOR, spec={"image": "b"})
    assert by(before, after) == {"spec.image": ["op wrote"]}


def test_with_two_writers_each_path_has_its_owner() -> None:
    """A version with two new times: what each owns is its own."""
    before = database(1, entry("a", 1, SPEC), OPERATOR, spec={"image": "a"}, status={"phase": "A"})
    now = entry("op", 6, STATUS, subresource="status")
    after = database(2, entry("a", 5, SPEC), now, spec={"image": "b"}, status={"phase": "B"})
    assert by(before, after) == {"spec.image": ["a owns"], "status.phase": ["op/status owns"]}


def test_without_a_writer_an_owner_that_is_recent_enough_is_named() -> None:
    """Two patches within a second leave the entry as it was; an older owner did not make this change."""
    before = database(
        1, entry("old", 1, {"f:spec": {"f:size": {}}}), entry("new", 4, SPEC), spec={"size": 1, "image": "a"}
    )
    after = database(
        2, entry("old", 1, {"f:spec": {"f:size": {}}}), entry("new", 4, SPEC), spec={"size": 2, "image": "b"}
    )
    assert by(before, after) == {"spec.image": ["new owns"], "spec.size": []}


def test_a_removed_path_had_an_owner() -> None:
    """Removing takes no fields: the entry only shrinks."""
    less: dict[str, Any] = {"f:spec": {"f:image": {}}}
    before = database(1, entry("older", 1, STATUS), entry("a", 4, SPEC), spec={"image": "a", "replicas": 1})
    after = database(2, entry("older", 1, STATUS), entry("a", 4, less), spec={"image": "a"})
    assert by(before, after) == {"spec.replicas": ["a owned"]}


def test_a_path_of_an_older_owner_was_removed_by_somebody_unknown() -> None:
    """Who owns nothing can remove: no entry shows it."""
    less: dict[str, Any] = {"f:spec": {"f:image": {}}}
    before = database(1, entry("a", 1, SPEC), entry("newer", 4, STATUS), spec={"image": "a", "replicas": 1})
    after = database(2, entry("a", 1, less), entry("newer", 4, STATUS), spec={"image": "a"})
    assert by(before, after) == {"spec.replicas": []}


def test_across_a_gap_nobody_wrote_and_recent_owners_own() -> None:
    """Others may have written between."""
    before = database(1, entry("a", 1, SPEC), OPERATOR, spec={"image": "a"}, status={"phase": "A"})
    after = database(9, entry("a", 5, SPEC), OPERATOR, spec={"image": "b"}, status={"phase": "A"})
    assert by(before, after, gap=True) == {"spec.image": ["a owns"]}

    stale = database(9, entry("a", 0, SPEC), OPERATOR, spec={"image": "b"}, status={"phase": "A"})
    assert by(before, stale, gap=True) == {"spec.image": []}


def test_entries_of_another_version_name_no_paths() -> None:
    """They are not converted (protocol 9.10); that one of them wrote is still known."""
    foreign = {"apiVersion": "stable.example.com/v1beta1"}
    before = database(1, entry("a", 1, SPEC, **foreign), spec={"image": "a"})
    after = database(2, entry("a", 1, SPEC, **foreign), spec={"image": "b"})
    assert by(before, after) == {"spec.image": []}
    assert by(before, database(2, entry("a", 2, SPEC, **foreign), spec={"image": "b"})) == {"spec.image": ["a wrote"]}


def test_keyed_items_and_members_have_owners() -> None:
    """`k:` and `v:` in the sets."""
    users: dict[str, Any] = {
        "f:spec": {"f:users": {'k:{"name":"app"}': {".": {}, "f:roles": {".": {}, 'v:"<w>"': {}}}}}
    }
    old: dict[str, Any] = {"users": [{"name": "app", "roles": ["r"]}]}
    new: dict[str, Any] = {"users": [{"name": "app", "roles": ["r", "<w>"]}]}
    before = database(1, entry("b", 1, STATUS), entry("a", 1, users), spec=old)
    after = database(2, entry("b", 1, STATUS), entry("a", 1, users), spec=new)
    assert by(before, after) == {"spec.users[name=app].roles[=<w>]": ["a owns"]}


def test_an_owner_of_the_path_comes_before_one_of_the_whole_above() -> None:
    """An empty map that somebody applied is not everything that others put into it."""
    whole = entry("applier", 1, {"f:metadata": {"f:labels": {}}}, operation="Apply")
    part = entry("labeller", 1, {"f:metadata": {"f:labels": {"f:a": {}}}})
    before = database(1, whole, part, metadata={"labels": {"a": "1"}})
    after = database(2, whole, part, metadata={"labels": {"a": "2"}})
    assert by(before, after) == {"metadata.labels.a": ["labeller owns"]}


def test_co_owners_are_all_named() -> None:
    """Several appliers may share a value."""
    entries = [entry(name, 1, SPEC, operation="Apply") for name in ("a", "b")]
    before, after = (database(rv, *entries, spec={"image": str(rv)}) for rv in (1, 2))
    assert by(before, after) == {"spec.image": ["a owns", "b owns"]}


def test_objects_without_managed_fields_have_nobody() -> None:
    """A server that strips them, a file."""
    assert by(database(1, spec={"a": 1}), database(2, spec={"a": 2})) == {"spec.a": []}
    broken = {"managedFields": "x"}
    assert by(database(1, spec={"a": 1}, metadata=broken), database(2, spec={"a": 2}, metadata=broken)) == {
        "spec.a": []
    }


def taken(before: KubeObject, after: KubeObject) -> dict[str, list[str]]:
    """Each changed path with who lost it."""
    fields = compare_raw(before.raw, after.raw, skip=Rules.default().skip).fields
    attributed = attribute(fields, before, after, api_version=VERSION)
    return {str(field.path): [one.label for one in field.taken_from] for field in attributed.fields}


IMAGE: dict[str, Any] = {"f:spec": {"f:image": {}}}
REPLICAS: dict[str, Any] = {"f:spec": {"f:replicas": {}}}


def test_who_owned_a_field_and_lost_it_is_known() -> None:
    """Only of what was taken; an entry that loses its last field is gone."""
    before = database(1, entry("helm", 1, SPEC), entry("hpa", 1, REPLICAS), spec={"replicas": 1, "image": "a"})
    after = database(2, entry("helm", 1, IMAGE), entry("keda", 2, SPEC), spec={"replicas": 2, "image": "b"})
    assert taken(before, after) == {"spec.replicas": ["helm", "hpa"], "spec.image": []}


def test_nobody_takes_from_itself() -> None:
    """One client that applies what it used to update."""
    before = database(1, entry("op", 1, REPLICAS), spec={"replicas": 1})
    after = database(2, entry("op", 2, REPLICAS, operation="Apply"), spec={"replicas": 2})
    assert taken(before, after) == {"spec.replicas": []}


def test_a_field_that_was_removed_was_taken_by_nobody() -> None:
    """Its owner is named as such already."""
    before = database(1, entry("helm", 1, SPEC), spec={"replicas": 1, "image": "a"})
    after = database(2, entry("helm", 1, IMAGE), spec={"image": "a"})
    assert taken(before, after) == {"spec.replicas": []}
