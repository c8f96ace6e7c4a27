"""No secret value survives; that it changed does."""

import base64
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from crwatch.diff.masking import Masker
from crwatch.diff.rules import LAST_APPLIED
from crwatch.model.objects import KubeObject, decode_object
from crwatch.values.path import parse_path

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
    paths = (parse_path("spec.users[name=a].password"), parse_path("spec.tree"), parse_path("spec.absent[0].x"))
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
        parse_path("spec.list[0]"),
        parse_path("spec.list[=c]"),
        parse_path("spec.text[0]"),
        parse_path("spec.text.x"),
    )
    masked = Masker(None, paths).mask(decode_object(raw))
    assert masked.at("spec") == {"list": ["‹masked›", "b", "‹masked›"], "text": "x"}
