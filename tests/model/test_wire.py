"""Bytes of a watch and of a list, however they come."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crwatch.model.objects import ObjectKey
from crwatch.model.status import Failure, FailureKind
from crwatch.model.wire import ListPage, WatchDecoder, WatchEvent, decode_page
from tests.model.shapes import DATABASES, PODS, database, line

GONE = {"kind": "Status", "status": "Failure", "reason": "Expired", "code": 410, "message": "too old resource version"}
STREAM = b"".join(
    [
        line("ADDED", database("a", "1", spec={"text": "raw \x85 \u2028 \u202e 😀 \\n"})),
        b"\n",
        line("MODIFIED", database("a", "2")),
        line("BOOKMARK", {"kind": "DatabaseCluster", "metadata": {"resourceVersion": "7"}}),
        line("DANCED", database("a", "3")),
        line("DELETED", database("a", "9")),
        line("ERROR", GONE),
    ]
)


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
@example(list(range(len(STREAM))))
def test_events_do_not_depend_on_how_the_bytes_were_cut(cuts: list[int]) -> None:
    """Inside a character, at a line's end, one byte at a time."""
    decoder = WatchDecoder(DATABASES)
    places = [0, *sorted(cuts), len(STREAM)]
    events = [event for i, j in pairwise(places) for event in decoder.feed(STREAM[i:j])]

    assert tuple(events) == WatchDecoder(DATABASES).feed(STREAM)
    assert decoder.end()


def test_events_carry_their_objects_as_the_server_sent_them() -> None:
    """Byte for byte; U+0085 ends no line."""
    events = WatchDecoder(DATABASES).feed(STREAM)
    assert [event.type for event in events] == ["ADDED", "MODIFIED", "BOOKMARK", "DANCED", "DELETED", "ERROR"]
    first, *_, error = events
    assert first.object is not None
    assert first.object.raw + b"}\n" == STREAM.split(b'"object":')[1].split(b"\n")[0] + b"\n"
    assert first.object.at("spec.text") == "raw \x85 \u2028 \u202e 😀 \\n"
    assert [event.object and event.object.meta.resource_version for event in events] == ["1", "2", "7", "3", "9", None]
    assert error.failure == Failure(FailureKind.EXPIRED, "too old resource version", 410)


@pytest.mark.parametrize("rest", [b"", b"\n", b" \r\n"])
def test_a_stream_that_ends_between_lines_ended_in_order(rest: bytes) -> None:
    """White space is nothing."""
    decoder = WatchDecoder(DATABASES)
    decoder.feed(STREAM + rest)
    assert decoder.end()


def test_a_stream_that_ends_inside_a_line_was_cut() -> None:
    """What was begun is dropped: it must not be glued to the next stream's first line."""
    decoder = WatchDecoder(DATABASES)
    assert decoder.feed(STREAM[:20]) == ()
    assert not decoder.end()
    assert decoder.feed(STREAM) == WatchDecoder(DATABASES).feed(STREAM)


@given(st.binary(max_size=40))
@example(b"\xff")
@example(b"{}")
@example(b'{"type":"ADDED"}')
@example(b'{"type":"ADDED","object":[]}')
@example(b'{"type":"MODIFIED","object":{"metadata":{"name":"\xff"}}}')
@example(b"<html>bad gateway</html>")
def test_garbage_is_a_failure_and_no_exception(garbage: bytes) -> None:
    """A proxy may write anything into an open stream."""
    for event in WatchDecoder(DATABASES).feed(garbage + b"\n"):
        assert isinstance(event, WatchEvent)
        assert event.object is not None or event.failure is not None


def test_an_error_without_a_status_is_a_failure_all_the_same() -> None:
    """The stream ends after it."""
    (event,) = WatchDecoder(DATABASES).feed(b'{"type":"ERROR","object":{"oops":1}}\n')
    assert event.failure is not None
    assert event.failure.kind is FailureKind.SERVER


def page(*items: object, **metadata: object) -> bytes:
    """A list, as JSON."""
    return msgspec.json.encode(
        {"kind": "DatabaseClusterList", "apiVersion": "stable.example.com/v1", "metadata": metadata, "items": items}
    )


def test_a_page_has_its_objects_and_its_place_in_the_list() -> None:
    """The token alone says whether there is more."""
    found = decode_page(page(database("a"), resourceVersion="8", **{"continue": "t"}, remainingItemCount=3), DATABASES)
    assert isinstance(found, ListPage)
    assert [item.key for item in found.items] == [ObjectKey("shop", "a")]
    assert (found.resource_version, found.continue_token, found.remaining) == ("8", "t", 3)

    last = decode_page(page(resourceVersion="8", **{"continue": ""}), DATABASES)
    assert last == ListPage((), "8", None)


def test_an_empty_page_may_say_null() -> None:
    """Built-in lists do (protocol 9.19)."""
    assert decode_page(b'{"kind":"PodList","metadata":{"resourceVersion":"3"},"items":null}', PODS) == ListPage(
        (), "3", None
    )


def test_items_of_built_in_lists_get_their_type() -> None:
    """Else each would look changed when a watch sends it."""
    body = b'{"kind":"PodList","metadata":{"resourceVersion":"3"},"items":[{"metadata":{"name":"p"}},{}]}'
    found = decode_page(body, PODS)
    assert isinstance(found, ListPage)
    assert found.items[0].raw == b'{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p"}}'
    assert found.items[1].value() == {"kind": "Pod", "apiVersion": "v1"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        b"[]",
        b"{}",
        page(),
        b'{"kind":"Status","metadata":{"resourceVersion":"3"}}',
        b'{"kind":"PodList","metadata":{"resourceVersion":"3"},"items":[1]}',
        b'{"kind":"PodList","metadata":{"resourceVersion":"3"},"items":[{"metadata":{"name":"\xff"}}]}',
        page(database("a"), resourceVersion="8")[:-9],
    ],
)
def test_what_is_no_list_is_never_an_empty_one(body: bytes) -> None:
    """An empty collection would delete everything that is cached."""
    failure = decode_page(body, DATABASES)
    assert isinstance(failure, Failure)
    assert failure.kind is FailureKind.UNREADABLE
