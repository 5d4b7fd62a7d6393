"""The clock of a world."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, Union

from ._control import Control

_UTC = timezone.utc  # noqa: UP017  (Python 3.9 has no other name for it)

#: A time as the cloud takes it (``"30s"``, ``"500ms"``, ``"5m"``, ``"1h"``), or as Python has it.
Time = Union[str, timedelta]  # noqa: UP007  (evaluated, also by Python 3.9)


class Clock:
    """The clock of one world: it goes with the machine's, faster or slower, or stands and is moved by hand."""

    def __init__(self, control: Control, world: str) -> None:
        self._control = control
        self._world = world

    def __repr__(self) -> str:
        return f"<Clock of {self._world}: {self.mode}, {self.now.isoformat()}>"

    @property
    def now(self) -> datetime:
        """What it shows, in UTC."""
        moment: str = self._show()["now"]
        return datetime.fromisoformat(moment.removesuffix("Z")).replace(tzinfo=_UTC)

    @property
    def mode(self) -> str:
        """``"real"``, ``"paced"`` or ``"stopped"``."""
        mode: str = self._show()["mode"]
        return mode

    @property
    def pending(self) -> int:
        """How many changes are still to come."""
        pending: int = self._show()["pending"]
        return pending

    def stop(self, now: datetime | str | None = None) -> None:
        """Stops it, where it is or at a moment."""
        self._set(mode="stopped", now=_moment(now))

    def pace(self, rate: float, now: datetime | str | None = None) -> None:
        """Lets it go ``rate`` seconds in each of the machine's."""
        self._set(mode="paced", rate=rate, now=_moment(now))

    def resume(self) -> None:
        """Lets it go with the machine's again."""
        self._set(mode="real")

    def advance(self, time: Time) -> None:
        """Moves it forward while it stands. What is due on the way happens, each at its own moment."""
        self._advance(by=_time(time))

    def advance_until_idle(self, *, within: Time = "24h") -> None:
        """Moves it to the moment when nothing is to come any more."""
        self._advance(until="idle", within=_time(within))

    def advance_until(self, resource: str, name_or_id: str, status: str, *, within: Time = "24h") -> None:
        """Moves it to the moment when a resource has a status; a ControlError says why it never will.

        For example ``advance_until("server", "web", "ACTIVE")``.
        """
        self._advance(until={"resource": resource, "id": name_or_id, "status": status}, within=_time(within))

    def _show(self) -> Any:
        return self._control.call("GET", "/clock", world=self._world)["clock"]

    def _set(self, **setting: Any) -> None:
        setting = {key: value for key, value in setting.items() if value is not None}
        self._control.call("PUT", "/clock", {"clock": setting}, world=self._world)

    def _advance(self, **advance: Any) -> None:
        self._control.call("POST", "/clock/advance", {"advance": advance}, world=self._world)


def _time(time: Time) -> str:
    return time if isinstance(time, str) else f"{round(time / timedelta(milliseconds=1))}ms"


def _moment(moment: datetime | str | None) -> str | None:
    if moment is None or isinstance(moment, str):
        return moment
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone, such as datetime.timezone.utc")
    return moment.astimezone(_UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
