"""Learning rates: where they begin, where they peak, where they end."""

import pytest

from songrnn.config import Schedule, TrainConfig
from songrnn.training.schedule import learning_rate


def rates(schedule: Schedule, total: int) -> list[float]:
    config = TrainConfig(learning_rate=0.01, schedule=schedule)
    return [learning_rate(step, total, config) for step in range(total)]


def test_one_cycle_rises_for_three_tenths_and_falls_to_nothing() -> None:
    cycle = rates("one-cycle", 1000)
    assert cycle[0] == pytest.approx(0.01 / 25)
    assert cycle.index(max(cycle)) == 300
    assert max(cycle) == pytest.approx(0.01)
    assert cycle[-1] < 2e-6
    assert cycle[:301] == sorted(cycle[:301])
    assert cycle[300:] == sorted(cycle[300:], reverse=True)


def test_cosine_warms_up_briefly_and_falls_to_nothing() -> None:
    cosine = rates("cosine", 1000)
    assert cosine.index(max(cosine)) == 49
    assert cosine[50:] == sorted(cosine[50:], reverse=True)
    assert cosine[-1] < 1e-6


def test_constant_stays_after_at_most_a_hundred_steps() -> None:
    constant = rates("constant", 10_000)
    assert constant[0] == pytest.approx(0.0001)
    assert set(constant[99:]) == {0.01}


@pytest.mark.parametrize("schedule", ["one-cycle", "cosine", "constant"])
@pytest.mark.parametrize("total", [1, 2, 3])
def test_the_shortest_trainings_have_rates_too(schedule: Schedule, total: int) -> None:
    assert all(0 < rate <= 0.01 for rate in rates(schedule, total))
