"""The colours of the lab and the plotly templates that use them. They mean the same everywhere.

A colour says which cell it is (Okabe and Ito's palette, safe for colour-blind eyes), or, where a
chart says so, which value a setting has; solid is validation, dashed is training, grey and dotted
is a baseline, the plain ink is the human value.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from songrnn.cells import CELLS

FONT = '"Source Sans", "Source Sans Pro", sans-serif'
MONOSPACE = '"Source Code Pro", "Source Code", monospace'

# What stands in for characters that leave no ink.
VISIBLE = {"\n": "↵", " ": "␣", "\t": "⇥"}


@dataclass(frozen=True)
class Palette:
    """One theme's colours. paper, panel and ink equal those of .streamlit/config.toml."""

    name: str
    paper: str
    panel: str
    ink: str
    faint: str  # gridlines and borders
    quiet: str  # axis labels, baselines
    accent: str
    cells: dict[str, tuple[str, str]]  # cell -> (darkest, lightest) of its hue
    middle: str  # 0 on the activation scale
    purple: str  # most negative; ink can be read on it and on all between
    orange: str  # most positive
    red: str  # most negative on the other scale a person can choose
    blue: str  # most positive there
    steps: tuple[str, ...]  # stops of a scale for a setting's numbers, the least first
    kinds: tuple[str, ...]  # told apart by anyone, for a setting's words


LIGHT = Palette(
    name="light",
    paper="#FCFBF8",
    panel="#F3F0E9",
    ink="#24211D",
    faint="#E6E1D6",
    quiet="#6B655A",
    accent="#A3352B",
    cells={
        "lstm": ("#004B78", "#4FA8DC"),
        "gru": ("#006B4E", "#3CC49B"),
        "rnn": ("#B34E00", "#EFA94A"),
    },
    middle="#F7F5F0",
    purple="#A98BD3",
    orange="#EE9F4A",
    red="#E58A7B",
    blue="#7FB2E0",
    steps=("#1D3557", "#7B3F98", "#CC4668", "#C8761C"),
    kinds=(
        *("#24211D", "#0072B2", "#D55E00", "#008A64"),
        *("#B4528E", "#8A6A00", "#6A3D9A", "#7F7A70"),
    ),
)
DARK = Palette(
    name="dark",
    paper="#191816",
    panel="#242220",
    ink="#EAE5DB",
    faint="#35322E",
    quiet="#A49C8F",
    accent="#D2675A",
    cells={
        "lstm": ("#2F86C4", "#9CD2F5"),
        "gru": ("#159E78", "#86E3C4"),
        "rnn": ("#D9781F", "#FFCB80"),
    },
    middle="#2B2927",
    purple="#6B4BA8",
    orange="#96580F",
    red="#97382C",
    blue="#2A62A0",
    steps=("#6FA8E8", "#B58AE0", "#F08CA0", "#FFC46B"),
    kinds=(
        *("#EAE5DB", "#4FA8DC", "#F08A3C", "#3CC49B"),
        *("#E3A3C6", "#F0E442", "#A88BE8", "#9A948A"),
    ),
)

# The one colour of a cell where a single shade is wanted (Okabe and Ito 2008).
CELL_COLOURS = {"lstm": "#0072B2", "gru": "#009E73", "rnn": "#D55E00"}
# That of a cell without one.
_OTHER = "#CC79A7"
CELL_NAMES = {name: cell.title for name, cell in CELLS.items()}


def palette(theme: str | None) -> Palette:
    """The palette of "light" or "dark"; light when nothing is known."""
    return DARK if theme == "dark" else LIGHT


def shades(colours: Palette, cell: str, count: int) -> list[str]:
    """`count` colours of a cell's hue, darkest first on light paper, lightest last.

    A single run gets the cell's own colour.
    """
    if count == 1 and colours is LIGHT:
        return [CELL_COLOURS.get(cell, _OTHER)]
    other = mix(_OTHER, colours.ink, 0.3), mix(_OTHER, colours.paper, 0.4)
    first, last = colours.cells.get(cell, other)
    if count == 1:
        return [mix(first, last, 0.5)]
    return [mix(first, last, i / (count - 1)) for i in range(count)]


def value_colours(colours: Palette, values: Sequence[str | int | float]) -> list[str]:
    """A colour for each value of a setting: numbers along a scale, words each their own."""
    count = len(values)
    if any(isinstance(value, str) for value in values):
        return [colours.kinds[i % len(colours.kinds)] for i in range(count)]
    last = len(colours.steps) - 1
    places = [i / max(count - 1, 1) * last for i in range(count)]
    return [
        mix(colours.steps[int(at)], colours.steps[min(int(at) + 1, last)], at - int(at))
        for at in places
    ]


def run_colours(colours: Palette, runs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """A colour for each (name, cell): the cell's hue, in shades by the order given."""
    found: dict[str, str] = {}
    for cell in dict.fromkeys(cell for _, cell in runs):
        names = [name for name, other in runs if other == cell]
        found.update(zip(names, shades(colours, cell, len(names)), strict=True))
    return found


def mix(first: str, second: str, share: float) -> str:
    """The colour `share` of the way from `first` to `second`, both "#rrggbb"."""
    a, b = _channels(first), _channels(second)
    return "#" + "".join(f"{round(x + (y - x) * share):02X}" for x, y in zip(a, b, strict=True))


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def diverging(colours: Palette) -> list[tuple[float, str]]:
    """Plotly colour scale for signed activations: purple below 0, orange above."""
    return [
        (0.0, colours.purple),
        (0.25, mix(colours.purple, colours.middle, 0.45)),
        (0.5, colours.middle),
        (0.75, mix(colours.orange, colours.middle, 0.45)),
        (1.0, colours.orange),
    ]


def template(colours: Palette) -> go.layout.Template:
    """A plotly template: no boxes, thin gridlines, text in the app's face."""
    axis = {
        "gridcolor": colours.faint,
        "linecolor": colours.faint,
        "zeroline": False,
        "ticks": "",
        "tickfont": {"color": colours.quiet, "size": 13},
        "title": {"font": {"color": colours.quiet, "size": 14}, "standoff": 8},
        "automargin": True,
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 14, "color": colours.ink},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "margin": {"l": 8, "r": 8, "t": 16, "b": 8},
            "xaxis": {**axis, "showgrid": False},
            "yaxis": axis,
            "colorway": [colours.quiet],
            "hoverlabel": {
                "bgcolor": colours.panel,
                "bordercolor": colours.faint,
                "font": {"color": colours.ink, "family": FONT, "size": 14},
            },
            "legend": {"font": {"color": colours.ink}, "orientation": "h"},
            "modebar": {
                "bgcolor": "rgba(0,0,0,0)",
                "color": colours.quiet,
                "activecolor": colours.accent,
            },
        }
    )


def inert(text: str) -> str:
    """Text that others wrote, for a chart: plotly takes what looks like tags for tags.

    >>> inert("<b>A & B</b>")
    '&lt;b&gt;A &amp; B&lt;/b&gt;'
    """
    return html.escape(text, quote=False)


def visible(character: str) -> str:
    """The character as it is shown: newline and space leave a mark."""
    return VISIBLE.get(character, character)
