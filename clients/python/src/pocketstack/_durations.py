"""Durations and moments, as the cloud's control interface takes them."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta, timezone
from typing import Optional, Union

UTC = timezone.utc  # noqa: UP017  (Python 3.9 has no other name for it)

#: A duration as the cloud takes it (``"500ms"``, ``"30s"``, ``"5m"``, ``"1h"``), as Python has it, or in seconds.
Time = Union[str, timedelta, float]  # noqa: UP007  (evaluated, also by Python 3.9)

#: A moment as the cloud takes it (``"2026-01-01T00:00:00Z"``), or as Python has it, with a time zone.
Moment = Union[str, datetime]  # noqa: UP007

_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000}
_TEXT = re.compile(r"([0-9]{1,9})(ms|s|m|h)")


def duration(time: Time) -> str:
    """A duration's text. Texts are left to the cloud to judge; what it could not be told is a ValueError."""
    if isinstance(time, str):
        return time
    thousandths = _thousandths(time)
    unit = next(unit for unit in ("h", "m", "s", "ms") if thousandths % _UNITS[unit] == 0)
    if thousandths // _UNITS[unit] >= 10**9:
        raise ValueError(f"{time!r} is too long a duration to be told to the {'millisecond' if unit == 'ms' else unit}")
    return f"{thousandths // _UNITS[unit]}{unit}"


def seconds(time: Time) -> Optional[float]:  # noqa: UP045
    """How many seconds a duration has; ``None`` where the cloud will refuse it."""
    if not isinstance(time, str):
        return _thousandths(time) / 1000
    read = _TEXT.fullmatch(time)
    return int(read[1]) * _UNITS[read[2]] / 1000 if read else None


def moment(time: Moment) -> str:
    """A moment's text."""
    if isinstance(time, str):
        return time
    if not isinstance(time, datetime):
        raise TypeError(f"{time!r} is no moment: expected a text such as '2026-01-01T00:00:00Z', or a datetime")
    if time.tzinfo is None:
        raise ValueError(f"{time!r} needs a time zone, such as datetime.timezone.utc")
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _thousandths(time: timedelta | float) -> int:
    """Milliseconds, to which the cloud counts; of what is shorter than one, one."""
    if isinstance(time, timedelta):
        exact = time / timedelta(milliseconds=1)
    elif isinstance(time, (int, float)) and not isinstance(time, bool):
        exact = time * 1000.0
    else:
        raise TypeError(f"{time!r} is no duration: expected a text such as '30s', seconds, or a timedelta")
    if not (math.isfinite(exact) and exact >= 0):
        raise ValueError(f"{time!r} is no duration: expected 0 or more seconds")
    return max(round(exact), 1) if exact else 0
