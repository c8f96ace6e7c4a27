"""Two texts, object by object: what is paired with what, and what the last state of a stream is."""

import json
from typing import Any

import pytest

from crwatch.diff.lens import Lens
from crwatch.errors import UsageError
from crwatch.operations.diff_files import Pairs, diff_sides, pair_sides, read_side
from tests.samples import NOON


def manifest(name: str, namespace: str | None = "shop", version: str = "v1", **spec: Any) -> dict[str, Any]:
    """Return a DatabaseCluster as its author writes it."""
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": f"example.com/{version}", "kind": "DatabaseCluster", "metadata": metadata, "spec": spec}


def pairs(old: Any, new: Any) -> Pairs:
    """Pair what two texts, or lists of values as JSON lines, hold."""
    texts = [side if isinstance(side, str) else "\n".join(map(json.dumps, side)) for side in (old, new)]
    return pair_sides(*(read_side(name, text.encode()) for name, text in zip(("a", "b"), texts, strict=True)))


def told(found: Pairs) -> list[str]:
    """Return what differs, one line a field."""
    return [
        f"{change.delta.type} {change.key} " + " ".join(f"{field.op} {field.path}" for field in change.fields)
        for change in diff_sides(found, Lens(), at=NOON)
        if change
    ]


def test_objects_are_paired_by_kind_namespace_and_name() -> None:
    """In whatever order they stand; the rest came or went."""
    old = [manifest("a", x=1), manifest("b", x=1), manifest("gone")]
    new = [manifest("new"), manifest("b", x=2), manifest("a", x=1), manifest("a", "other", x=7)]

    assert told(pairs(old, new)) == [
        "deleted shop/gone ",
        "modified shop/b replace spec.x",
        "added shop/new ",
        "added other/a ",
    ]


def test_two_single_objects_are_compared_whatever_they_are_called() -> None:
    """Staging against production."""
    assert told(pairs([manifest("a", x=1)], [manifest("b", "other", x=2)])) == [
        "modified other/b replace metadata.name replace metadata.namespace replace spec.x"
    ]


def test_a_version_of_the_same_group_is_the_same_object() -> None:
    """`v1beta1` became `v1`."""
    found = pairs(
        [manifest("a", version="v1beta1"), manifest("b")],
        [manifest("a"), manifest("b")],
    )
    assert told(found) == ["modified shop/a replace apiVersion"]


def test_a_manifest_without_namespace_is_the_one_object_of_that_name() -> None:
    """But none where there are two."""
    old = [manifest("a", None, x=1), manifest("b", None)]

    assert told(pairs(old, [manifest("a", x=2), manifest("b"), manifest("b", "other")])) == [
        "deleted b ",
        "modified shop/a add metadata.namespace replace spec.x",
        "added shop/b ",
        "added other/b ",
    ]


def test_lists_are_opened_and_their_items_get_their_kind() -> None:
    """As built-in lists come without (protocol 9.19)."""
    items = [manifest("a", x=1), {"metadata": {"name": "b", "namespace": "shop"}}]
    listed = {"apiVersion": "example.com/v1", "kind": "DatabaseClusterList", "items": items, "metadata": {}}

    assert told(pairs([listed], [manifest("a", x=2), manifest("b")])) == [
        "modified shop/a replace spec.x",
        "modified shop/b add spec",
    ]
    assert pairs([{"apiVersion": "v1", "kind": "List", "items": None}], [manifest("a")]).only_new


def test_of_a_stream_the_last_state_of_each_object_counts() -> None:
    """Recorded by crwatch or by `kubectl get -w`; bookmarks and control records are no objects."""
    stream = [
        {"type": "SYNCED", "v": 1, "seq": 1},
        {"type": "ADDED", "object": manifest("a", x=1), "v": 1, "changes": []},
        {"type": "MODIFIED", "object": manifest("a", x=2)},
        {"type": "ADDED", "object": manifest("gone")},
        {"type": "BOOKMARK", "object": {"kind": "DatabaseCluster", "metadata": {"resourceVersion": "9"}}},
        {"type": "DELETED", "object": manifest("gone")},
        manifest("b"),
    ]
    text = "\n".join(json.dumps(event, indent=2) for event in stream)
    side = read_side("stream", text.encode())

    assert (len(side.objects), side.states, side.unreadable) == (2, 5, ())
    assert told(pairs(text, [manifest("a", x=2), manifest("b", y=1)])) == ["modified shop/b add spec.y"]


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("just text", "no Kubernetes object"),
        ("[1]", "no Kubernetes object"),
        ("kind: A\nmetadata: {name: x}", "no apiVersion"),
        ("apiVersion: v1\nmetadata: {name: x}", "no kind"),
        ("apiVersion: v1\nkind: A", "no metadata.name"),
        ("apiVersion: v1\nkind: A\nmetadata: {name: 12}", "$.metadata.name"),
        ('{"type": "ADDED", "object": null}', "--object none"),
        ('{"type": "ERROR", "object": {"kind": "Status"}}', "ERROR"),
    ],
)
def test_what_is_no_object_is_told_and_loses_nothing_else(document: str, why: str) -> None:
    """With the line where it begins; whether the rest of the other side is in it cannot be known, and is not told."""
    text = f"{json.dumps(manifest('a', x=1))}\n---\n{document}\n"
    found = pairs(text, [manifest("a", x=2), manifest("b")])
    (part,) = read_side("a", text.encode()).unreadable

    assert (part.line, why in part.why) == (3, True)
    assert told(found) == ["modified shop/a replace spec.x"]
    assert found.doubtful == 1
    back = pairs([manifest("a", x=2), manifest("b")], text)
    assert (told(back), back.doubtful) == (["modified shop/a replace spec.x"], 1)


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"", "holds no object"), (b"# nothing\n", "holds no object"), (b"a: 1\nb\0", "f:2: not text"), (b"\xff", "f:1:")],
)
def test_what_is_no_text_or_nothing_is_a_usage_error(data: bytes, why: str) -> None:
    """Empty, a comment, binary."""
    with pytest.raises(UsageError, match=why):
        read_side("f", data)


def test_nobody_is_said_to_have_changed_one_object_into_another() -> None:
    """Whoever owns fields of the second did not change the first."""
    entry: dict[str, Any] = {"manager": "jane", "operation": "Update", "apiVersion": "example.com/v1"}
    entry |= {"time": "2026-11-22T12:00:00Z"}
    entry |= {"fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:x": {}}}}
    old, new = manifest("a", x=1), manifest("b", x=2)
    old["metadata"] |= {"uid": "1", "resourceVersion": "1"}
    new["metadata"] |= {"uid": "2", "resourceVersion": "2", "managedFields": [entry]}
    (different,) = diff_sides(pairs([old], [new]), Lens(), at=NOON)
    new["metadata"]["uid"] = "1"
    (same,) = diff_sides(pairs([old], [new]), Lens(), at=NOON)

    assert [field.by for field in different.fields if str(field.path) == "spec.x"] == [()]
    assert [field.by[0].manager for field in same.fields if str(field.path) == "spec.x"] == ["jane"]
