"""Which colour stands for which value of a setting."""

from collections.abc import Sequence

from dashboard.charts.run_curves import RunCurve, values
from dashboard.charts.theme import Palette, shades, value_colours
from songrnn.tuning.study import Value


def setting_colours(colours: Palette, setting: str, curves: Sequence[RunCurve]) -> dict[Value, str]:
    """A colour for each value of a setting among curves: see `value_tints`."""
    found = values(curves, setting)
    return dict(zip(found, value_tints(colours, setting, found), strict=True))


def value_tints(colours: Palette, setting: str, found: Sequence[Value]) -> list[str]:
    """The cells' own colours; for other settings, colours by the values' places."""
    if setting == "cell":
        return [shades(colours, str(value), 1)[0] for value in found]
    return value_colours(colours, found)
