"""Parallel coordinates: each run a line through its settings to its best validation loss."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from dashboard.charts.theme import Palette, inert, mix, template

Value = str | int | float


def parallel(
    runs: Sequence[tuple[Mapping[str, Value], float]],
    settings: Sequence[str],
    *,
    names: Mapping[str, str],
    loss: str,
    colours: Palette,
) -> go.Figure:
    """One line per run. runs: (settings, best loss) each; settings: those that get an axis.

    names: setting -> words for its axis. Values of a setting stand in order, equally far apart:
    words have no distance, and numbers like 0, 0.1 and 0.3 read better so. The lower the loss,
    the stronger the line.
    """
    losses = [best for _, best in runs]
    dimensions = [
        _axis(names.get(name, name), [found[name] for found, _ in runs]) for name in settings
    ]
    figure = go.Figure(
        go.Parcoords(
            dimensions=[*dimensions, {"label": loss, "values": losses}],
            line={
                "color": losses,
                "colorscale": [
                    (0.0, colours.accent),
                    (0.5, mix(colours.accent, colours.quiet, 0.7)),
                    (1.0, mix(colours.quiet, colours.paper, 0.6)),
                ],
                "reversescale": False,
            },
            labelfont={"color": colours.ink, "size": 14},
            tickfont={"color": colours.quiet, "size": 13},
            rangefont={"color": "rgba(0,0,0,0)"},
        )
    )
    figure.update_layout(
        template=template(colours), height=340, margin={"l": 60, "r": 60, "t": 50, "b": 24}
    )
    return figure


def _axis(label: str, values: Sequence[Value]) -> dict[str, object]:
    order = sorted(set(values), key=lambda value: (isinstance(value, str), value))
    places = {value: place for place, value in enumerate(order)}
    return {
        "label": label,
        "values": [places[value] for value in values],
        "tickvals": list(range(len(order))),
        "ticktext": [inert(str(value)) for value in order],
        "range": [-0.25, max(len(order) - 0.75, 0.25)],
    }
