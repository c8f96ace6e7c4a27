from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from crwatch.kube.framing import Chunked, Framing, Sized, framing_of

chunks = st.lists(st.binary(min_size=1, max_size=40) | st.just(b"0\r\n\r\n"), max_size=6)
pieces = st.lists(st.integers(0, 400), max_size=12)


def feed_in_pieces(framing: Framing, wire: bytes, cuts: list[int]) -> bytes:
    edges = [0, *sorted(min(cut, len(wire)) for cut in cuts), len(wire)]
    return b"".join(framing.feed(wire[start:end]) for start, end in pairwise(edges))


def chunked(bodies: list[bytes]) -> bytes:
    return b"".join(b"%X;x=1\r\n%b\r\n" % (len(body), body) for body in bodies)


@given(bodies=chunks, cuts=pieces)
def test_chunks_give_the_same_body_however_they_are_cut(bodies: list[bytes], cuts: list[int]) -> None:
    """Sizes, extensions and line ends may be split anywhere."""
    framing = Chunked()
    assert feed_in_pieces(framing, chunked(bodies) + b"0\r\nTrailer: x\r\n\r\n", cuts) == b"".join(bodies)
    assert framing.complete
    assert framing.at_eof()
    assert not framing.broken


@given(bodies=chunks.filter(bool), cuts=pieces, length=st.integers(0, 10_000))
def test_a_body_without_its_last_chunk_is_never_whole(bodies: list[bytes], cuts: list[int], length: int) -> None:
    """A watch that was cut must not look like one that ended, and what came is not lost."""
    framing, wire = Chunked(), chunked(bodies)
    body = feed_in_pieces(framing, wire[: length % len(wire)], cuts)
    assert b"".join(bodies).startswith(body)
    assert not framing.at_eof()


def test_what_is_no_chunk_is_broken_and_what_came_before_is_kept() -> None:
    """A proxy's error page in the middle of a watch."""
    for wire in (b"3\r\nabc\r\n<html>\r\n", b"3\r\nabcdef\r\n", b"3\r\nabc\r\n-5\r\n", b"3\r\nabc\r\n" + b"9" * 5000):
        framing = Chunked()
        assert framing.feed(wire) == b"abc"
        assert framing.broken
        assert not framing.at_eof()


def test_a_content_length_is_the_end() -> None:
    """Nothing beyond it belongs to the body."""
    framing = Sized(5)
    assert framing.feed(b"abc") == b"abc"
    assert not framing.at_eof()
    assert framing.feed(b"defg") == b"de"
    assert framing.complete
    assert framing_of(chunked=False, length=0).complete


def test_without_framing_no_end_is_believed() -> None:
    """A watch that was cut looks whole."""
    framing = framing_of(chunked=False, length=None)
    assert framing.feed(b"abc") == b"abc"
    assert not framing.at_eof()
