"""FieldsV1, as servers write it."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crwatch.values.fieldset import FieldSet, managed_entries
from crwatch.values.path import FieldPath, parse_path

RAW = (
    b'{"f:metadata":{"f:labels":{".":{},"f:":{},"f:a.b/c":{}}},'
    b'"f:spec":{"f:replicas":{},"f:steps":{},'
    b'"f:ports":{".":{},"k:{\\"port\\":80,\\"protocol\\":\\"TCP\\"}":{".":{},"f:port":{}}},'
    b'"f:users":{"k:{\\"name\\":\\"a\\\\u003cb\\"}":{"f:roles":{"v:\\"r\\"":{},"v:1":{}}}},'
    b'"f:args":{"i:2":{}}}}'
)


@pytest.mark.parametrize(
    ("path", "has", "owns"),
    [
        ("spec.replicas", True, True),
        ("spec", True, False),
        ("spec.image", False, False),
        ("metadata.labels", True, True),
        ('metadata.labels[""]', True, True),
        ('metadata.labels["a.b/c"]', True, True),
        ("metadata.labels.other", False, False),
        ("spec.steps", True, True),
        ("spec.steps[0].weight", False, True),
        ("spec.steps[name=a]", False, True),
        ("spec.ports", True, True),
        ("spec.ports[port=80,protocol=TCP]", True, True),
        ("spec.ports[protocol=TCP,port=80].port", True, True),
        ("spec.ports[port=80,protocol=TCP].host", False, False),
        ('spec.ports[port="80",protocol=TCP]', False, False),
        ("spec.ports[port=80]", False, False),
        ("spec.users", True, False),
        ("spec.users[name=a<b].roles[=r]", True, True),
        ("spec.users[name=a<b].roles[=1]", True, True),
        ("spec.users[name=a<b].roles[=true]", False, False),
        ("spec.args[2]", True, True),
        ("spec.args[1]", False, False),
    ],
)
def test_paths_are_owned_as_the_notation_says(path: str, *, has: bool, owns: bool) -> None:
    """Fields, keyed items in any order of keys, members, indexes; what is one field owns all below."""
    fields = FieldSet.decode(RAW)
    assert (fields.has(parse_path(path)), fields.owns(parse_path(path))) == (has, owns)


def test_names_that_cannot_be_read_are_nobodys() -> None:
    """What a broken client wrote costs nobody else the answer."""
    fields = FieldSet.decode(b'{"f:a":{"v:{":{},"k:x":{},"z":{},"v:1":{}}}')
    assert fields.owns(parse_path("a[=1]"))
    assert not fields.owns(parse_path("a[=2]"))
    assert not fields.owns(parse_path("a[name=x]"))


def test_a_set_is_written_as_it_was_read() -> None:
    """Byte for byte."""
    assert FieldSet.decode(RAW).encode() == RAW


def test_an_empty_set_owns_nothing() -> None:
    """Not even everything: only a node in a set speaks for what is below it."""
    for raw in (b"{}", b"null", b"[]"):
        assert not FieldSet.decode(raw).owns(parse_path("spec.replicas"))


_names = st.sampled_from(["f:a", "f:b", 'k:{"name":"a"}', "v:1", "i:0"])
_trees: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.just({}), lambda inner: st.dictionaries(_names | st.just("."), inner, max_size=3), max_leaves=8
)


def members(tree: dict[str, Any], above: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """The paths in a set, the slow way."""
    found: set[tuple[str, ...]] = set()
    for name, below in tree.items():
        here = above if name == "." else (*above, name)
        found |= {here} if not below or name == "." else members(below, here)
    return found


@given(_trees, _trees)
def test_a_set_exceeds_another_when_it_has_a_path_more(a: dict[str, Any], b: dict[str, Any]) -> None:
    """Losing paths is not gaining."""
    a, b = ({name: below for name, below in tree.items() if name != "."} for tree in (a, b))
    gained = (members(a) if a else set()) - members(b)
    assert FieldSet(a).exceeds(FieldSet(b)) == bool(gained)


def test_entries_are_read_and_their_fields_left_as_bytes() -> None:
    """Whatever an entry lacks."""
    raw = msgspec.json.encode(
        {
            "metadata": {
                "managedFields": [
                    {
                        "manager": "op",
                        "operation": "Update",
                        "apiVersion": "x/v1",
                        "subresource": "status",
                        "time": "2026-11-22T12:00:01Z",
                        "fieldsType": "FieldsV1",
                        "fieldsV1": {"f:status": {"f:phase": {}}},
                    },
                    {"operation": "Apply", "apiVersion": "x/v1"},
                ]
            }
        }
    )
    first, second = managed_entries(raw)
    assert (first.manager, first.subresource, first.time) == ("op", "status", "2026-11-22T12:00:01Z")
    assert bytes(first.fields_v1) == b'{"f:status":{"f:phase":{}}}'
    assert first.fields().owns(parse_path("status.phase"))
    assert second.identity == ("", "Apply", "", "")
    assert not second.fields().has(FieldPath(("spec",)))


@pytest.mark.parametrize(
    "raw", [b"{}", b"[]", b'{"metadata":{"managedFields":null}}', b'{"metadata":{"managedFields":7}}']
)
def test_without_entries_there_are_none(raw: bytes) -> None:
    """Attribution is then unknown, and nothing fails."""
    assert managed_entries(raw) == ()
