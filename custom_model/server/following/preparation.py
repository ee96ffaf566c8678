"""The preparation of a version: downloaded into a folder of its own, and proven."""

from itertools import count
from pathlib import Path
from threading import Event

from uvicorn import Config
from yaml import YAMLError

from custom_model.server.following.alias import Alias, Pointed
from custom_model.server.following.download import download
from custom_model.server.following.follower import Follower
from custom_model.server.following.problems import Refused, Unreachable
from custom_model.server.following.proof import prove
from custom_model.server.following.release import Release, remove
from custom_model.server.following.status import Status


def follower_of(alias: Alias, seconds: float, served: Release, config: Config, shared: Path) -> Follower:
    """The follower of this alias for a server with this configuration, whose workers share this folder."""
    ends, numbers = Event(), count(1)

    def prepare(pointed: Pointed) -> Release:
        folder = shared / f"model-{pointed.version}-{next(numbers)}"
        release = Release(folder=folder)
        try:
            model = download(alias, pointed, folder, ends)
            release = _release(model, folder, pointed)
            prove(release, config, shared / "proof", ends)
        except BaseException as error:
            remove(release)
            if isinstance(error, OSError):  # a full disk, too many processes
                raise Unreachable(f"it cannot be prepared ({error.strerror})") from None
            raise
        return release

    name, _, version = served.label.rpartition("/")
    status = Status(alias, shared, version if name == alias.model else None)
    return Follower(alias, prepare, served, status, seconds, ends)


def _release(model: Path, folder: Path, pointed: Pointed) -> Release:
    try:
        return Release.of(model, folder, pointed)
    except ValueError as error:
        raise Refused(str(error)) from None
    except (YAMLError, AttributeError):
        raise Refused("its MLmodel cannot be read") from None
