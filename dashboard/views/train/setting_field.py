"""The control of one setting, as songrnn.config declares it."""

import streamlit as st

from dashboard import state
from dashboard.charts.theme import CELL_NAMES
from songrnn.config import Setting, Value

# The largest number a control offers where the setting itself knows no bound.
MOST = 10_000


def setting_field(setting: Setting, value: Value, origin: str = "") -> Value:
    """The widget of a setting, which begins with `value`; what it is set to.

    origin: ends the key; another one is another field.
    """
    key = state.SETTING.of(f"{setting.name}{origin}")
    if setting.name == "cell":
        return st.segmented_control(
            setting.label,
            setting.choices,
            default=str(value),
            required=True,
            format_func=lambda name: CELL_NAMES[name],
            key=key,
            help=setting.help,
        )
    if setting.choices:
        index = setting.choices.index(str(value))
        return st.selectbox(
            setting.label, setting.choices, index, width=150, key=key, help=setting.help
        )
    # Without bounds of its own: a field that has some keeps the last number that was inside them, and
    # says nothing. What is outside is refused in a sentence, and nothing can be started with it.
    low, high = bounds(setting)
    number = "{:,.0f}" if setting.kind is int else "{:g}"
    reach = f"From {number.format(low)}"
    reach += "." if setting.high is None else f" to {number.format(high)}."
    if setting.kind is int:
        return int(
            st.number_input(
                setting.label,
                value=int(value),
                width=120,
                key=key,
                help=f"{setting.help} {reach}",
            )
        )
    given = st.number_input(
        setting.label,
        value=float(value),
        step=setting.step,
        format=f"%.{setting.decimals}f",
        width=130,
        key=key,
        help=f"{setting.help} {reach}",
    )
    # Spinning in steps gathers rounding errors, and the value names the run.
    return round(float(given), 6)


def bounds(setting: Setting) -> tuple[float, float]:
    """The least and the largest value to offer; a little inside where the bound itself is none.

    >>> from songrnn.config import SETTINGS
    >>> bounds(SETTINGS["dropout"])
    (0.0, 0.99)
    """
    inside = 10**-setting.decimals
    low = 0.0 if setting.low is None else float(setting.low)
    high = float(MOST) if setting.high is None else float(setting.high)
    return low + inside * setting.open_low, round(high - inside * setting.open_high, 9)
