"""Signs and colours, and who decides on them. Meaning never rests on hue: signs and places say everything."""

import re
from collections.abc import Mapping
from enum import Enum
from typing import Final, Literal

import msgspec

from crwatch.render.text import display_width

Span = tuple[str, str]
"""A piece of a line: its role in the theme (empty for none) and its text."""


class Paint(Enum):
    """How much of a style goes out."""

    NONE = "none"
    WEIGHT = "weight"
    """Bold, dim and underline, no hue: a terminal under NO_COLOR."""
    COLOUR = "colour"


When = Literal["auto", "always", "never"]


def decide_paint(when: When, environment: Mapping[str, str], *, is_terminal: bool) -> Paint:
    """Return how a stream is painted; stdout and stderr are decided on separately.

    In this order: `--color`, `NO_COLOR` (set and not empty, no-color.org), `FORCE_COLOR` and `CLICOLOR_FORCE` (set,
    not empty, not `0`), whether it is a terminal that is not `dumb`.
    """
    if when != "auto":
        return Paint.COLOUR if when == "always" else Paint.NONE
    terminal = is_terminal and environment.get("TERM") != "dumb"
    if environment.get("NO_COLOR"):
        return Paint.WEIGHT if terminal else Paint.NONE
    forced = any(environment.get(name, "") not in {"", "0"} for name in ("FORCE_COLOR", "CLICOLOR_FORCE"))
    return Paint.COLOUR if terminal or forced else Paint.NONE


DEFAULT_CODES: Final[Mapping[str, str]] = {
    "add": "32",
    "del": "31",
    "mod": "33",
    "left": "33",
    "time": "",
    "kind": "2",
    "name": "1",
    "path": "",
    "key": "2",
    "old": "31",
    "new": "1;32",
    "who": "36",
    "dim": "2",
    "notice": "35",
    "flap": "1;33",
    "error": "1;31",
    "hint": "36",
}
"""SGR codes by role: only the 16 colours of the terminal, so that its user's theme decides on the shades."""

BLUE_ORANGE: Final[Mapping[str, str]] = {
    **DEFAULT_CODES,
    "add": "34",
    "del": "33",
    "mod": "",
    "left": "",
    "old": "33",
    "new": "1;34",
    "flap": "1;35",
    "error": "1;33",
}
"""Without red and green; yellow is the nearest to orange among the 16."""

THEMES: Final[Mapping[str, Mapping[str, str]]] = {"default": DEFAULT_CODES, "blue-orange": BLUE_ORANGE}
"""Words of `--theme`."""

_UNDERLINED: Final = {"old": "old word", "new": "new word", "add": "add word", "del": "del word"}
"""Roles whose differing words have a role of their own: the same style, underlined."""

_CODE: Final = re.compile(r"(?:\d{1,3}(?:;\d{1,3})*)?")
_WEIGHTS: Final = frozenset({"1", "2", "4"})


def parse_colors(text: str) -> dict[str, str]:
    """Return the codes that `CRWATCH_COLORS` sets (`add=32:old=`); what cannot be read is left out, as GREP_COLORS."""
    pairs = (item.partition("=") for item in text.split(":") if "=" in item)
    return {role: code for role, _, code in pairs if role in DEFAULT_CODES and _CODE.fullmatch(code)}


class Theme(msgspec.Struct, frozen=True):
    """What a line is drawn with."""

    codes: Mapping[str, str] = {}
    """Empty: nothing is painted."""
    arrow: str = "→"
    ellipsis: str = "…"
    dot: str = " · "
    times: str = "×"
    rule: str = "─"
    again: str = "↺"

    @classmethod
    def of(
        cls,
        paint: Paint,
        *,
        ascii_only: bool = False,
        colors: str = "",
        base: Mapping[str, str] = DEFAULT_CODES,
    ) -> "Theme":
        """Return the theme for a stream.

        Args:
            paint: what `decide_paint` said.
            ascii_only: `--ascii`, or a stream that is not UTF-8.
            colors: what `CRWATCH_COLORS` holds.
            base: the codes that it changes.
        """
        codes: dict[str, str] = {}
        if paint is not Paint.NONE:
            codes = {**base, **parse_colors(colors)}
        if paint is Paint.WEIGHT:
            codes = {role: ";".join(_WEIGHTS.intersection(code.split(";"))) for role, code in codes.items()}
        if codes:
            codes |= {word: f"{codes[role]};4".lstrip(";") for role, word in _UNDERLINED.items()}
        if ascii_only:
            return cls(codes, arrow="->", ellipsis="...", dot=", ", times="x", rule="-", again="<->")
        return cls(codes)

    def paint(self, role: str, text: str) -> str:
        """Return `text` in the style of its role."""
        code = self.codes.get(role)
        return f"\x1b[{code}m{text}\x1b[0m" if code and text else text

    def draw(self, spans: list[Span]) -> str:
        """Return the pieces of a line as one text."""
        if not self.codes:
            return "".join(text for _, text in spans)
        return "".join(self.paint(role, text) for role, text in spans)


def span_width(spans: list[Span]) -> int:
    """Return how many columns the pieces take."""
    return sum(display_width(text) for _, text in spans)
