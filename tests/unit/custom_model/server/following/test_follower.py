"""What the follower prepares, reports and tries again, with a registry and versions that do as they are told."""

from threading import Event

import pytest

from custom_model.server.following import follower as module
from custom_model.server.following.alias import Pointed, RegistryDown
from custom_model.server.following.follower import Follower
from custom_model.server.following.problems import Refused, Unreachable
from custom_model.server.following.release import Release

ONE, TWO, THREE = (Pointed(number, 1_000 * int(number)) for number in "123")
SECONDS = 10.0


class World:
    """The registry, the preparation and the status of one follower; the clock stands still until it is moved."""

    def __init__(self, folder):
        self.folder = folder
        self.points_to: Pointed | None = ONE
        self.errors: dict[Pointed, Exception] = {}
        self.prepared: list[str] = []
        self.reported: list[tuple] = []
        self.moves: dict[Pointed, Pointed] = {}  # of the alias, while a version is prepared
        self.now = 0.0

    def ask(self) -> Pointed:
        if self.points_to is None:
            raise RegistryDown("no answer")
        return self.points_to

    def prepare(self, pointed: Pointed) -> Release:
        self.prepared.append(pointed.version)
        if pointed in self.errors:
            raise self.errors[pointed]
        self.points_to = self.moves.get(pointed, self.points_to)
        folder = self.folder / f"{pointed.version}-{len(self.prepared)}"
        folder.mkdir()
        return Release(f"m/{pointed.version}", folder=folder, pointed=pointed)

    def follows(self, version):
        self.reported.append(("follows", version))

    def fails(self, cause, problem, version=None):
        self.reported.append((cause, problem))

    def remains(self, problem, version=None):
        self.reported.append(("remains", problem))

    def took_over(self, label, former):
        self.reported.append(("took over", label, former))


@pytest.fixture
def world(tmp_path, monkeypatch) -> World:
    world = World(tmp_path)
    monkeypatch.setattr(module, "monotonic", lambda: world.now)
    return world


@pytest.fixture
def follower(world) -> Follower:
    return Follower(world, world.prepare, Release("m/1"), world, SECONDS, Event())


def test_the_version_that_the_server_started_with_is_not_prepared_again(world, follower):
    follower.follow()

    assert world.prepared == []
    assert world.reported == [("follows", "1")]


def test_a_version_that_is_registered_again_under_the_same_number_is_another(world, follower):
    follower.follow()
    world.points_to = Pointed("1", 5_000)
    follower.follow()

    assert world.prepared == ["1"]


def test_a_proven_version_is_taken_once(world, follower):
    world.points_to = TWO
    follower.follow()
    follower.follow()
    release, again = follower.take(), follower.take()
    follower.settled(release)
    follower.follow()

    assert world.prepared == ["2"]
    assert (release.label, again) == ("m/2", None)
    assert ("took over", "m/2", "m/1") in world.reported


def test_a_refused_version_is_tried_again_only_after_the_alias_has_moved(world, follower):
    world.points_to, world.errors = TWO, {TWO: Refused("it answers otherwise")}
    follower.follow()
    world.now = 1e9
    follower.follow()
    world.points_to = ONE
    follower.follow()
    world.points_to = TWO
    follower.follow()

    assert world.prepared == ["2", "2"]
    assert world.reported == [
        ("version", "version 2: it answers otherwise"),
        ("remains", "version 2: it answers otherwise"),
        ("follows", "1"),
        ("version", "version 2: it answers otherwise"),
    ]


def test_a_version_that_fails_in_a_way_that_nobody_expected_is_not_downloaded_at_every_question(
    world, follower, caplog
):
    world.points_to, world.errors = TWO, {TWO: RecursionError("too deep")}
    for second in range(0, 100, 5):
        world.now = float(second)
        follower.follow()

    assert world.prepared == ["2"] * 4
    assert world.reported[0] == ("version", "version 2: a fault of the server: its log has the trace")
    assert "too deep" in caplog.text


def test_a_version_that_cannot_be_reached_is_tried_again_ever_less_often(world, follower):
    world.points_to, world.errors = TWO, {TWO: Unreachable("no artifacts")}
    tried_at = []
    for second in range(0, 1_000, 5):
        world.now = float(second)
        before = len(world.prepared)
        follower.follow()
        if len(world.prepared) > before:
            tried_at.append(second)
    world.errors, world.now = {}, 1e9
    follower.follow()

    assert tried_at == [0, 10, 30, 70, 150, 310, 610, 910]
    assert follower.take().label == "m/2"


def test_a_registry_that_is_down_changes_nothing_and_a_refusal_is_reported_again_after_it(world, follower):
    world.points_to, world.errors = TWO, {TWO: Refused("it is wrong")}
    follower.follow()
    world.points_to = None
    follower.follow()
    world.points_to = TWO
    follower.follow()

    assert world.prepared == ["2"]
    assert world.reported[1:] == [("registry", "no answer"), ("remains", "version 2: it is wrong")]
    assert follower.take() is None


def test_a_version_that_the_alias_has_left_while_it_was_proven_is_dropped(world, follower):
    world.points_to, world.moves = TWO, {TWO: THREE}
    follower.follow()

    assert follower.take() is None
    assert list(world.folder.iterdir()) == []
    follower.follow()
    assert follower.take().label == "m/3"


def test_of_two_proven_versions_the_last_one_is_taken_and_the_folder_of_the_first_removed(world, follower):
    world.points_to = TWO
    follower.follow()
    world.points_to = THREE
    follower.follow()
    release = follower.take()

    assert release.label == "m/3"
    assert list(world.folder.iterdir()) == [release.folder]


def test_workers_that_do_not_start_refuse_their_version_until_the_alias_moves(world, follower):
    follower.follow()
    world.points_to = TWO
    follower.follow()
    follower.refused(follower.take(), "its worker died")
    follower.follow()

    assert world.prepared == ["2"]
    assert world.reported[-2:] == [
        ("version", "version 2: its worker died"),
        ("remains", "version 2: its worker died"),
    ]
    world.points_to = ONE
    follower.follow()
    assert world.prepared == ["2"]
    assert world.reported[-1] == ("follows", "1")


def test_workers_that_refuse_a_version_while_the_registry_is_asked_are_not_forgotten(world, follower, monkeypatch):
    world.points_to = TWO
    follower.follow()
    release, decides = follower.take(), follower._decides

    def refused_meanwhile(pointed):
        answer = decides(pointed)
        follower.refused(release, "its worker died")
        return answer

    monkeypatch.setattr(follower, "_decides", refused_meanwhile)
    follower.follow()
    monkeypatch.setattr(follower, "_decides", decides)
    world.now = 20.0
    follower.follow()

    assert world.prepared == ["2"]
    assert world.reported[-1] == ("remains", "version 2: its worker died")


def test_a_rollback_in_the_middle_of_a_change_is_a_change(world, follower):
    follower.follow()
    world.points_to = TWO
    follower.follow()
    follower.take()  # its workers are being started
    world.points_to = ONE
    follower.follow()

    assert follower.take().label == "m/1"


def test_a_registry_that_does_not_answer_is_reported_while_it_is_waited_for(world, follower):
    follower._asked_at = 0.0
    world.now = 31.0
    follower.take()
    world.now = 40.0
    follower.take()

    assert world.reported == [("registry", "the registry has not answered for 30 s")]
