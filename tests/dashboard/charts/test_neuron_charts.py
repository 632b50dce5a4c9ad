"""Charts of single neurons and of the whole state: each number where it belongs."""

import numpy as np
import pytest

from dashboard.charts.examples import windows
from dashboard.charts.probes import over_runs, over_states
from dashboard.charts.reach import course, wires
from dashboard.charts.theme import LIGHT
from songrnn.inspection.reach import Reach
from songrnn.inspection.wiring import Edge
from songrnn.statistics import Interval


def interval(value: float) -> Interval:
    return Interval(value, value - 0.1, value + 0.2, 30)


def test_places_stand_under_each_other_with_their_own_values() -> None:
    texts = ["abc<e\n", "xyz"]
    values = [np.arange(6) / 10, -np.arange(3) / 10]
    figure = windows(texts, values, ["1", "2"], before=2, after=3, places=[3, 0], colours=LIGHT)
    (trace,) = figure.data
    assert list(trace.text[0]) == ["b", "c", "&lt;", "e", "↵", ""]
    assert list(trace.text[1]) == ["", "", "x", "y", "z", ""]
    assert list(trace.x) == [-2, -1, 0, 1, 2, 3]
    np.testing.assert_allclose(trace.z[0][:5], [0.1, 0.2, 0.3, 0.4, 0.5])
    assert np.isnan(trace.z[1][:2]).all()
    assert (trace.zmin, trace.zmax) == (-1, 1)


def test_the_course_of_an_effect_adds_up_to_all_of_it_and_marks_its_half() -> None:
    found = [
        Reach("predictions", (3.0, 1.0), Interval(0, 0, 1, 9)),
        Reach("layer 1", (0.0, 0.0), Interval(0, 0, 0, 9)),
    ]
    line, half = course(found, ["predictions", "the layer"], colours=LIGHT).data
    assert list(line.y) == [0.75, 1.0]
    assert (list(half.x), list(half.y), list(half.error_x.array)) == ([0], [0.5], [1])


def test_an_arrow_leads_from_one_neuron_to_the_other_and_no_two_are_one() -> None:
    labels = {(0, 3): "a", (0, 5): "b", (1, 2): "c"}
    edges = [
        Edge((0, 3), (0, 5), "forget gate", -2.0, 0, 8),
        Edge((0, 3), (0, 5), "candidate", 1.0, 4, 8),
        Edge((0, 5), (1, 2), "candidate", 0.5, 7, 8),
        Edge((0, 5), (0, 5), "candidate", 3.0, 0, 8),
    ]
    *arrows, neurons = wires(labels, edges, colours=LIGHT).data
    assert len(arrows) == 3
    places = dict(zip(labels, zip(neurons.x, neurons.y, strict=True), strict=True))
    strongest = arrows[-1]
    assert strongest.line.color == LIGHT.purple
    assert "−2.00, number 1 of the 8" in strongest.text[0]
    for arrow, source, target in (
        (strongest, (0, 3), (0, 5)),
        (arrows[1], (0, 3), (0, 5)),
        (arrows[0], (0, 5), (1, 2)),
    ):
        ends = np.array([[arrow.x[0], arrow.y[0]], [arrow.x[-1], arrow.y[-1]]])
        off = np.linalg.norm(ends - np.array([places[source], places[target]]), axis=1)
        assert off.max() < 0.25
    assert max(abs(a - b) for a, b in zip(strongest.x, arrows[1].x, strict=True)) > 0.01


def test_states_and_runs_stand_with_their_intervals() -> None:
    run = {"hidden 1": interval(0.5), "all": interval(0.7)}
    twin = {"hidden 1": interval(0.1), "all": interval(0.2)}
    mine, theirs = over_states(run, twin, {"last 8": 0.3}, title="R²", colours=LIGHT).data
    assert (list(mine.y), list(theirs.y)) == ([0.5, 0.7], [0.1, 0.2])
    assert list(mine.error_y.array) == pytest.approx([0.2, 0.2])
    tasks = {"meter": {"rnn": interval(0.1), "lstm": interval(0.4)}}
    (line,) = over_runs(tasks, "cell", colours=LIGHT).data
    assert (list(line.x), list(line.y)) == (["rnn", "lstm"], [0.1, 0.4])
