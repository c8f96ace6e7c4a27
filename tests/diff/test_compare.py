"""A diff loses nothing, invents nothing, and is a JSON Patch."""

import jsonpatch
import msgspec
import pytest
from hypothesis import example, given

from crwatch.diff.change import Op
from crwatch.diff.compare import compare, compare_raw
from crwatch.values.path import FieldPath, find, parse_path
from crwatch.values.scalars import MISSING, Json, same
from crwatch.values.schema import SET, ListKeys
from tests.diff.shapes import told
from tests.strategies import edits, specs, values


@given(old=specs, new=specs)
@example(old={"a": None}, new={})  # null is not absence
@example(old={"a": 1}, new={"a": True})  # equal in Python, different in JSON
@example(old={"a": 1}, new={"a": 1.0})
@example(old={}, new={"__x": None})  # deepdiff skips `__` keys unless told otherwise
@example(old={'it\'s["x"]': 1}, new={'it\'s["x"]': 2})  # breaks deepdiff's string paths
@example(old=[1, 1, 2], new=[2, 1, 1, 1])
@example(
    old=[{"name": "a"}, {"name": "b", "x": [{"name": "c"}]}], new=[{"name": "b", "x": [{"name": "d"}]}, {"name": "a"}]
)
def test_applying_a_diff_to_the_old_value_gives_the_new_one(old: Json, new: Json) -> None:
    """A diff loses nothing."""
    assert same(compare(old, new).apply(old), new)


@given(old=values, new=values)
@example(old={"a": 2**64}, new={"a": 2**64 + 1})
@example(old={"a": 2**53}, new={"a": 2**53 + 1})
@example(old={"/~": {"": 1}}, new={"/~": {"": 2, "~1": 3}})
def test_hostile_values_are_compared_exactly(old: Json, new: Json) -> None:
    """Any key, any text, integers of any size."""
    assert same(compare(old, new).apply(old), new)


@given(edits())
@example(([1, "b", 2, "b", 3], [4, "b", 5]))
@example(([{"name": "a"}, {"name": "b"}, {"name": "c"}], [{"name": "c"}, {"name": "a"}, {"name": "b"}]))
def test_what_became_of_a_value_is_told_without_loss_both_ways(pair: tuple[Json, Json]) -> None:
    """Edits of one value meet moves, duplicates and items that half remain."""
    old, new = pair
    diff = compare(old, new)
    assert same(diff.apply(old), new)
    assert same(diff.invert().apply(new), old)
    assert same(jsonpatch.apply_patch({"v": old}, compare({"v": old}, {"v": new}).to_json_patch()), {"v": new})


@given(old=specs, new=specs)
def test_the_inverse_leads_back(old: Json, new: Json) -> None:
    """A diff can be undone."""
    assert same(compare(old, new).invert().apply(new), old)


@given(old=specs, new=specs)
@example(old=[[1]], new=[[True]])
def test_a_diff_is_a_json_patch_to_others(old: Json, new: Json) -> None:
    """The `jsonpatch` package makes the same of it, operation for operation."""
    patch = compare({"v": old}, {"v": new}).to_json_patch()
    assert same(jsonpatch.apply_patch({"v": old}, patch), {"v": new})


@given(old=specs, new=specs)
def test_a_diff_is_empty_exactly_when_the_values_are_the_same(old: Json, new: Json) -> None:
    """Nothing is invented, nothing is overlooked."""
    assert same(old, new) == (len(compare(old, new)) == 0)


@given(old=specs, new=specs)
def test_the_order_of_keys_is_no_change(old: Json, new: Json) -> None:
    """Sorted or not, in an object or in the items of a list, the same changes are found."""
    shuffled = msgspec.json.decode(msgspec.json.encode(new, order="sorted"))
    assert len(compare(shuffled, new)) == 0


@given(old=specs, new=specs)
def test_every_path_leads_to_its_new_value(old: Json, new: Json) -> None:
    """A printed path finds what was printed beside it; a removed one's finds it in the old value."""
    for field in compare(old, new):
        if field.op in {Op.ADD, Op.REPLACE}:
            assert not isinstance(find(new, field.path), type(MISSING))
            assert same(find(new, field.path), field.new)
        elif field.op is Op.REMOVE and not any(isinstance(part, int) for part in field.path.parts[:-1]):
            assert same(find(old, field.path), field.old)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (1, 1.0, ["~ . 1 → 1.0"]),
        (1, True, ["~ . 1 → true"]),
        (1, "1", ['~ . 1 → "1"']),
        (None, False, ["~ . null → false"]),
        ({"a": None}, {}, ["- a null"]),
        ({}, {"a": None}, ["+ a null"]),
        ({"a": {}}, {"a": []}, ["~ a {} → []"]),
        ({"a": {"b": {"c": 1}}}, {"a": {}}, ['- a.b {"c":1}']),
        ({"a": 18446744073709551616}, {"a": 18446744073709551617}, ["~ a 18446744073709551616 → 18446744073709551617"]),
        ({"a.b/c": 1}, {"a.b/c": 2}, ['~ ["a.b/c"] 1 → 2']),
        ({"": 1}, {"": 2}, ['~ [""] 1 → 2']),
    ],
)
def test_json_has_more_kinds_of_values_than_python_tells_apart(old: Json, new: Json, expected: list[str]) -> None:
    """Null is no absence; 1, 1.0, true and "1" are four things; a subtree that comes or goes is one change."""
    assert told(old, new) == expected


def test_skipped_paths_are_left_out_before_anything_is_compared() -> None:
    """Their values may differ or be missing: nothing is told, nothing is decoded."""
    old = b'{"metadata":{"resourceVersion":"1","managedFields":[1],"name":"a"},"x":{"resourceVersion":"1"}}'
    new = b'{"metadata":{"resourceVersion":"2","name":"b"},"x":{"resourceVersion":"2"}}'
    skip = (parse_path("metadata.managedFields"), parse_path("metadata.resourceVersion"))

    assert [str(field.path) for field in compare_raw(old, new, skip=skip)] == ["metadata.name", "x.resourceVersion"]


def test_white_space_is_no_change() -> None:
    """Text from a file compares as text from a server does."""
    assert len(compare_raw(b' { "a" : [ 1 , 2 ] } ', b'{"a":[1,2]}\n')) == 0


def test_a_value_of_a_500_levels_is_compared() -> None:
    """The walk does not exhaust the stack; what lies too deep is told whole."""
    old, new = b'{"a":' * 500 + b"1" + b"}" * 500, b'{"a":' * 500 + b"2" + b"}" * 500
    (field,) = compare_raw(old, new)
    assert field.op is Op.REPLACE
    assert len(field.path.parts) == 100


def test_a_declared_set_has_no_order() -> None:
    """Its items are told by value; that they stand elsewhere is not told."""
    keys = ListKeys(fields={"roles": ListKeys(SET)})
    old: Json = {"roles": ["a", "b", "c"]}
    new: Json = {"roles": ["d", "c", "a"]}
    assert told(old, new, keys) == ['- roles[=b] "b"', '+ roles[=d] "d"']
    assert told({"roles": ["a", "b"]}, {"roles": ["b", "a"]}, keys) == []


def test_the_old_value_stays_as_it_is() -> None:
    """Applying shares nothing with the value or the diff."""
    old: Json = {"a": [{"name": "x", "v": [1]}]}
    diff = compare(old, {"a": [{"name": "x", "v": [1]}, {"name": "y", "v": []}]})
    applied = diff.apply(old)
    assert isinstance(applied, dict)
    applied["a"][1]["v"].append(9)  # type: ignore[index,call-overload,union-attr]  # known to be there
    assert same(old, {"a": [{"name": "x", "v": [1]}]})
    assert diff.fields[0].new == {"name": "y", "v": []}
    assert diff.fields[0].path == FieldPath(("a", parse_path("[name=y]").parts[0]))
