"""Controls for one of a few, part of the page's address.

The options are names as the address and the command line have them; what a person reads stands
behind each. (A widget bound to the address would write what it shows there.)
"""

from collections.abc import Mapping
from typing import TypeVar

import streamlit as st

from dashboard import state

Name = TypeVar("Name", bound=str)


def segments(
    label: str,
    options: Mapping[Name, str],
    key: str,
    help: str,
    *,
    disabled: bool = False,
) -> Name:
    """One of a few, side by side; the first is the default and leaves the address short."""
    names = list(options)
    state.from_address(key, names, names[0])
    picked: Name = st.segmented_control(  # type: ignore[assignment]
        label,
        names,
        required=True,
        format_func=lambda name: options[name],
        key=key,
        help=help,
        disabled=disabled,
    )
    state.to_address(key, picked, names[0])
    return picked


def select(
    label: str,
    options: Mapping[Name, str],
    key: str,
    help: str,
    *,
    default: Name | None = None,
    width: int = 520,
    disabled: bool = False,
) -> Name:
    """One of many, in a list; `default` (else the first) leaves the address short."""
    names = list(options)
    first = default if default is not None and default in options else names[0]
    state.from_address(key, names, first)
    picked: Name = st.selectbox(
        label,
        names,
        format_func=lambda name: options.get(name, name),
        key=key,
        help=help,
        width=width,
        disabled=disabled,
    )
    state.to_address(key, picked, first)
    return picked


def toggle(label: str, key: str, help: str, *, value: bool = False, disabled: bool = False) -> bool:
    """A switch."""
    return st.toggle(label, value=value, key=key, bind="query-params", help=help, disabled=disabled)
