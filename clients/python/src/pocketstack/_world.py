"""Worlds: whole clouds of their own inside one process."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from ._clock import Clock
from ._control import LONG_PATIENCE, MARGIN, Control, ControlError, missing_is_deleted, segment
from ._durations import Moment, Time, duration, moment, seconds
from ._faults import Faults
from ._leaks import Leak, Mark, leaks, mark

if TYPE_CHECKING:
    from collections.abc import Iterator

    import openstack.connection


#: How many seconds at a time a call waits for a status.
_TURN = 1.0


@dataclass(frozen=True)
class Snapshot:
    """All that a world held at one moment."""

    control: Control
    name: str
    #: The world it was taken of.
    world: str
    #: How many bytes its rows and images have; images share theirs with the world.
    bytes: int
    #: The world that it belongs to, and ends with; ``None`` for one that is kept.
    owner: str | None = None

    def delete(self) -> None:
        """Forgets it; worlds made from it stay."""
        self.control.call("DELETE", f"/snapshots/{segment(self.name)}", world=self.owner)


class World:
    """One world. As a context manager it is deleted at the end."""

    def __init__(self, control: Control, name: str, password: str = "secret", region: str = "RegionOne") -> None:
        self.control = control
        self.name = name
        #: What goes wrong in it: ``faults.create("error", status=503)``, ``faults.clear()``, and all by iteration.
        self.faults = Faults(control, name)
        self._password = password
        self._region = region
        #: How its time goes: ``world.clock.stop()``, ``world.clock.advance("30s")``.
        self.clock = Clock(control, name)

    def __repr__(self) -> str:
        return f"<World {self.name} at {self.auth_url}>"

    def __enter__(self) -> World:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with missing_is_deleted():
            self.delete()

    # How clients find it

    @property
    def url(self) -> str:
        """What every address of the world begins with."""
        return f"{self.control.url}/worlds/{segment(self.name)}"

    @property
    def auth_url(self) -> str:
        """The address of Keystone, for ``OS_AUTH_URL``."""
        return f"{self.url}/identity/v3"

    def auth(self, user: str = "demo", project: str | None = None, password: str | None = None) -> dict[str, str]:
        """What keystoneauth's password plugin takes."""
        return {
            "auth_url": self.auth_url,
            "username": user,
            "password": password or self._password,
            "project_name": project or user,
            "user_domain_name": "Default",
            "project_domain_name": "Default",
        }

    def environment(
        self, user: str = "demo", project: str | None = None, password: str | None = None
    ) -> dict[str, str]:
        """The variables that OpenStack's command-line clients read."""
        variables = {f"OS_{key.upper()}": value for key, value in self.auth(user, project, password).items()}
        variables |= {
            "OS_REGION_NAME": self._region,
            "OS_INTERFACE": "public",
            "OS_IDENTITY_API_VERSION": "3",
        }
        return variables | {f"OS_{key.upper()}": str(value) for key, value in self._trust().items()}

    def clouds_yaml(
        self,
        user: str = "demo",
        project: str | None = None,
        name: str = "pocketstack",
        *,
        password: str | None = None,
    ) -> str:
        """The text of a ``clouds.yaml`` with this world as the cloud ``name``."""
        lines = ["clouds:", f"  {_quoted(name)}:", "    auth:"]
        lines += [f"      {key}: {_quoted(value)}" for key, value in self.auth(user, project, password).items()]
        lines += [f"    region_name: {_quoted(self._region)}", "    interface: public", '    identity_api_version: "3"']
        lines += [f"    {key}: {json.dumps(value)}" for key, value in self._trust().items()]
        return "\n".join(lines) + "\n"

    def connection(
        self, user: str = "demo", project: str | None = None, *, password: str | None = None, **options: Any
    ) -> openstack.connection.Connection:
        """A connection of openstacksdk, which has to be installed; further options are its own."""
        import openstack.connection

        usual = {"region_name": self._region, "identity_interface": "public", **self._trust()}
        return openstack.connection.Connection(auth=self.auth(user, project, password), **{**usual, **options})

    def _trust(self) -> dict[str, str | bool]:
        """What clients need to know of the cloud's certificate, where that was said; by OpenStack's names."""
        if self.control.verify is True:
            return {}
        return {"insecure": True} if self.control.verify is False else {"cacert": self.control.verify}

    # What can be done with it

    def fork(self, name: str | None = None, *, keep: bool = False, **options: Any) -> World:
        """A new world that begins with all that this one holds now. Options as for ``Worlds.create``.

        It ends with this one, unless it is to be kept.
        """
        worlds = Worlds(self.control, self._password, self._region)
        return worlds.create(name, from_world=self.name, owner=None if keep else self.name, **options)

    def snapshot(self, name: str | None = None, *, keep: bool = False) -> Snapshot:
        """Saves all that the world holds, while it serves.

        The snapshot ends with the world, and its name is the world's own, unless it is to be kept: then it is one of
        the cloud's, for all worlds.
        """
        wanted = {"snapshot": {"name": name, "world": self.name, "keep": keep}}
        made = self.control.call("POST", "/snapshots", wanted, world=self.name, patience=LONG_PATIENCE)["snapshot"]
        return Snapshot(self.control, made["name"], made["world"], made["bytes"], made["owner"])

    def restore(self, snapshot: Snapshot | str) -> None:
        """Takes the world to what a snapshot holds."""
        name, viewer = _seen(snapshot, self.name)
        wanted = {"restore": {"world": self.name}}
        path = f"/snapshots/{segment(name)}/restore"
        self.control.call("POST", path, wanted, world=viewer, patience=LONG_PATIENCE)

    def mark(self, name: str | None = None) -> Mark:
        """Marks this moment, to find out later what was made since: ``world.leaks()``."""
        return mark(self.control, self.name, name)

    def leaks(self, since: Mark | str | None = None) -> list[Leak]:
        """What was made since a mark, by default the latest, and is still there."""
        return leaks(self.control, self.name, since.name if isinstance(since, Mark) else since)

    def difference(self, snapshot: Snapshot | str, other: Snapshot | str | None = None) -> dict[str, Any]:
        """What was ``created``, ``changed`` and ``deleted`` between a snapshot and now, or another snapshot."""
        names = [taken if isinstance(taken, str) else taken.name for taken in (snapshot, other) if taken is not None]
        query = f"?{urlencode({'with': names[1]})}" if len(names) > 1 else ""
        path = f"/snapshots/{segment(names[0])}/difference{query}"
        difference: dict[str, Any] = self.control.call("GET", path, world=self.name, patience=LONG_PATIENCE)[
            "difference"
        ]
        return difference

    def journal(self, *, since: Moment | None = None, **filters: str | int) -> list[dict[str, Any]]:
        """The last requests, the oldest first: ``journal(status="4xx", limit=5)``."""
        if "follow" in filters:
            raise TypeError("journal() gives what there is; `pocketstack journal --follow` shows what comes")
        if since is not None:
            filters["since"] = moment(since)
        query = f"?{urlencode(filters)}" if filters else ""
        entries: list[dict[str, Any]] = self.control.call("GET", f"/journal{query}", world=self.name)["journal"]
        return entries

    def why(self, request_id: str | None = None) -> dict[str, Any]:
        """Why a request was refused, by its id, else the latest refusal: ``why()["explanation"]``."""
        path = f"/why/{segment(request_id)}" if request_id else "/why"
        why: dict[str, Any] = self.control.call("GET", path, world=self.name)["why"]
        return why

    def wait(self, resource: str, name_or_id: str, status: str, *, timeout: Time = "60s") -> None:
        """Returns when a resource has a status; a ControlError says that it failed (409) or took too long (408).

        The resource is a ``server``, an ``image`` or a ``task``; ``timeout`` (``"30s"``, or
        seconds) is by the machine's clock.
        """
        goal = {"resource": resource, "id": name_or_id, "status": status, "timeout": duration(timeout)}
        end = time.monotonic() + (seconds(timeout) or 0)
        while True:
            # In turns: the cloud does not see that a call was interrupted, and a world that ends waits for its calls.
            left = end - time.monotonic()
            if left > _TURN:
                goal["timeout"] = duration(_TURN)
            try:
                self.control.call("POST", "/wait", {"wait": goal}, world=self.name, patience=_TURN + MARGIN)
                return
            except ControlError as error:
                left = end - time.monotonic()
                if error.status != 408 or left <= 0:
                    raise
                goal["timeout"] = duration(left)

    def reset(self) -> None:
        """Takes the world back to what it was made from."""
        self.control.call("POST", f"/worlds/{segment(self.name)}/reset", patience=LONG_PATIENCE)

    def delete(self) -> None:
        """Ends the world and removes all that it holds."""
        self.control.call("DELETE", f"/worlds/{segment(self.name)}", patience=LONG_PATIENCE)


class Worlds:
    """The worlds of one cloud."""

    def __init__(self, control: Control, password: str = "secret", region: str = "RegionOne") -> None:
        self._control = control
        self._password = password
        self._region = region

    def create(
        self,
        name: str | None = None,
        *,
        from_world: World | str | None = None,
        from_snapshot: Snapshot | str | None = None,
        empty: bool = False,
        seed: int | None = None,
        storage: str | None = None,
        time_to_live: Time | None = None,
        stopped_at: Moment | None = None,
        owner: World | str | None = None,
    ) -> World:
        """Makes a world: seeded from the configuration, empty, or with all that another world or a snapshot holds.

        With a ``seed`` every run makes the same ids. ``time_to_live`` (``"5m"``, or seconds) deletes it by itself.
        ``stopped_at`` (``"2026-01-01T00:00:00Z"``, or a datetime) is where its clock stands until it is
        moved. ``owner`` is the world that it ends with.
        """
        if sum([from_world is not None, from_snapshot is not None, empty]) > 1:
            raise ValueError("a world begins with one of from_world, from_snapshot and empty, not with several")
        owner = _name(owner)
        viewer = owner
        source: dict[str, Any] | None = None
        if from_world is not None:
            source = {"world": _name(from_world)}
        elif from_snapshot is not None:
            snapshot, viewer = _seen(from_snapshot, owner)
            source = {"snapshot": snapshot}
        elif empty:
            source = {"empty": True}
        wanted: dict[str, Any] = {
            "name": name,
            "from": source,
            "seed": seed,
            "storage": storage,
            "time_to_live": None if time_to_live is None else duration(time_to_live),
            "clock": None if stopped_at is None else {"mode": "stopped", "now": moment(stopped_at)},
        }
        wanted = {key: value for key, value in wanted.items() if value is not None}
        wanted["keep"] = owner is None
        made = self._control.call("POST", "/worlds", {"world": wanted}, world=viewer, patience=LONG_PATIENCE)["world"]
        return self[made["name"]]

    def __getitem__(self, name: str) -> World:
        return World(self._control, name, self._password, self._region)

    def __iter__(self) -> Iterator[World]:
        return iter([self[world["name"]] for world in self._control.call("GET", "/worlds")["worlds"]])


def _name(world: World | str | None) -> str | None:
    return world.name if isinstance(world, World) else world


def _seen(snapshot: Snapshot | str, viewer: str | None) -> tuple[str, str | None]:
    """A snapshot's name, and a world that means it by that name."""
    return (snapshot, viewer) if isinstance(snapshot, str) else (snapshot.name, snapshot.owner)


def _quoted(text: str) -> str:
    """A text in double quotes for YAML, of which JSON's strings are a part."""
    return json.dumps(text)
