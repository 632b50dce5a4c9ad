"""What of an address is too long to be read."""

import streamlit as st

from dashboard.state import MOST_VALUES
from songrnn.notation.limits import MOST_CHARACTERS


def taken_out() -> list[str]:
    """The names of the parameters that are too long, which the address then has no longer."""
    names = []
    for key in list(st.query_params):
        values = st.query_params.get_all(key)
        if len(values) > MOST_VALUES or any(len(each) > MOST_CHARACTERS for each in values):
            del st.query_params[key]
            names.append(key)
    return names
