"""JSON Patch, as RFC 6902 has it and as the `jsonpatch` package does it."""

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crwatch.values.patch import PatchError, apply_json_patch, parse_pointer
from crwatch.values.path import escape_pointer
from crwatch.values.scalars import Json, same
from tests.strategies import few_scalars, texts

DOCUMENT: Json = {"a": {"b": [1, 2, {"c": 3}]}, "x/y": 1, "": 0}


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        ({"op": "add", "path": "/a/b/1", "value": 9}, {"a": {"b": [1, 9, 2, {"c": 3}]}, "x/y": 1, "": 0}),
        ({"op": "add", "path": "/a/b/-", "value": 9}, {"a": {"b": [1, 2, {"c": 3}, 9]}, "x/y": 1, "": 0}),
        ({"op": "add", "path": "/a/b/3", "value": 9}, {"a": {"b": [1, 2, {"c": 3}, 9]}, "x/y": 1, "": 0}),
        ({"op": "add", "path": "/a", "value": None}, {"a": None, "x/y": 1, "": 0}),
        ({"op": "add", "path": "", "value": 5}, 5),
        ({"op": "remove", "path": "/a/b/0"}, {"a": {"b": [2, {"c": 3}]}, "x/y": 1, "": 0}),
        ({"op": "remove", "path": "/x~1y"}, {"a": {"b": [1, 2, {"c": 3}]}, "": 0}),
        ({"op": "replace", "path": "/", "value": 7}, {"a": {"b": [1, 2, {"c": 3}]}, "x/y": 1, "": 7}),
        ({"op": "replace", "path": "", "value": []}, []),
        ({"op": "move", "from": "/a/b/0", "path": "/a/b/2"}, {"a": {"b": [2, {"c": 3}, 1]}, "x/y": 1, "": 0}),
        ({"op": "move", "from": "/a/b", "path": "/a/b"}, DOCUMENT),
        ({"op": "copy", "from": "/a/b/2", "path": "/x~1y"}, {"a": {"b": [1, 2, {"c": 3}]}, "x/y": {"c": 3}, "": 0}),
        ({"op": "test", "path": "/a/b/0", "value": 1}, DOCUMENT),
    ],
)
def test_each_operation_does_what_the_rfc_says(op: dict[str, Json], expected: Json) -> None:
    """And leaves the document as it was."""
    before = repr(DOCUMENT)
    assert same(apply_json_patch(DOCUMENT, [op]), expected)
    assert repr(DOCUMENT) == before


@pytest.mark.parametrize(
    "op",
    [
        {"op": "remove", "path": "/nope"},
        {"op": "remove", "path": ""},
        {"op": "remove", "path": "/a/b/3"},
        {"op": "replace", "path": "/a/nope", "value": 1},
        {"op": "replace", "path": "/a/b/-", "value": 1},
        {"op": "add", "path": "/a/b/4", "value": 1},
        {"op": "add", "path": "/a/b/01", "value": 1},
        {"op": "add", "path": "/a/b/-1", "value": 1},
        {"op": "add", "path": "/a/b/١", "value": 1},
        {"op": "add", "path": "/a/b/0\n", "value": 1},
        {"op": "add", "path": "/a/b/" + "9" * 5000, "value": 1},
        {"op": "add", "path": "/a/b/", "value": 1},
        {"op": "add", "path": "/x~1y/z", "value": 1},
        {"op": "add", "path": "/a"},
        {"op": "add", "path": "a", "value": 1},
        {"op": "add", "path": "/~2", "value": 1},
        {"op": "add", "value": 1},
        {"op": "move", "path": "/a"},
        {"op": "move", "from": "/a", "path": "/a/b/0"},
        {"op": "copy", "from": "/nope", "path": "/a"},
        {"op": "test", "path": "/a/b/0", "value": True},
        {"op": "test", "path": "/a/b/0", "value": 1.0},
        {"op": "dance", "path": "/a"},
        {},
    ],
)
def test_what_does_not_fit_is_refused(op: dict[str, Json]) -> None:
    """With our error and no other; tests compare by type, too."""
    with pytest.raises(PatchError):
        apply_json_patch(DOCUMENT, [op])


def test_values_of_a_patch_are_not_shared_with_the_result() -> None:
    """A later operation must not write into an earlier one's value."""
    added: dict[str, Json] = {"n": []}
    ops: list[dict[str, Json]] = [
        {"op": "add", "path": "/v", "value": added},
        {"op": "copy", "from": "/v", "path": "/w"},
        {"op": "add", "path": "/v/n/-", "value": 1},
    ]
    assert apply_json_patch({}, ops) == {"v": {"n": [1]}, "w": {"n": []}}
    assert added == {"n": []}


@given(st.lists(texts, max_size=4))
def test_pointers_are_read_as_they_are_written(tokens: list[str]) -> None:
    """Any key, the empty one included."""
    assert parse_pointer("".join(f"/{escape_pointer(token)}" for token in tokens)) == tuple(tokens)


_places = st.sampled_from(["", "/a", "/b", "/a/0", "/a/1", "/a/-", "/a/0/c", "/b/c"])
_ops = st.fixed_dictionaries(
    {
        "op": st.sampled_from(["add", "remove", "replace", "move", "copy"]),
        "path": _places,
        "from": _places,
        "value": few_scalars,
    }
)


@given(st.lists(_ops, max_size=4))
def test_sequences_agree_with_the_jsonpatch_package(ops: list[dict[str, Json]]) -> None:
    """Where both accept a sequence, they make the same of it."""
    document: Json = {"a": [{"c": 1}, 2], "b": {"c": [3]}}
    try:
        ours = apply_json_patch(document, ops)
        theirs = jsonpatch.apply_patch(document, ops)
    except (PatchError, jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError, AttributeError):
        return
    assert same(ours, theirs)
