"""Speeds measured for the Train form: one at a time, and of each visitor the newest wish alone."""

import threading
from collections.abc import Callable

import pytest

from dashboard.loaders.speeds import MOST_WAITING, PAUSE, Measurements
from songrnn.config import ModelConfig, TrainConfig

TRAINING = TrainConfig()


def units(number: int) -> ModelConfig:
    return ModelConfig(hidden_size=number)


class Machine:
    """Measures when it is told to; notes the units asked for and how many were measured at once."""

    def __init__(self) -> None:
        self.go = threading.Semaphore(0)
        self.seen: list[int] = []
        self.most = self._now = 0
        self.answer: Callable[[int], float | None] = float

    def __call__(self, model: ModelConfig, training: TrainConfig) -> float | None:
        self._now += 1
        self.most = max(self.most, self._now)
        self.seen.append(model.hidden_size)
        assert self.go.acquire(timeout=30)
        self._now -= 1
        return self.answer(model.hidden_size)

    def finish(self, count: int = 1) -> None:
        self.go.release(count)


@pytest.fixture
def machine() -> Machine:
    return Machine()


def begun(machine: Machine, count: int) -> None:
    for _ in range(3000):
        if len(machine.seen) >= count:
            return
        threading.Event().wait(0.01)
    raise AssertionError(machine.seen)


def test_many_shapes_of_one_visitor_are_measured_one_at_a_time_and_only_the_newest(
    machine: Machine,
) -> None:
    measured = Measurements(machine)
    first = measured.wish("ann", units(1), TRAINING)
    begun(machine, 1)
    wishes = [measured.wish("ann", units(n), TRAINING) for n in range(2, 52)]
    # What was asked for in between is answered at once: nobody waits for it any more.
    assert [wish.done() for wish in wishes] == [True] * 49 + [False]
    assert wishes[0].result() is None
    machine.finish(2)
    assert first.result(30) == 1.0
    assert wishes[-1].result(30) == 51.0
    assert (machine.seen, machine.most) == ([1, 51], 1)


def test_visitors_wait_for_one_another_and_share_what_is_the_same(machine: Machine) -> None:
    measured = Measurements(machine)
    present = measured.wish("ann", units(1), TRAINING)
    begun(machine, 1)
    same = measured.wish("bob", units(1), TRAINING)
    others = [measured.wish(who, units(2), TRAINING) for who in ("carl", "dora", "carl")]
    machine.finish(2)
    assert [wish.result(30) for wish in (present, same, *others)] == [1.0, 1.0, 2.0, 2.0, 2.0]
    assert machine.seen == [1, 2]
    # The worker had ended, and begins again.
    machine.finish()
    assert measured.wish("ann", units(3), TRAINING).result(30) == 3.0
    assert machine.most == 1


def test_no_more_wait_than_fit(machine: Machine) -> None:
    measured = Measurements(machine)
    measured.wish("first", units(1), TRAINING)
    begun(machine, 1)
    waiting = [measured.wish(n, units(n + 2), TRAINING) for n in range(MOST_WAITING + 1)]
    assert [wish.done() for wish in waiting] == [False] * MOST_WAITING + [True]
    assert waiting[-1].result() is None
    machine.finish(MOST_WAITING + 1)
    assert waiting[-2].result(30) is not None


@pytest.mark.parametrize("raises", [False, True])
def test_what_failed_is_tried_again_after_a_while(machine: Machine, *, raises: bool) -> None:
    now = 0.0

    def fail(_: int) -> None:
        if raises:
            raise RuntimeError("no memory")

    measured = Measurements(machine, lambda: now)
    machine.answer = fail
    machine.finish(2)
    assert measured.wish("ann", units(1), TRAINING).result(30) is None
    assert measured.wish("ann", units(1), TRAINING).result(0) is None
    assert machine.seen == [1]
    now, machine.answer = PAUSE, float
    assert measured.wish("ann", units(1), TRAINING).result(30) == 1.0
