"""Asking again what mends itself: a server that starts, or has too much to do (protocol 9.17)."""

import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

from crwatch.model.status import Failure, FailureKind
from crwatch.reflector.backoff import backoff_delay

_SECONDS: Final = 60.0
_TRIES_FOR_A_VERSION: Final = 3
"""Retries where the server has not reached a version: it may lag for a moment (protocol 9.4)."""
_LAG_SECONDS: Final = 1.0

Answer = TypeVar("Answer")


class Patience:
    """How long one-shot requests are repeated.

    Args:
        seconds: in all, from the first try of a request.
        on_wait: told what is waited for, and how many seconds.
        monotonic: a clock in seconds.
        sleep: waits for seconds.
        draw: gives jitter from [0, 1).
    """

    def __init__(
        self,
        seconds: float = _SECONDS,
        *,
        on_wait: Callable[[Failure, float], None] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._seconds = seconds
        self._on_wait = on_wait
        self._monotonic = monotonic
        self._sleep = sleep
        self._draw = draw

    def ask(self, attempt: Callable[[], Answer | Failure]) -> Answer | Failure:
        """Return the first answer that waiting cannot mend, or the last failure when the time is over."""
        until = self._monotonic() + self._seconds
        failures = 0
        while True:
            answer = attempt()
            if not isinstance(answer, Failure) or not answer.passes:
                return answer
            failures += 1
            if answer.kind == FailureKind.TOO_LARGE:
                wait = max(_LAG_SECONDS, answer.retry_after_seconds or 0.0)
                give_up = failures > _TRIES_FOR_A_VERSION
            else:
                wait = max(backoff_delay(failures, self._draw()), answer.retry_after_seconds or 0.0)
                give_up = False
            if give_up or self._monotonic() + wait > until:
                return answer
            if self._on_wait is not None:
                self._on_wait(answer, wait)
            self._sleep(wait)
