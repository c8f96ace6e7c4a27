"""The machine's real clocks."""

import time
from datetime import UTC, datetime
from threading import Event


class SystemClock:
    """Time as the operating system has it; the `Clock` of everything but tests."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()

    def now(self) -> datetime:
        """Return the wall time, aware, in UTC."""
        return datetime.now(UTC)

    def wait(self, stopping: Event, seconds: float) -> None:
        """Return after `seconds`, or as soon as `stopping` is set."""
        stopping.wait(seconds)
