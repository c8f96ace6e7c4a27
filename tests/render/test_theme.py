"""Who decides on colour, and what is left of it."""

import pytest

from crwatch.render.theme import THEMES, Paint, Theme, When, decide_paint, parse_colors


@pytest.mark.parametrize(
    ("when", "environment", "is_terminal", "paint"),
    [
        ("auto", {}, True, Paint.COLOUR),
        ("auto", {}, False, Paint.NONE),
        ("auto", {"TERM": "dumb"}, True, Paint.NONE),
        ("auto", {"NO_COLOR": "1"}, True, Paint.WEIGHT),
        ("auto", {"NO_COLOR": ""}, True, Paint.COLOUR),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, Paint.NONE),
        ("auto", {"FORCE_COLOR": "1"}, False, Paint.COLOUR),
        ("auto", {"FORCE_COLOR": "0"}, False, Paint.NONE),
        ("auto", {"CLICOLOR_FORCE": "1"}, False, Paint.COLOUR),
        ("always", {"NO_COLOR": "1", "TERM": "dumb"}, False, Paint.COLOUR),
        ("never", {"FORCE_COLOR": "1"}, True, Paint.NONE),
    ],
)
def test_who_decides(when: When, environment: dict[str, str], is_terminal: bool, paint: Paint) -> None:  # noqa: FBT001 - a table
    """The flag, then NO_COLOR, then what forces, then the terminal."""
    assert decide_paint(when, environment, is_terminal=is_terminal) is paint


def test_colors_are_read_as_grep_reads_its_own() -> None:
    """What cannot be read is left out; an empty code takes a style away."""
    assert parse_colors("add=34:old=:who=1;36:nobody=1:new=\x1b[31m:del") == {"add": "34", "old": "", "who": "1;36"}


def test_a_theme_without_red_and_green() -> None:
    """No role keeps one of them, not even underlined."""
    codes = Theme.of(Paint.COLOUR, base=THEMES["blue-orange"]).codes

    assert [role for role, code in codes.items() if {"31", "32"} & set(code.split(";"))] == []
    assert codes["new word"] == "1;34;4"


def test_a_theme_paints_by_role() -> None:
    """The user's codes stand before the default ones."""
    theme = Theme.of(Paint.COLOUR, colors="who=35:old=")

    assert theme.paint("who", "@a") == "\x1b[35m@a\x1b[0m"
    assert theme.paint("old", "x") == "x"
    assert Theme.of(Paint.NONE, colors="who=35").paint("who", "@a") == "@a"
    assert Theme.of(Paint.WEIGHT).paint("new", "x") == "\x1b[1mx\x1b[0m"
