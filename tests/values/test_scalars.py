"""Sameness, durations, times, quantities."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crwatch.values.scalars import (
    MISSING,
    Json,
    age,
    format_duration,
    format_timestamp,
    parse_duration,
    parse_quantity,
    parse_timestamp,
    same,
)
from tests.strategies import few_scalars, values


@given(values)
def test_a_value_is_the_same_as_its_copy(value: Json) -> None:
    """Through JSON and back."""
    assert same(value, msgspec.json.decode(msgspec.json.encode(value)))


@given(few_scalars, few_scalars)
def test_scalars_are_the_same_by_type_and_value(a: Json, b: Json) -> None:
    """At any depth."""
    expected = type(a) is type(b) and a == b
    assert same(a, b) == same([a], [b]) == same({"x": [a]}, {"x": [b]}) == expected


def test_null_is_no_absence_and_order_counts_in_lists_only() -> None:
    """Same number of keys, too."""
    assert not same({"a": None}, {})
    assert not same({"a": None}, {"b": None})
    assert not same(MISSING, None)
    assert same({"a": 1, "b": 2}, {"b": 2, "a": 1})
    assert not same([1, 2], [2, 1])


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10m", 600), ("1h30m", 5400), ("1.5s", 1.5), ("2d", 172_800), ("1w", 604_800), ("500ms", 0.5), ("3us", 3e-6)],
)
def test_durations_are_read_as_go_reads_them(text: str, seconds: float) -> None:
    """And days and weeks besides."""
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "10", "-1s", "1s ", "s", "1x", "1h 30m", "1.s", "١s "])
def test_what_is_no_duration_is_none(text: str) -> None:
    """A bare number has no unit: it is a resource version."""
    assert parse_duration(text) is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (-1, "0s"),
        (0.5, "0.5s"),
        (9.94, "9.9s"),
        (9.96, "10s"),
        (59.6, "1m0s"),
        (252, "4m12s"),
        (28_920, "8h02m"),
        (273_600, "3d4h"),
        (61 * 86_400 + 3600, "61d"),
    ],
)
def test_durations_for_people_have_two_units_at_most(seconds: float, text: str) -> None:
    """Tenths below ten seconds only."""
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (200, "3m20s"),
        (600, "10m"),
        (10_799, "179m"),
        (10_800, "3h"),
        (12_600, "3h30m"),
        (28_800, "8h"),
        (172_799, "47h"),
        (172_800, "2d"),
        (180_000, "2d2h"),
        (691_200, "8d"),
        (2 * 31_536_000, "2y"),
        (2 * 31_536_000 + 86_400, "2y1d"),
        (8 * 31_536_000, "8y"),
    ],
)
def test_ages_are_kubectls(seconds: float, text: str) -> None:
    """Step by step those of apimachinery's `HumanDuration`."""
    assert age(seconds) == text


def test_times_are_read_in_any_zone_and_written_in_utc() -> None:
    """Without a zone it is no time."""
    time = parse_timestamp("2026-11-22T17:05:03.412+01:00")
    assert time == datetime(2026, 11, 22, 16, 5, 3, 412_000, tzinfo=UTC)
    assert format_timestamp(time) == "2026-11-22T16:05:03.412Z"
    assert parse_timestamp("2026-11-22T17:05:03") is None
    assert parse_timestamp("yesterday") is None


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_written_time_reads_back_to_the_millisecond(time: datetime) -> None:
    """Nothing finer is promised."""
    assert parse_timestamp(format_timestamp(time)) == time.replace(microsecond=time.microsecond // 1000 * 1000)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1Gi", "1073741824"),
        ("1024Mi", "1073741824"),
        ("100m", "0.1"),
        ("1e3", "1000"),
        ("1E", "1e18"),
        ("12E2", "1200"),
        ("-.5", "-0.5"),
        ("3n", "3e-9"),
        ("0.5Ki", "512"),
    ],
)
def test_quantities_are_exact(text: str, amount: str) -> None:
    """`1Gi` and `1024Mi` are equal amounts."""
    assert parse_quantity(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "1gi", "Gi", "1 Gi", "1e", "1K", "1.2.3", "0x1", "1e9999"])
def test_what_is_no_quantity_is_none(text: str) -> None:
    """A capital K is none of the suffixes."""
    assert parse_quantity(text) is None
