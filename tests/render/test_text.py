"""Values as text: what is bare, what is quoted, what is cut."""

import json

import pytest
import yaml
from hypothesis import given

from crwatch.render.lines import line_changes
from crwatch.render.text import (
    cut_middle,
    display_width,
    format_size,
    harmless,
    has_unsafe,
    one_word,
    show,
)
from crwatch.values.scalars import Json
from tests.strategies import texts, values


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Ready", "Ready"),
        ("1Gi", "1Gi"),
        ("2026-11-22T16:10:00Z", "2026-11-22T16:10:00Z"),
        ("--verbose", "--verbose"),
        ("True", "True"),
        ("日本", "日本"),
        ("‹masked 7f3a›", "‹masked 7f3a›"),
        ("", '""'),
        ("1", '"1"'),
        ("-1.5e3", '"-1.5e3"'),
        ("007", '"007"'),
        ("true", '"true"'),
        ("null", '"null"'),
        ("a b", '"a b"'),
        ('a"b', r'"a\"b"'),
        ("a\nb", r'"a\nb"'),
        ("\x1b[31m", r'"\u001b[31m"'),
        ("a\u202eb", r'"a\u202eb"'),
        ("a\u200bb", r'"a\u200bb"'),
        ("a\u00a0b", r'"a\u00a0b"'),
        ("a\x7fb\x9bc", r'"a\u007fb\u009bc"'),
        ("\U000e0041", r'"\udb40\udc41"'),
        ("(x)", '"(x)"'),
        ("[x]", '"[x]"'),
        ("{x}", '"{x}"'),
        ("@me", '"@me"'),
        ("‹x›", '"‹x›"'),
        (1, "1"),
        (1.0, "1.0"),
        (True, "true"),
        (None, "null"),
        ({}, "{}"),
        ([], "[]"),
        ({"name": "app", "roles": ["reader", "a, b"]}, '{name: app, roles: [reader, "a, b"]}'),
        ({"a:": "b,c", "1": "1"}, '{"a:": "b,c", "1": "1"}'),
    ],
)
def test_a_string_is_bare_only_where_nothing_else_could_be_meant(value: Json, shown: str) -> None:
    """Rule 2, case by case."""
    assert show(value) == shown


@given(values)
def test_nothing_that_is_shown_can_drive_a_terminal(value: Json) -> None:
    """One line, no control, bidirectional or zero-width character."""
    shown = show(value)

    assert shown.isprintable()
    assert harmless(shown.encode()) == shown.encode()


@given(values)
def test_a_map_or_a_list_reads_back_as_yaml(value: Json) -> None:
    """Flow style keeps the structure: what is shown as one item is one item."""
    if isinstance(value, dict | list):
        assert _outline(yaml.load(show(value), Loader=yaml.BaseLoader)) == _outline(value)  # noqa: S506 - strings only


def _outline(value: object) -> object:
    if isinstance(value, dict):
        return [(_outline(key), _outline(item)) for key, item in value.items()]
    if isinstance(value, list):
        return [_outline(item) for item in value]
    if isinstance(value, str):  # YAML knows no surrogate pairs, JSON's way to escape what is beyond U+FFFF
        return value.encode("utf-16", "surrogatepass").decode("utf-16")
    return json.dumps(value)


@given(texts)
def test_a_name_is_one_word(text: str) -> None:
    """`awk` counts on it."""
    assert len(one_word(text).split()) == 1
    assert one_word(text).isprintable()


def test_a_space_in_a_name_is_written_out() -> None:
    """As in a path."""
    assert one_word("my tool\t1") == r"my\u0020tool\t1"


def test_harmless_json_is_the_same_json() -> None:
    """What is escaped on a terminal stands inside strings."""
    value = {"a\u202e": "\u009b2J\u200b\x7f é日本\U000e0041"}
    raw = json.dumps(value, ensure_ascii=False).encode()

    assert json.loads(harmless(raw)) == value
    assert not has_unsafe(harmless(raw).decode())


def test_harmless_keeps_our_own_colours_and_nothing_else() -> None:
    """Colour sequences pass, every other use of ESC does not."""
    assert harmless(b"\x1b[1;31mx\x1b[0m\t\n") == b"\x1b[1;31mx\x1b[0m\t\n"
    assert harmless(b"\x1b[2J\x1b]0;t\x07\r\xff") == rb"\u001b[2J\u001b]0;t\u0007\r\xff"


def test_a_long_value_is_cut_in_the_middle() -> None:
    """Both ends, and how long it is."""
    text = "sha256:4f2a" + "0" * 57 + "e01"

    assert cut_middle(text, 24) == "sha256:4f2a…00e01 (71 B)"
    assert cut_middle(text, 71) == text


def test_widths_are_those_of_a_terminal() -> None:
    """Wide characters take two columns, combining ones none; a cut never halves one."""
    assert display_width("日本e\u0301") == 5
    assert display_width(cut_middle("日" * 60, 30)) <= 30


@pytest.mark.parametrize(("size", "text"), [(71, "71 B"), (48_234, "48.2 KB"), (54_000_000, "54.0 MB")])
def test_sizes_have_three_figures(size: int, text: str) -> None:
    """Bytes, then thousands."""
    assert format_size(size) == text


def test_lines_that_differ() -> None:
    """Replaced lines stand together, with the new text's numbers; removed ones with the old text's."""
    changes = line_changes("a\nb\nc\nd", "a\nB\nd\ne")

    assert [(line.number, line.old, line.new) for line in changes] == [(2, "b", "B"), (3, "c", None), (4, None, "e")]


@pytest.mark.parametrize(("old", "new"), [("a", "b"), ("a\n", "a"), (1, "a\nb"), ("a\n" * 3000, "b\n" * 3000)])
def test_what_is_not_shown_line_by_line(old: Json, new: Json) -> None:
    """One line on both sides, line ends alone, another type, too much to compare."""
    assert line_changes(old, new) == []
