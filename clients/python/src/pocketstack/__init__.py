"""An OpenStack cloud in one process, for tests.

    with pocketstack.cloud() as cloud:
        connection = cloud.connection()           # openstacksdk, where it is installed
        connection.compute.create_keypair(name="mine")

A cloud holds worlds, each a whole cloud of its own: ``cloud.world`` is the first, ``cloud.worlds`` makes, forks and
ends others in milliseconds. In pytest the fixture ``pocketstack`` is such a world, one for each test.
"""

from ._clock import Clock
from ._control import ControlError
from ._faults import Fault, Faults
from ._leaks import Leak, Mark
from ._server import Cloud, attach, cloud
from ._world import Snapshot, World, Worlds

__all__ = [
    "Clock",
    "Cloud",
    "ControlError",
    "Fault",
    "Faults",
    "Leak",
    "Mark",
    "Snapshot",
    "World",
    "Worlds",
    "attach",
    "cloud",
]
