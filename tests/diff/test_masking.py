"""No secret value survives; that it changed does."""

import base64
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from crwatch.diff.masking import Masker
from crwatch.diff.rules import LAST_APPLIED
from crwatch.model.objects import KubeObject, decode_object
from crwatch.model.resource import TypeName
from crwatch.values.fieldset import managed_entries
from crwatch.values.glob import PathGlob
from crwatch.values.path import FieldPath, Keyed
from tests.diff.shapes import DATABASES

KEY = b"a key of this run"
ANNOTATION = LAST_APPLIED.parts[-1]


def secret(**sections: Any) -> KubeObject:
    """A Secret."""
    return decode_object(
        msgspec.json.encode({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, **sections})
    )


def encoded(text: str) -> str:
    """As `data` holds it."""
    return base64.b64encode(text.encode()).decode()


def test_equal_values_get_equal_marks_and_others_different_ones() -> None:
    """Wherever they stand, in whichever of the two notations."""
    masked = Masker(KEY).mask(
        secret(data={"a": encoded("x"), "b": encoded("y"), "c": encoded("x")}, stringData={"d": "x"})
    )
    assert masked.at("data.a") == masked.at("data.c") == masked.at("stringData.d")
    assert masked.at("data.a") != masked.at("data.b")
    assert str(masked.at("data.a")).startswith("‹masked ")


def test_another_key_gives_another_mark_and_no_key_one_mark_for_all() -> None:
    """Nobody can compare marks of two runs, or try out values."""
    target = secret(data={"a": encoded("x"), "b": encoded("y")})
    assert Masker(KEY).mask(target).at("data.a") != Masker(b"other").mask(target).at("data.a")
    assert Masker().mask(target).at("data") == {"a": "‹masked›", "b": "‹masked›"}


def test_values_inside_last_applied_are_masked_with_the_same_marks() -> None:
    """`kubectl apply` puts the whole manifest there."""
    applied = msgspec.json.encode(
        {"kind": "Secret", "stringData": {"a": "hunter2"}, "data": {"b": encoded("x")}}
    ).decode()
    metadata = {"name": "s", "annotations": {ANNOTATION: applied, "other": "stays"}}
    masked = Masker(KEY).mask(secret(metadata=metadata, data={"a": encoded("hunter2")}))

    inner = msgspec.json.decode(str(masked.at(LAST_APPLIED)))
    assert inner["stringData"]["a"] == masked.at("data.a")
    assert masked.at("metadata.annotations.other") == "stays"


@given(st.sampled_from(["{", "[]", "hunter2", '{"data": "hunter2"}', '{"data": ["hunter2"]}', '"hunter2"', "null"]))
def test_an_annotation_that_is_no_manifest_is_masked_whole(applied: str) -> None:
    """It might hold anything."""
    masked = Masker(KEY).mask(secret(metadata={"name": "s", "annotations": {ANNOTATION: applied}}))
    assert b"hunter2" not in masked.raw
    assert str(masked.at(LAST_APPLIED)) != applied


@given(st.dictionaries(st.text(max_size=3), st.one_of(st.none(), st.just(encoded("hunter2")), st.just("not base64 €"))))
def test_data_of_any_content_is_masked(data: dict[str, str | None]) -> None:
    """Values that no server would let through, too."""
    masked = Masker(KEY).mask(secret(data=data)).at("data")
    assert isinstance(masked, dict)
    assert masked.keys() == data.keys()
    assert all(str(mark).startswith("‹masked ") for mark in masked.values())


def test_other_objects_are_left_as_they_are() -> None:
    """Not re-encoded: the very same object, also where a Secret is named in it."""
    raw = b'{"apiVersion":"x/v1","kind":"Db","metadata":{"name":"a"},"spec":{"kind":"Secret"},"data":{"a":"b"}}'
    target = decode_object(raw)
    assert not Masker(KEY).concerns(target)
    assert Masker(KEY).mask(target) is target
    other_group = decode_object(raw.replace(b'"Db"', b'"Secret"'))
    assert Masker(KEY).mask(other_group) is other_group


def test_paths_of_the_users_are_masked_in_any_kind() -> None:
    """Through keyed items, whole subtrees, and inside last-applied."""
    spec = {"users": [{"name": "a", "password": "p1"}, {"name": "b", "password": "p1"}], "tree": {"x": [1]}}
    applied = msgspec.json.encode({"spec": spec}).decode()
    target = decode_object(
        msgspec.json.encode(
            {"kind": "Db", "metadata": {"name": "d", "annotations": {ANNOTATION: applied}}, "spec": spec}
        )
    )
    paths = (
        PathGlob.parse("spec.users[name=a].password"),
        PathGlob.parse("spec.tree"),
        PathGlob.parse("spec.absent[0].x"),
    )
    masked = Masker(KEY, paths).mask(target)

    mark = masked.at("spec.users[name=a].password")
    assert str(mark).startswith("‹masked ")
    assert masked.at("spec.users[name=b].password") == "p1"
    assert str(masked.at("spec.tree")).startswith("‹masked ")
    assert msgspec.json.decode(str(masked.at(LAST_APPLIED)))["spec"]["users"][0]["password"] == mark
    assert masked.meta == target.meta


def test_items_are_masked_by_index_and_by_value_too() -> None:
    """And only where the path fits."""
    raw = b'{"kind":"Db","metadata":{"name":"d"},"spec":{"list":["a","b","c"],"text":"x"}}'
    paths = (
        PathGlob.parse("spec.list[0]"),
        PathGlob.parse("spec.list[=c]"),
        PathGlob.parse("spec.text[0]"),
        PathGlob.parse("spec.text.x"),
    )
    masked = Masker(None, paths).mask(decode_object(raw))
    assert masked.at("spec") == {"list": ["‹masked›", "b", "‹masked›"], "text": "x"}


def test_patterns_mask_wherever_they_fit() -> None:
    """Any depth, any item, and inside last-applied; what does not fit stays, and so does the object."""
    spec = {"a": {"password": "p"}, "users": [{"name": "x", "password": "q"}], "passwords": "kept"}
    target = decode_object(msgspec.json.encode({"kind": "Db", "metadata": {"name": "d"}, "spec": spec}))

    masked = Masker(KEY, (PathGlob.parse("**.password"),)).mask(target)

    assert b'"p"' not in masked.raw
    assert b'"q"' not in masked.raw
    assert masked.at("spec.passwords") == "kept"
    assert Masker(KEY, (PathGlob.parse("status.**.x"),)).mask(target) is target


def test_a_mask_of_one_kind_is_for_that_kind() -> None:
    """By any of its names."""
    target = decode_object(b'{"kind":"DatabaseCluster","metadata":{"name":"d"},"spec":{"x":"tiger"}}')
    of_kinds = ((TypeName("databasecluster"), PathGlob.parse("spec.x")), (TypeName("other"), PathGlob.parse("kind")))

    masked = Masker(KEY, of_kinds=of_kinds).of(DATABASES).mask(target)

    assert b"tiger" not in masked.raw
    assert masked.at("kind") == "DatabaseCluster"


def test_managed_fields_do_not_repeat_what_is_masked() -> None:
    """They hold the members of sets, and the keys of items, as names."""
    fields = {
        "f:spec": {
            "f:tokens": {".": {}, 'v:"tiger"': {}},
            "f:users": {'k:{"login":"lion","zone":"a"}': {".": {}, "f:login": {}}},
        }
    }
    meta = {"name": "d", "managedFields": [{"manager": "m", "fieldsV1": fields}]}
    spec = {"tokens": ["tiger"], "users": [{"login": "lion", "zone": "a"}]}
    target = decode_object(msgspec.json.encode({"kind": "Db", "metadata": meta, "spec": spec}))
    masked = Masker(KEY, (PathGlob.parse("spec.tokens"), PathGlob.parse("spec.users[*].login"))).mask(target)

    assert b"tiger" not in masked.raw
    assert b"lion" not in masked.raw
    mark = masked.at("spec.users[zone=a].login")
    (entry,) = managed_entries(masked.raw)
    assert isinstance(mark, str)
    assert entry.fields().owns(FieldPath(("spec", "users", Keyed((("login", mark), ("zone", "a"))), "login")))


def test_revealing_is_the_only_way_round() -> None:
    """Nothing is masked then, not even what is named."""
    target = decode_object(b'{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"data":{"a":"eA=="}}')
    assert Masker(KEY, (PathGlob.parse("data"),), reveal=True).mask(target) is target
