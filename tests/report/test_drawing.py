"""Drawings stand in a page without touching what is around them, and are what they draw."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from dashboard.charts import theme
from songrnn.config import ModelConfig
from songrnn.report.figures import drawing
from songrnn.report.figures.architecture import stages
from songrnn.report.figures.curves import Line, beginning, legend_rows, mean_curve
from songrnn.report.figures.heatmap import colour_of, heatmap

EVIL = (
    '<svg xmlns="http://www.w3.org/2000/svg" onload="x()"><style>*{color:red}</style>'
    '<script>x()</script><g id="a"><a href="https://example.org"><path onclick="x()" '
    'clip-path="url(#a)"/></a></g></svg>'
)


def test_nothing_of_an_svg_reaches_the_page_around_it() -> None:
    shown = drawing.inline_svg(EVIL, "mine", "what it shows")
    root = ElementTree.fromstring(shown)
    assert {element.tag.rpartition("}")[2] for element in root.iter()} == {"svg", "g", "a", "path"}
    for part in ("onload", "onclick", "https:", "red"):
        assert part not in shown
    assert 'id="mine-a"' in shown
    assert "url(#mine-a)" in shown
    assert root.get("aria-label") == "what it shows"


def test_pixels_that_a_drawing_brings_along_are_shown_and_no_others() -> None:
    own = "data:image/png;base64,\nAAAA"
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        f'<image xlink:href="{own}"/><image href="https://example.org/a.png"/>'
        '<image href="data:image/svg+xml;base64,AAAA"/><a href="data:image/png;base64,AAAA"/></svg>'
    )
    root = ElementTree.fromstring(drawing.inline_svg(svg, "mine", ""))
    found = [value for each in root for value in each.attrib.values()]
    assert found == ["data:image/png;base64,AAAA", "#", "#", "#"]


def test_the_scale_beside_a_heatmap_is_drawn_and_no_picture() -> None:
    """As a picture it was lost in the page, whose drawings name nothing outside."""
    root = ElementTree.fromstring(heatmap("abc", [0.0, 0.5, 1.0]).svg)
    assert not [each for each in root.iter() if each.tag.endswith("}image")]
    fills = " ".join(each.get("style", "") for each in root.iter()).lower()
    assert drawing.PURPLE.lower() in fills
    assert drawing.ORANGE.lower() in fills


def test_what_lies_above_a_picture_of_losses_is_said() -> None:
    x = np.arange(11.0)
    falling = Line("a", "#000000", ((x, 2 + 4 * np.exp(-2 * x)),))
    assert "begin at 6.0 bits" in beginning([falling])
    assert beginning([Line("a", "#000000", ((x, 2 + 0 * x),))]) == ""


def test_a_legend_has_as_many_columns_as_its_names_leave_room_for() -> None:
    assert legend_rows(["RNN", "GRU", "LSTM"]) == (3, 1)
    assert legend_rows(["with layer normalization"] * 7) == (3, 3)
    assert legend_rows(["x" * 300] * 2) == (1, 2)


def test_cells_have_the_colours_of_the_pages() -> None:
    assert drawing.CELLS == theme.CELL_COLOURS
    for cell in (*theme.CELL_COLOURS, "one without a colour of its own"):
        assert drawing.tints("cell", [cell]) == theme.shades(theme.LIGHT, cell, 1)
    assert theme.LIGHT.kinds == drawing.KINDS
    assert theme.LIGHT.steps == drawing.STEPS
    values: list[str | int | float] = [0.0, 0.1, 0.2, 0.3]
    assert drawing.tints("dropout", values) == theme.value_colours(theme.LIGHT, values)


def test_a_cell_without_a_colour_is_drawn_in_the_colour_kept_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(drawing.CELLS, "gru")
    colours = {stage.colour for stage in stages(ModelConfig(cell="gru"), 90) if stage.recurrent}
    assert {drawing.OTHER_CELL} == colours


def test_the_architecture_has_what_the_settings_ask_for() -> None:
    model = ModelConfig(cell="gru", layers=2, dropout=0.3, normalization="layer")
    names = [stage.name for stage in stages(model, 90)]
    assert names == [
        *("character", "embedding", "dropout 0.3", "GRU layer 1", "dropout 0.3", "GRU layer 2"),
        *("layer normalization", "dropout 0.3", "readout", "softmax"),
    ]


def test_a_mean_curve_worked_by_hand() -> None:
    x = np.array([1.0, 2.0])
    grid, mean, reach = mean_curve([(x, np.array([1.0, 2.0])), (x, x + 1), (x, x + 2)])
    assert grid.tolist() == [1.0, 2.0]
    assert mean.tolist() == [2.0, 3.0]
    assert reach == pytest.approx([2.4841, 2.4841], abs=1e-3)  # t(0.975, 2) · 1/√3


def test_the_ends_of_the_scale_are_its_colours() -> None:
    assert [colour_of(v) for v in (-3, -1, 0, 1)] == [
        drawing.PURPLE, drawing.PURPLE, drawing.MIDDLE, drawing.ORANGE,
    ]  # fmt: skip


def test_a_heatmap_shows_every_character_and_the_same_bytes_twice() -> None:
    text = "a$b$ c"
    one, two = heatmap(text, [0.5] * 6), heatmap(text, [0.5] * 6)
    assert one == two
    words = "".join(ElementTree.fromstring(one.svg).itertext())
    assert words.count("$") == 2
    with pytest.raises(ValueError, match="6 characters but 5"):
        heatmap(text, [0.5] * 5)
