"""The clock of a world."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ._control import LONG_PATIENCE, Control
from ._durations import UTC, Moment, Time, duration, moment


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
        now: str = self._show()["now"]
        return datetime.fromisoformat(now.removesuffix("Z")).replace(tzinfo=UTC)

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

    def stop(self, now: Moment | None = None) -> None:
        """Stops it, where it is or at a moment."""
        self._set(mode="stopped", now=now)

    def pace(self, rate: float, now: Moment | None = None) -> None:
        """Lets it go ``rate`` seconds in each of the machine's."""
        self._set(mode="paced", rate=rate, now=now)

    def resume(self) -> None:
        """Lets it go with the machine's again."""
        self._set(mode="real")

    def advance(self, time: Time) -> None:
        """Moves it forward while it stands: ``"90s"``, ``90``, ``timedelta(seconds=90)``.

        What is due on the way happens, each at its own moment.
        """
        self._advance(by=duration(time))

    def advance_until_idle(self, *, within: Time = "24h") -> None:
        """Moves it to the moment when nothing is to come any more."""
        self._advance(until="idle", within=duration(within))

    def advance_until(self, resource: str, name_or_id: str, status: str, *, within: Time = "24h") -> None:
        """Moves it to the moment when a resource has a status; a ControlError says why it never will.

        For example ``advance_until("server", "web", "ACTIVE")``.
        """
        self._advance(until={"resource": resource, "id": name_or_id, "status": status}, within=duration(within))

    def _show(self) -> Any:
        return self._control.call("GET", "/clock", world=self._world)["clock"]

    def _set(self, *, now: Moment | None = None, **setting: Any) -> None:
        if now is not None:
            setting["now"] = moment(now)
        self._control.call("PUT", "/clock", {"clock": setting}, world=self._world, patience=LONG_PATIENCE)

    def _advance(self, **advance: Any) -> None:
        self._control.call("POST", "/clock/advance", {"advance": advance}, world=self._world, patience=LONG_PATIENCE)
