"""How long to wait before the next try. Pure: the driver makes the draws."""

from typing import Final

FIRST_SECONDS: Final = 0.8
LONGEST_SECONDS: Final = 30.0
RESET_SECONDS: Final = 120.0
"""After this long without a failure the next one counts as the first. All three are client-go's."""


def backoff_delay(failures: int, jitter: float) -> float:
    """Return how long to wait before the next request, in seconds (0.0 to below 60.0).

    0.8 s, doubled up to 30 s, and up to as much again as jitter: crwatch is no heavier on a sick server than a
    controller is.

    Args:
        failures: consecutive failures so far; with 0 the answer is 0.0.
        jitter: a draw from [0, 1).
    """
    if failures == 0:
        return 0.0
    return min(FIRST_SECONDS * 2.0 ** min(failures - 1, 16), LONGEST_SECONDS) * (1.0 + jitter)


def watch_timeout(jitter: float) -> int:
    """Return for how long to ask a watch for, in whole seconds (300 to 600), so that watches do not end together.

    Args:
        jitter: a draw from [0, 1).
    """
    return 300 + int(301 * jitter)
