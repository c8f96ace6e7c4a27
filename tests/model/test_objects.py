"""Objects as bytes, and the little that is known of them at once."""

import msgspec
import pytest
from hypothesis import given

from crwatch.model.objects import KubeObject, ObjectKey, decode_object, with_type
from crwatch.values.path import PathSyntaxError
from crwatch.values.scalars import Json, same
from tests.model.shapes import database
from tests.strategies import values

RAW = msgspec.json.encode(database("orders", "8", spec={"users": [{"name": "a", "n": None}]}))


def test_metadata_is_read_and_the_bytes_are_kept() -> None:
    """Nothing is lost, nothing is written anew."""
    found = decode_object(RAW)
    assert found.raw == RAW
    assert (found.key, found.meta.uid, found.meta.resource_version) == (ObjectKey("shop", "orders"), "uid-orders", "8")
    assert str(found.key) == "shop/orders"
    assert str(ObjectKey("", "orders")) == "orders"


def test_a_value_is_decoded_anew_each_time() -> None:
    """Changing it changes nothing here."""
    found = decode_object(RAW)
    found.value()["spec"] = None
    assert found.at("spec.users[name=a].name") == "a"


def test_paths_that_lead_nowhere_give_the_default() -> None:
    """Null is there, absence is not; what is no path is an error."""
    found = decode_object(RAW)
    assert found.at("spec.nothing", "default") == "default"
    assert found.at("spec.users[name=a].n", "default") is None
    with pytest.raises(PathSyntaxError):
        found.at("spec..x")


def test_sections_are_in_the_servers_order_and_still_bytes() -> None:
    """For a writer that prints them as they are."""
    sections = decode_object(RAW).sections()
    assert list(sections) == ["apiVersion", "kind", "metadata", "spec"]
    assert bytes(sections["spec"]) == b'{"users":[{"name":"a","n":null}]}'


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b'{"metadata":{"name":1}}', b'{"metadata":', b"{}{}"])
def test_what_is_no_object_is_refused(raw: bytes) -> None:
    """With the one error that the decoders catch."""
    with pytest.raises(msgspec.DecodeError):
        decode_object(raw)


@pytest.mark.parametrize("raw", [b"{}", b'{"metadata":{}}', b' {"spec": 1}', RAW])
def test_a_type_is_put_in_where_it_lacks_and_nowhere_else(raw: bytes) -> None:
    """What carries its own is returned as sent."""
    found = with_type(raw, "v1", "Pod")
    lacking = b"kind" not in raw
    assert (found.value()["kind"], found.value()["apiVersion"]) == (
        ("Pod", "v1") if lacking else ("DatabaseCluster", "stable.example.com/v1")
    )
    assert (found.raw == raw) is not lacking


@given(values)
def test_any_content_survives(content: Json) -> None:
    """Bytes in, the same value out."""
    found: KubeObject = decode_object(msgspec.json.encode(database(spec=content)))
    assert same(found.at("spec"), content)
