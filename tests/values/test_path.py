"""A printed path is one word, reads back as itself, and finds its value."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crwatch.values.path import (
    FieldPath,
    Keyed,
    Member,
    PathSyntaxError,
    escape_pointer,
    find,
    format_path,
    parse_path,
    unescape_pointer,
)
from crwatch.values.scalars import MISSING, Json, same
from tests.strategies import paths, texts


def same_path(a: FieldPath, b: FieldPath) -> bool:
    """Equal by type and value: Python holds `Member(1)` and `Member(True)` equal."""
    return repr(a) == repr(b)


@given(paths)
@example(FieldPath())
@example(FieldPath((Member("0"), Member(0), Member(False), Member("false"), Member(0.0))))
@example(FieldPath(("a.b/c", "", "[0]", "=", '"', "\\", " ", "\u202e", "\x1b[2J")))
@example(FieldPath((Keyed((("a=b", "c]d"), ("", "\\u0041"))),)))
def test_a_printed_path_reads_back(path: FieldPath) -> None:
    """Whatever a key holds."""
    assert same_path(parse_path(str(path)), path)


@given(paths)
def test_a_printed_path_is_one_visible_word(path: FieldPath) -> None:
    """No white space, no control or format character: awk's fields stay in place, terminals stay calm."""
    text = format_path(path)
    assert text.split() == [text]
    assert text.isprintable()


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (
            ("spec", "users", Keyed((("name", "app"),)), "roles", Member("writer")),
            "spec.users[name=app].roles[=writer]",
        ),
        (("metadata", "annotations", "example.com/plan"), 'metadata.annotations["example.com/plan"]'),
        (("spec", "args", 3), "spec.args[3]"),
        ((Keyed((("containerPort", 8443), ("protocol", "UDP"))),), "[containerPort=8443,protocol=UDP]"),
        ((Keyed((("shardID", "0"),)),), '[shardID="0"]'),
        ((Member(None), Member("null")), '[=null][="null"]'),
        (("a b",), '["a\\u0020b"]'),
        ((), "."),
    ],
)
def test_paths_are_written_as_the_design_says(parts: tuple[str | Keyed | Member | int, ...], text: str) -> None:
    """Section 5, `at`."""
    assert str(FieldPath(parts)) == text


@given(st.text(alphabet='ab0.[]="\\,- 1e', max_size=12))
def test_any_text_is_a_path_or_our_error(text: str) -> None:
    """And what is read is printed so that it reads back."""
    try:
        path = parse_path(text)
    except PathSyntaxError:
        return
    assert same_path(parse_path(str(path)), path)


@pytest.mark.parametrize(
    "text", ["", "a..b", "a.", "[", "[]", "[=", "a[1", "[a]", '["a"', "a b", "[01]", "[-1]", ".a.[b]"]
)
def test_what_is_no_path_is_refused(text: str) -> None:
    """With our error and no other."""
    with pytest.raises(PathSyntaxError):
        parse_path(text)


VALUE: Json = {
    "users": [{"name": "a", "port": 1}, {"name": "b", "port": True}],
    "roles": ["r", 1, None],
    "": {"x": None},
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("users[name=b].port", True),
        ("users[port=1].name", "a"),
        ("users[port=true].name", "b"),
        ("users[1].name", "b"),
        ("users[2]", MISSING),
        ("users[name=c]", MISSING),
        ("users.name", MISSING),
        ("roles[=1]", 1),
        ("roles[=true]", MISSING),
        ("roles[=null]", None),
        ('[""].x', None),
        ('[""].x.y', MISSING),
        ("absent", MISSING),
    ],
)
def test_a_path_finds_by_type_and_value(path: str, expected: object) -> None:
    """1 is not true, null is not absence."""
    assert same(find(VALUE, parse_path(path)), expected)


@given(texts)
def test_pointer_tokens_round_trip(token: str) -> None:
    """RFC 6901: `~` before `/`."""
    escaped = escape_pointer(token)
    assert "/" not in escaped
    assert unescape_pointer(escaped) == token
