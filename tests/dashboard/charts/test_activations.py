"""Each character stands on its own value: not one off, through wrapped lines and newlines."""

import time

import numpy as np
import pytest

from dashboard.charts.activations import grid, heat_map, scale_of, stack
from dashboard.charts.theme import LIGHT

TEXT = "X:1\nK:D\n|:DFA d2f|edB AFD:|\n"
VALUES = np.arange(len(TEXT)) / 100


def cells(figure) -> list[tuple[str, int, float]]:
    (trace,) = figure.data
    return [
        (trace.text[r][c], int(trace.customdata[r][c]), float(trace.z[r][c]))
        for r in range(len(trace.z))
        for c in range(len(trace.z[0]))
        if trace.customdata[r][c] >= 0
    ]


@pytest.mark.parametrize("columns", [1, 7, 60])
def test_every_character_is_in_its_place_with_its_own_value(columns: int) -> None:
    found = cells(heat_map(TEXT, VALUES, colours=LIGHT, columns=columns))
    shown = TEXT.replace("\n", "↵").replace(" ", "␣")
    assert [letter for letter, _, _ in found] == list(shown)
    assert [position for _, position, _ in found] == list(range(len(TEXT)))
    assert [value for _, _, value in found] == pytest.approx(list(VALUES))


def test_a_newline_ends_its_row() -> None:
    positions, values = grid("ab\nc", np.array([1.0, 2.0, 3.0, 4.0]), 5)
    assert positions.tolist() == [[0, 1, 2, -1, -1], [3, -1, -1, -1, -1]]
    assert values[0, :3].tolist() == [1.0, 2.0, 3.0]
    assert np.isnan(values[0, 3:]).all()


def test_a_line_that_fills_its_row_leaves_no_empty_row() -> None:
    positions, _ = grid("abc\ndef", np.zeros(7), 3)
    assert positions.tolist() == [[0, 1, 2], [3, -1, -1], [4, 5, 6]]


def test_states_are_coloured_symmetrically_about_zero() -> None:
    assert scale_of("hidden", np.array([-0.2, 0.7])) == (-1.0, 1.0)
    assert scale_of("cell", np.array([-4.0, 2.0])) == (-4.0, 4.0)


def test_gates_are_coloured_from_zero_to_one() -> None:
    assert scale_of("forget_gate", np.array([0.4, 0.9])) == (0.0, 1.0)


def test_stacked_neurons_have_a_row_each_and_one_value_a_character() -> None:
    values = np.stack([VALUES, -VALUES])
    (trace,) = stack(TEXT, values, ["4", "17"], colours=LIGHT).data
    assert list(trace.y) == ["4", "17"]
    np.testing.assert_allclose(trace.z, values)
    assert trace.customdata[1][3] == "↵"


def test_an_empty_text_has_an_empty_map() -> None:
    assert cells(heat_map("", np.zeros(0), colours=LIGHT)) == []


def test_a_long_text_has_a_rule_at_each_end_of_a_line_in_little_time() -> None:
    text = ("DFA d2f|" * 4 + "\n") * 500
    began = time.process_time()
    figure = stack(text, np.zeros((2, len(text))), ["4", "17"], colours=LIGHT)
    assert time.process_time() - began < 5  # one rule after the other took 47 seconds
    ends = [index for index, character in enumerate(text) if character == "\n"]
    assert [shape.x0 for shape in figure.layout.shapes] == [end + 0.5 for end in ends]
