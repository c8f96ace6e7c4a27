"""JSON values, their sameness, and the three scalars that Kubernetes writes as text: durations, times, quantities."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Final, TypeAlias

Json: TypeAlias = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


class Missing(Enum):
    """The absence of a value, which is not null."""

    MISSING = "missing"

    def __repr__(self) -> str:
        return "MISSING"

    __str__ = __repr__


MISSING: Final = Missing.MISSING


def same(a: object, b: object) -> bool:
    """Tell whether two JSON values are the same, by type and value at any depth.

    Python holds 1, 1.0 and True equal; JSON and Kubernetes' int-or-string do not. Key order does not matter.
    """
    if type(a) is not type(b):
        return False
    if isinstance(a, dict) and isinstance(b, dict):
        return len(a) == len(b) and all(key in b and same(value, b[key]) for key, value in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


_DURATION_UNITS: Final = {
    "w": 604_800.0,
    "d": 86_400.0,
    "h": 3_600.0,
    "m": 60.0,
    "s": 1.0,
    "ms": 1e-3,
    "us": 1e-6,
    "µs": 1e-6,
    "ns": 1e-9,
}
_DURATION_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|us|µs|ns|[wdhms])")


def parse_duration(text: str) -> timedelta | None:
    """Return the duration that `text` writes (`10m`, `1h30m`, `1.5s`, `2d`), or None when it writes none.

    Go's syntax, as in Kubernetes fields and kubectl's flags, and days and weeks besides. No sign, no bare number.
    """
    seconds, end = 0.0, 0
    for part in _DURATION_PART.finditer(text):
        if part.start() != end:
            return None
        seconds += float(part[1]) * _DURATION_UNITS[part[2]]
        end = part.end()
    return timedelta(seconds=seconds) if end and end == len(text) else None


_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_YEAR: Final = 365 * _DAY


def format_duration(seconds: float) -> str:
    """Return a duration for people: `0.5s`, `42s`, `4m12s`, `8h02m`, `3d4h`, `61d`.

    Tenths below ten seconds, whole seconds above, never more than two units. Negative counts as zero.
    """
    if seconds < 9.95:  # noqa: PLR2004 - what would round to 10.0 is written whole
        return f"{max(seconds, 0.0):.1f}".removesuffix(".0") + "s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}m{whole % _MINUTE}s"
    if whole < _DAY:
        return f"{whole // _HOUR}h{whole % _HOUR // _MINUTE:02d}m"
    days, hours = whole // _DAY, whole % _DAY // _HOUR
    return f"{days}d{hours}h" if hours and days < 10 else f"{days}d"  # noqa: PLR2004 - hours mean nothing after ten days


def age(seconds: float) -> str:
    """Return an age as kubectl's AGE column writes it: `59s`, `3m20s`, `12m`, `5h`, `3d4h`, `2y31d`.

    The steps are those of apimachinery's `duration.HumanDuration`.
    """
    whole = int(max(seconds, 0))
    minutes, hours, days, years = whole // _MINUTE, whole // _HOUR, whole // _DAY, whole // _YEAR
    steps = (
        (2 * _MINUTE, f"{whole}s"),
        (10 * _MINUTE, _two(minutes, "m", whole % _MINUTE, "s")),
        (3 * _HOUR, f"{minutes}m"),
        (8 * _HOUR, _two(hours, "h", minutes % 60, "m")),
        (2 * _DAY, f"{hours}h"),
        (8 * _DAY, _two(days, "d", hours % 24, "h")),
        (2 * _YEAR, f"{days}d"),
        (8 * _YEAR, _two(years, "y", days % 365, "d")),
    )
    return next((text for limit, text in steps if whole < limit), f"{years}y")


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large}{large_unit}{small}{small_unit}" if small else f"{large}{large_unit}"


def parse_timestamp(text: str) -> datetime | None:
    """Return the aware UTC time that an RFC 3339 `text` writes, or None when it writes none."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.astimezone(UTC) if time.tzinfo else None


def format_timestamp(time: datetime) -> str:
    """Return `time` as RFC 3339 in UTC with milliseconds, `2026-11-22T16:05:03.412Z`."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


_SUFFIXES: Final = {
    **{suffix: Decimal(10) ** power for suffix, power in zip(("n", "u", "m", ""), (-9, -6, -3, 0), strict=True)},
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate("kMGTPE", start=1)},
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGTPE", start=1)},
}
_QUANTITY: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d{1,3})|([numkMGTPE]|[KMGTPE]i)?)")


def parse_quantity(text: str) -> Decimal | None:
    """Return the amount that a Kubernetes quantity writes (`1Gi`, `100m`, `1e3`), exactly, or None.

    The grammar is apimachinery's `resource.Quantity`; `1Gi` and `1024Mi` give equal amounts.
    """
    match = _QUANTITY.fullmatch(text)
    if match is None:
        return None
    number, exponent, suffix = match.groups()
    return Decimal(number + exponent) if exponent else Decimal(number) * _SUFFIXES[suffix or ""]
