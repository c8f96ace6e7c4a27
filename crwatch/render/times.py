"""How the time of an observation is written (`--time`)."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Literal

from crwatch.values.scalars import age, format_timestamp

TimeStyle = Literal["clock", "full", "utc", "ago", "none"]


def _now() -> datetime:
    return datetime.now(UTC)


class Times:
    """Writes times as one word each.

    Args:
        style: `clock` is local `17:05:03.412`, `full` local with date and offset, `utc` RFC 3339 with `Z`, `ago` the
            age when it is written, `none` nothing.
        zone: the local time zone; None is the machine's.
        now: the clock that `ago` counts back from.
    """

    def __init__(self, style: TimeStyle, *, zone: tzinfo | None = None, now: Callable[[], datetime] = _now) -> None:
        self.style = style
        self.zone = zone
        self._now = now

    def write(self, time: datetime) -> str:
        """Return `time` as a word; empty for `none`."""
        match self.style:
            case "clock":
                local = time.astimezone(self.zone)
                return f"{local:%H:%M:%S}.{local.microsecond // 1000:03d}"
            case "full":
                return time.astimezone(self.zone).isoformat(timespec="milliseconds")
            case "utc":
                return format_timestamp(time)
            case "ago":
                return age((self._now() - time).total_seconds())
            case "none":
                return ""
