"""Faults: failure on demand, in OpenStack's own words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ._control import Control, missing_is_deleted, segment
from ._durations import Time, duration

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The options of a fault that are durations: numbers are seconds there.
_DURATIONS = ("delay", "jitter", "retry_after")


@dataclass(frozen=True)
class Fault:
    """One rule for what goes wrong. As a context manager it is removed at the end."""

    control: Control
    #: The world's name.
    world: str
    id: str
    #: What goes wrong: ``error``, ``spawning``...
    kind: str

    def show(self) -> dict[str, Any]:
        """All that the server says of it."""
        shown: dict[str, Any] = self.control.call("GET", f"/faults/{segment(self.id)}", world=self.world)["fault"]
        return shown

    @property
    def matched(self) -> int:
        """How often something was what it is about."""
        return int(self.show()["matched"])

    @property
    def struck(self) -> int:
        """How often it struck."""
        return int(self.show()["struck"])

    def delete(self) -> None:
        """Removes it."""
        self.control.call("DELETE", f"/faults/{segment(self.id)}", world=self.world)

    def __enter__(self) -> Fault:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Whoever took the world back to what it was has removed the fault, too.
        with missing_is_deleted():
            self.delete()


class Faults:
    """The faults of one world."""

    def __init__(self, control: Control, world: str) -> None:
        self._control = control
        self._world = world

    def create(self, kind: str, **options: Time) -> Fault:
        """Makes a fault: ``create("error", status=503, service="compute", first=2)``.

        Kinds and options are in docs/FIXTURE.md; what is unknown is refused with the nearest name. Durations may be
        numbers of seconds.
        """
        wanted = {
            name: duration(value) if name in _DURATIONS or isinstance(value, timedelta) else value
            for name, value in options.items()
        }
        made = self._control.call("POST", "/faults", {"fault": {"kind": kind, **wanted}}, world=self._world)["fault"]
        return Fault(self._control, self._world, made["id"], made["kind"])

    def clear(self) -> None:
        """Removes all of them."""
        self._control.call("DELETE", "/faults", world=self._world)

    def __getitem__(self, id: str) -> Fault:
        shown = self._control.call("GET", f"/faults/{segment(id)}", world=self._world)["fault"]
        return Fault(self._control, self._world, shown["id"], shown["kind"])

    def __iter__(self) -> Iterator[Fault]:
        listed = self._control.call("GET", "/faults", world=self._world)["faults"]
        return iter([Fault(self._control, self._world, fault["id"], fault["kind"]) for fault in listed])
