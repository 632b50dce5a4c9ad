"""Every run goes through its own settings to its own loss."""

from dashboard.charts.parallel import parallel
from dashboard.charts.theme import LIGHT

RUNS = [
    ({"cell": "lstm", "dropout": 0.1}, 1.8),
    ({"cell": "gru", "dropout": 0.0}, 1.9),
    ({"cell": "lstm", "dropout": 0.0}, 1.7),
]


def test_each_line_meets_the_ticks_of_its_settings_and_its_loss() -> None:
    names = {"cell": "cell", "dropout": "dropout"}
    figure = parallel(RUNS, ["cell", "dropout"], names=names, loss="bits", colours=LIGHT)
    (trace,) = figure.data
    for axis, name in zip(trace.dimensions, ("cell", "dropout"), strict=False):
        ticks = dict(zip(axis.tickvals, axis.ticktext, strict=True))
        assert axis.label == name
        assert [ticks[value] for value in axis.values] == [str(found[name]) for found, _ in RUNS]
    assert list(trace.dimensions[-1].values) == [1.8, 1.9, 1.7]
    assert list(trace.dimensions[1].ticktext) == ["0.0", "0.1"]


def test_one_run_is_a_line_too() -> None:
    figure = parallel(RUNS[:1], ["cell"], names={}, loss="bits", colours=LIGHT)
    assert list(figure.data[0].dimensions[0].values) == [0]
