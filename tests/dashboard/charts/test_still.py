"""Still pictures hold what the figures hold, each point with what is told of it."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard.charts.activations import gate_histograms, heat_map, histogram
from dashboard.charts.examples import windows
from dashboard.charts.run_curves import RunCurve
from dashboard.charts.sparkline import sparkline
from dashboard.charts.still import still
from dashboard.charts.theme import LIGHT


class Parts(HTMLParser):
    """The elements of a picture: their attributes and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs), []))

    def handle_data(self, data: str) -> None:
        self.found[-1][2].append(data)

    def of(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        return [(about, "".join(words)) for name, about, words in self.found if name == tag]


def curve(name: str, values: list[float]) -> RunCurve:
    return RunCurve(name, {"cell": "lstm"}, np.arange(1.0, 1 + len(values)), np.array(values))


def test_a_curve_falls_from_upper_left_to_lower_right() -> None:
    page = still(sparkline([curve("a", [3.0, 2.0, 1.0])], colours=LIGHT), "A loss")
    parts = Parts(page)
    assert parts.of("div")[0][0] == {"class": "still", "role": "img", "aria-label": "A loss"}
    (image, _), *_ = parts.of("img")
    drawn = unquote(str(image["src"]))
    places = re.search(r'points="([^"]*)"', drawn)
    assert places is not None
    assert places[1] == "0.00,3.00 50.00,50.00 100.00,97.00"
    assert 'stroke="#0072B2"' in drawn
    said = [about["title"] for about, _ in parts.of("i")]
    assert said == ["a\nepoch 1: 3.000 bits", "a\nepoch 2: 2.000 bits", "a\nepoch 3: 1.000 bits"]


def test_of_no_curve_and_of_values_that_are_none_there_is_a_picture_too() -> None:
    assert "<img" not in still(sparkline([], colours=LIGHT), "Nothing")
    page = still(sparkline([curve("a", [np.nan, 2.0])], colours=LIGHT), "One value")
    assert [about["title"] for about, _ in Parts(page).of("i")] == ["a\nepoch 2: 2.000 bits"]


def test_letters_stand_on_the_colours_of_their_values() -> None:
    figure = heat_map("ab<", np.array([-1.0, 0.0, 1.0]), colours=LIGHT, columns=2)
    cells = Parts(still(figure, "Three letters")).of("b")
    assert [letter for _, letter in cells] == ["a", "b", "<"]
    assert [about["style"] for about, _ in cells] == [
        f"background:{colour}" for colour in (LIGHT.purple, LIGHT.middle, LIGHT.orange)
    ]
    assert [about["title"] for about, _ in cells] == [
        "a at 0: −1.0000",
        "b at 1: 0.0000",
        "< at 2: 1.0000",
    ]


def test_windows_keep_their_names_their_gaps_and_the_framed_place() -> None:
    figure = windows(
        ["abc", "xyz"],
        [np.array([0.1, 0.2, 0.3]), np.array([-0.1, -0.2, -0.3])],
        ["Highest <b>", "Lowest"],
        before=2,
        after=1,
        places=[1, 2],
        colours=LIGHT,
    )
    parts = Parts(still(figure, "Places"))
    assert [name for _, name in parts.of("span")] == ["Highest <b>", "Lowest"]
    framed = [letter for about, letter in parts.of("b") if about.get("class") == "framed"]
    assert framed == ["b", "z"]
    assert len(parts.of("i")) == 2  # before the first text, and behind the second


def test_foreign_words_stay_words() -> None:
    page = still(
        sparkline([curve('<img src=x onerror="x()">', [2.0, 1.0])], colours=LIGHT), '"><script>'
    )
    assert [tag for tag, *_ in Parts(page).found] == ["div", "div", "img", "i", "i"]


def test_bars_are_as_high_as_their_shares_and_say_them() -> None:
    parts = Parts(still(histogram(np.array([0.25, 0.5, 0.25]), colours=LIGHT), "Values"))
    assert [about["title"] for about, _ in parts.of("i")] == [
        "−0.67: 25.0%",
        "0.00: 50.0%",
        "0.67: 25.0%",
    ]
    heights = [re.search(r"height:([\d.]+)%", str(about["style"])) for about, _ in parts.of("b")]
    assert [float(found[1]) for found in heights if found] == [47.62, 95.24, 47.62]
    assert [words for _, words in parts.of("s")] == ["0%", "20%", "40%"]
    assert [words for _, words in parts.of("span")] == ["−1", "−0.5", "0", "0.5", "1"]
    assert [words for _, words in parts.of("p")] == ["activation"]


def test_each_gate_has_a_panel_under_its_name() -> None:
    shares = {"Input gate": np.array([0.5, 0.5]), "Forget gate": np.zeros(2)}
    parts = Parts(still(gate_histograms(shares, colours=LIGHT), "Gates"))
    assert [words for _, words in parts.of("p")] == list(shares)
    assert len(parts.of("i")) == 4


def test_other_figures_are_refused() -> None:
    with pytest.raises(ValueError, match="no still picture of pie"):
        still(go.Figure(go.Pie(values=[1])), "A pie")
