"""Each score is at its neuron and property; like neurons stand side by side."""

import numpy as np
import pytest

from dashboard.charts.atlas import atlas, by_label, by_likeness, saturation
from dashboard.charts.theme import LIGHT

SCORES = np.array([[0.1, 0.9], [0.8, 0.0], [0.05, 0.1], [0.9, 0.2], [np.nan, 0.7]])


def test_each_score_is_at_its_neuron_and_property() -> None:
    figure = atlas(
        SCORES, [3, 4, 5, 6, 7], ["a", "b"], ["3", "4", "5", "6", "7"], least=0.25, colours=LIGHT
    )
    heat, points = figure.data
    assert heat.z[0][3] == pytest.approx(0.9)
    assert heat.z[1][0] == pytest.approx(0.9)
    assert np.isnan(heat.z[0][4])
    assert figure.layout.xaxis.ticktext[3] == "6"
    assert heat.customdata is None
    assert heat.text is None
    assert list(points.y) == [1, 0, 1, 0, 1]
    assert list(points.customdata) == [3, 4, 5, 6, 7]
    full = [colour == LIGHT.ink for colour in points.marker.color]
    assert full == [True, True, False, True, True]


def test_neurons_of_one_label_stand_together_the_clearest_first() -> None:
    assert by_label(SCORES, 0.25).tolist() == [3, 1, 0, 4, 2]


def test_like_neurons_stand_together() -> None:
    order = by_likeness(SCORES).tolist()
    assert sorted(order) == [0, 1, 2, 3, 4]
    assert abs(order.index(1) - order.index(3)) == 1
    assert abs(order.index(0) - order.index(4)) == 1


def test_each_gate_has_a_panel_and_each_neuron_a_point() -> None:
    shares = {"Input gate": np.array([[0.1, 0.2], [0.5, 0.4]]), "Forget gate": np.eye(2)}
    points = [trace for trace in saturation(shares, colours=LIGHT).data if trace.mode == "markers"]
    assert [trace.name for trace in points] == ["Input gate", "Forget gate"]
    assert list(points[0].x) == [0.1, 0.5]
    assert list(points[0].y) == [0.2, 0.4]
