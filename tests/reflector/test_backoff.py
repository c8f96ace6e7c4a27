"""The waits are client-go's."""

import pytest

from crwatch.reflector.backoff import backoff_delay, watch_timeout


@pytest.mark.parametrize(
    ("failures", "jitter", "seconds"),
    [(0, 0.9, 0.0), (1, 0.0, 0.8), (2, 0.0, 1.6), (1, 0.5, 1.2), (6, 0.0, 25.6), (7, 0.0, 30.0), (1000, 0.0, 30.0)],
)
def test_a_delay_doubles_up_to_thirty_seconds(failures: int, jitter: float, seconds: float) -> None:
    """And jitter adds up to as much again."""
    assert backoff_delay(failures, jitter) == pytest.approx(seconds)


def test_watches_are_asked_for_five_to_ten_minutes() -> None:
    """So that they do not end together."""
    assert (watch_timeout(0.0), watch_timeout(0.999_999)) == (300, 600)
