"""Leaks: what was made since a mark and is still there."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlencode

from ._control import Control, segment


@dataclass(frozen=True)
class Leak:
    """One resource that was left behind."""

    #: The service's type: ``compute``.
    service: str
    #: What it is: ``server``, ``keypair``, ``role_assignment``...
    resource: str
    id: str
    name: str | None
    #: The ids of the project and the user that it belongs to, where it does.
    project: str | None
    user: str | None
    created_at: str | None
    #: The request that made it, as long as the journal knows it.
    request_id: str | None

    def __str__(self) -> str:
        name = f" ({self.name})" if self.name and self.name != self.id else ""
        made = f", made by {self.request_id}" if self.request_id else ""
        return f"{self.service} {self.resource} {self.id}{name}{made}"


@dataclass(frozen=True)
class Mark:
    """A moment in the life of a world. A reset or a restore of the world forgets it."""

    control: Control
    #: The world's name.
    world: str
    name: str
    #: By the world's clock.
    created_at: str

    def leaks(self) -> list[Leak]:
        """What was made since and is still there."""
        return leaks(self.control, self.world, self.name)

    def delete(self) -> None:
        """Forgets it."""
        self.control.call("DELETE", f"/marks/{segment(self.name)}", world=self.world)


def mark(control: Control, world: str, name: str | None) -> Mark:
    """Marks the moment, under a name or one that it gets."""
    wanted: dict[str, Any] = {} if name is None else {"name": name}
    made = control.call("POST", "/marks", {"mark": wanted}, world=world)["mark"]
    return Mark(control, world, made["name"], made["created_at"])


def leaks(control: Control, world: str, mark: str | None) -> list[Leak]:
    """What was made since a mark, by default the latest."""
    query = f"?{urlencode({'mark': mark})}" if mark is not None else ""
    listed = control.call("GET", f"/leaks{query}", world=world)["leaks"]
    return [Leak(**{field.name: leak.get(field.name) for field in fields(Leak)}) for leak in listed]
