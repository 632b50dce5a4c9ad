"""Sound for many visitors: in turn, short before long, again when it failed, and not too much kept."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any

import pytest

from dashboard import loaders
from dashboard.loaders.background import LONGEST_PAUSE, SHORTEST_PAUSE, Repeated
from dashboard.loaders.recent import Recent
from dashboard.loaders.turns import PASSES, Callers, Turns
from songrnn.errors import AudioError, ScoreError, SongRNNError
from songrnn.notation.audio import Audio


class Kitchen:
    """Turns whose work ends when a test says so, and in which order it began."""

    def __init__(self, workers: int) -> None:
        self.turns = Turns(workers, "test")
        self.began: list[str] = []
        self._may_end: dict[str, threading.Event] = {}
        self._jobs: dict[str, Future[str]] = {}
        self._change = threading.Condition()

    def ask(self, name: str, asker: Hashable, *, is_long: bool = False) -> None:
        may_end = self._may_end[name] = threading.Event()

        def work() -> str:
            with self._change:
                self.began.append(name)
                self._change.notify_all()
            assert may_end.wait(60)
            return name

        self._jobs[name] = self.turns.submit(work, asker=asker, is_long=is_long)

    def wait_for(self, begun: int) -> None:
        with self._change:
            assert self._change.wait_for(lambda: len(self.began) >= begun, 60)

    def end(self, name: str) -> None:
        self._may_end[name].set()
        assert self._jobs[name].result(60) == name

    def end_all_in_turn(self) -> None:
        for done in range(len(self._jobs)):
            self.wait_for(done + 1)
            self.end(self.began[done])


def test_each_visitor_has_a_turn_before_anyone_has_the_next() -> None:
    kitchen = Kitchen(1)
    for name in ("a1", "a2", "a3"):
        kitchen.ask(name, "a")
    kitchen.wait_for(1)
    for name in ("b1", "b2", "c1"):
        kitchen.ask(name, name[0])
    kitchen.end_all_in_turn()
    assert kitchen.began == ["a1", "a2", "b1", "c1", "a3", "b2"]


def test_each_waits_so_many_times_at_once_however_many_ask_together() -> None:
    callers, may_end = Callers(2), threading.Event()
    inside, refused = threading.Semaphore(0), threading.Semaphore(0)

    def ask(asker: str) -> None:
        try:
            with callers.one_more(asker):
                inside.release()
                assert may_end.wait(60)
        except SongRNNError:
            refused.release()

    people = [threading.Thread(target=ask, args=(who,)) for who in ["anna"] * 20 + ["ben"]]
    for person in people:
        person.start()
    assert all(inside.acquire(timeout=60) for _ in range(3))
    assert all(refused.acquire(timeout=60) for _ in range(18))
    assert (callers.are_many("anna"), callers.are_many("ben")) == (True, False)
    may_end.set()
    for person in people:
        person.join(60)
    assert not callers.are_many("anna")
    with pytest.raises(ZeroDivisionError), callers.one_more("anna"):
        raise ZeroDivisionError
    assert not callers._waiting


def test_a_long_tune_leaves_a_worker_to_the_short_ones() -> None:
    kitchen = Kitchen(2)
    for number in range(3):
        kitchen.ask(f"long {number}", number, is_long=True)
    kitchen.ask("short 1", 0)
    kitchen.wait_for(2)
    assert sorted(kitchen.began) == ["long 0", "short 1"]
    kitchen.end("short 1")
    kitchen.ask("short 2", 3)
    kitchen.wait_for(3)
    assert kitchen.began[2] == "short 2"
    kitchen.end("long 0")
    kitchen.wait_for(4)
    assert kitchen.began[3] == "long 1"
    for name in ("short 2", "long 1", "long 2"):
        kitchen.end(name)


def test_short_ones_pass_a_long_one_so_many_times_and_no_more() -> None:
    kitchen = Kitchen(1)
    kitchen.ask("first", "a")
    kitchen.wait_for(1)
    kitchen.ask("long", "a", is_long=True)
    for number in range(PASSES + 2):
        kitchen.ask(f"short {number}", number)
    kitchen.end_all_in_turn()
    assert kitchen.began.index("long") == 1 + PASSES


def test_work_that_fails_tells_its_asker_and_holds_up_nobody() -> None:
    turns = Turns(1, "test")

    def fail() -> None:
        raise AudioError("no synthesizer")

    failed = turns.submit(fail, asker="a", is_long=True)
    with pytest.raises(AudioError, match="no synthesizer"):
        failed.result(60)
    assert turns.submit(lambda: 1, asker="b", is_long=True).result(60) == 1


# Again after a failure ---------------------------------------------------------------------------


def attempts(*results: Any) -> Callable[[], "Future[Any]"]:
    """Jobs that end at once with these results, or fail with them."""
    left = list(results)

    def start() -> "Future[Any]":
        job: Future[Any] = Future()
        result = left.pop(0)
        if isinstance(result, Exception):
            job.set_exception(result)
        else:
            job.set_result(result)
        return job

    return start


def test_a_failed_job_is_tried_again_after_a_pause_that_grows() -> None:
    now = 0.0
    failures = [AudioError(str(number)) for number in range(12)]
    job = Repeated(attempts(*failures, "sound"), clock=lambda: now)
    pauses, seen = [], job.look().exception()
    began = now
    for _ in range(100_000):
        if job.look().done() and job.look().exception() is None:
            break
        if job.look().exception() is not seen:
            pauses.append(now - began)
            seen, began = job.look().exception(), now
            assert job.reason() == str(seen)
        now += 1.0
    assert job.look().result() == "sound"
    assert job.reason() == ""
    assert pauses[:3] == pytest.approx(
        [SHORTEST_PAUSE, 2 * SHORTEST_PAUSE, 4 * SHORTEST_PAUSE], abs=1
    )
    assert max(pauses) <= LONGEST_PAUSE + 1


def test_while_it_is_tried_again_the_reason_stays() -> None:
    now, again = 0.0, Future[str]()
    starts = [attempts(AudioError("full disk")), lambda: again]
    job = Repeated(lambda: starts.pop(0)(), clock=lambda: now)
    job.look()
    now = SHORTEST_PAUSE
    assert isinstance(job.look().exception(), AudioError)
    assert starts == []  # it is being tried
    assert job.look().done()
    assert job.reason() == "full disk"
    again.set_result("sound")
    assert job.look().result() == "sound"


def test_what_was_found_is_not_looked_for_again() -> None:
    now = 0.0
    job = Repeated(attempts("sound"), clock=lambda: now)
    for now in range(0, 5000, 100):  # noqa: B007 (the clock)
        assert job.look().result() == "sound"


SONG = "X:1\nT:Song\nM:4/4\nL:1/8\nK:D\nABcd efga|\n"


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause after a failure."""
    monkeypatch.setattr("dashboard.loaders.background.SHORTEST_PAUSE", 0.0)
    monkeypatch.setattr("dashboard.loaders.background.LONGEST_PAUSE", 0.0)


@pytest.mark.usefixtures("at_once")
def test_sound_that_failed_comes_at_a_later_look(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = [AudioError("The disk is full."), None]
    sound = Audio(b"sound", "ogg", 1.0, "none", 2)

    def render(*_: object) -> Audio:
        error = broken.pop(0)
        if error is not None:
            raise error
        return sound

    monkeypatch.setattr(loaders.music, "_render", render)
    monkeypatch.setattr(loaders.music, "_engrave", lambda *_, **__: ("<svg/>", None))
    first = loaders.music.made(SONG)
    assert first.missing == ("The disk is full.",)
    for _ in range(10_000):
        if loaders.music.made(SONG).audio is not None:
            break
        threading.Event().wait(0.01)
    assert loaders.music.made(SONG).audio == sound
    assert loaders.music.made(SONG).missing == ()


@pytest.mark.usefixtures("at_once")
def test_what_the_tune_itself_forbids_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def render(*_: object) -> Audio:
        tried.append(1)
        raise ScoreError("There is nothing to play.")

    monkeypatch.setattr(loaders.music, "_render", render)
    monkeypatch.setattr(loaders.music, "_engrave", lambda *_, **__: ("<svg/>", None))
    for _ in range(5):
        assert loaders.music.made(SONG).missing == ("There is nothing to play.",)
    assert len(tried) == 1


@pytest.mark.usefixtures("at_once")
def test_baselines_that_failed_are_measured_again(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = [AudioError("The disk is full."), None]
    may_end = threading.Event()

    def measure(_: object) -> dict[str, dict[str, float]]:
        error = broken.pop(0)
        if error is not None:
            raise error
        assert may_end.wait(60)
        return {"validation": {"ppmd_12": 2.0}}

    monkeypatch.setattr("dashboard.loaders.corpora.measure_baselines", measure)
    reference = next(iter(lab.runs.values())).config.corpus

    def until(wanted: Callable[[], bool]) -> None:
        for _ in range(10_000):
            if wanted():
                return
            threading.Event().wait(0.01)
        raise AssertionError("it never came")

    until(lambda: loaders.corpora.why_no_baselines(reference) == "The disk is full.")
    until(lambda: loaders.corpora.baselines_of(reference) == {} and not broken)
    # it is being measured again, and the reason still stands
    assert loaders.corpora.why_no_baselines(reference) == "The disk is full."
    assert loaders.corpora.baselines_of(reference) == {}
    may_end.set()
    until(lambda: loaders.corpora.baselines_of(reference) == {"validation": {"ppmd_12": 2.0}})
    assert loaders.corpora.why_no_baselines(reference) == ""


# What is kept ------------------------------------------------------------------------------------


def test_what_is_kept_is_bounded_by_its_bytes() -> None:
    recent: Recent[bytes] = Recent(100, len)
    for number in range(20):
        recent.get(number, lambda: bytes(30))
        recent.get(0, lambda: bytes(30))
    assert recent.bytes_kept() == 90
    made = []
    for number in (0, 18, 19, 17):
        recent.get(number, lambda number=number: made.append(number) or bytes(30))  # type: ignore[misc,func-returns-value]
    assert made == [17]  # the one used longest ago had gone; one asked for all along had not


def test_one_that_is_too_large_is_given_and_the_rest_makes_room() -> None:
    recent: Recent[bytes] = Recent(100, len)
    recent.get("small", lambda: bytes(10))
    assert len(recent.get("large", lambda: bytes(500))) == 500
    recent.get("small", lambda: bytes(10))
    assert recent.bytes_kept() == 10
