"""Every key of the session and every query parameter, in one place.

The names are those of the command line and the JSON: `run`, `runs`, `layer`, `quantity`, `neuron`,
`temperature`, `seed`, `tune`, `song`. Settings that belong to one page are widgets bound to the
address (`bind="query-params"`). What several pages share goes through `shared`: a bound widget is
tied to its page, so its value would not travel to the next one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st

from songrnn.config import SampleConfig
from songrnn.store.songs import StoppedBy

# Shared by pages, and part of their addresses.
RUN: Final = "run"
TUNE: Final = "tune"
SONG: Final = "song"

# Runs page, bound to the address.
RUNS: Final = "runs"
UNIT: Final = "unit"
AXIS: Final = "axis"
SCALE: Final = "scale"
TRAINING: Final = "training"
STUDY: Final = "study"
SHOW: Final = "show"
WHOLE: Final = "whole"
SMOOTHING: Final = "smoothing"
COLOUR: Final = "colour"
FACET: Final = "facet"
GROUP: Final = "group"
PICTURE: Final = "picture"
BASELINE: Final = "baseline"
BEST_OF: Final = "best_of"
FILTER: Final = "filter"

# Compose page, bound to the address (the fresh song is not: its settings and seed remake it).
TEMPERATURE: Final = "temperature"
SEED: Final = "seed"
PRIME: Final = "prime"
LIMIT: Final = "limit"
TOP_K: Final = "top_k"
TOP_P: Final = "top_p"
MIN_P: Final = "min_p"
NEW_SEED: Final = "new_seed"
HOW: Final = "how"
SHELF_ALL: Final = "all_runs"
SHELF_SEARCH: Final = "_shelf_search"
SHELF_ORDER: Final = "_shelf_order"
SHELF_STARRED: Final = "_shelf_starred"
SHELF_SHOWN: Final = "_shelf_shown"
SHELF_DELETED: Final = "_shelf_deleted"
SHELF_FORMATS: Final = "_shelf_formats"
WHOLE_BARS: Final = "whole_bars"
RUNS_BESIDE: Final = "runs_beside"
TEMPERATURES: Final = "temperatures"
BUILD_RHYTHM: Final = "_build_rhythm"
BUILD_METER: Final = "_build_meter"
BUILD_TONIC: Final = "_build_tonic"
BUILD_MODE: Final = "_build_mode"
BUILD_TITLE: Final = "_build_title"
REST: Final = "_rest"

# Neurons page, bound to the address. Pasted text stays in the session: addresses have an end.
LAYER: Final = "layer"
QUANTITY: Final = "quantity"
NEURON: Final = "neuron"
SCALE_OF: Final = "full_colour"
NEURON_ORDER: Final = "listed"
FOR_PROPERTY: Final = "property"
MOMENT: Final = "moment"
NOTE_VALUE: Final = "note_value"
COLOURS: Final = "colours"
PICTURE_AS: Final = "picture_as"
BESIDE: Final = "beside"
TEXT: Final = "text"
SPLIT: Final = "split"
PASTED: Final = "pasted"
UPLOADED: Final = "_uploaded"
UPLOADED_TUNE: Final = "_uploaded_tune"
VIEW: Final = "view"
AT: Final = "at"
SECOND_RUN: Final = "second"
SECOND_LAYER: Final = "second_layer"
SECOND_NEURON: Final = "second_neuron"

# Neurons switched off; the units and how they are held are part of the address.
CAUSE_WHICH: Final = "which"
CAUSE_LABEL: Final = "label"
CAUSE_UNITS: Final = "units"
CAUSE_VALUE: Final = "at_value"
CAUSE_LEVEL: Final = "level"
CAUSE_PLACE: Final = "seen_by"
CAUSE_WHERE: Final = "where"
CAUSE_DEFAULT: Final = "_cause_default"
CAUSE_TUNES: Final = "_cause_tunes"
CAUSE_SIZE: Final = "_cause_size"
CAUSE_PRIME: Final = "_cause_prime"
CAUSE_SEED: Final = "_cause_seed"
CAUSE_TEMPERATURE: Final = "_cause_temperature"

# The atlas, and what is looked for in it.
ATLAS_ORDER: Final = "atlas_order"
ATLAS_KIND: Final = "atlas_kind"
MARKED_FROM: Final = "marked_from"
MARKED_TO: Final = "marked_to"
FIND_SPLIT: Final = "_find_split"
FIND_LEVEL: Final = "_find_level"

# Corpus page, bound to the address.
CORPUS: Final = "corpus"
UPLOADS: Final = "_uploads"
UPLOAD_NAME: Final = "_upload_name"
SEARCH: Final = "search"
CORPUS_SPLIT: Final = "corpus_split"

# What an action has to say after the page is drawn anew.
NOTICE: Final = "_notice"

# Kept in the address by `shared`: they travel, or their address is not what the widget shows
# (a bound widget writes its labels there).
_LINKED: Final = (RUN, TUNE, SONG, TEXT, QUANTITY)

# Train page: what the last action has to say, and until when.
SAID: Final = "_said"

_INSTRUMENT: Final = "_instrument"
_NEURON: Final = "_neuron"
_VIEW: Final = "_view"
_PAGE: Final = "_page"
_CHOSEN: Final = "_chosen"
_FRESH: Final = "_fresh"
_BESIDE: Final = "_songs_beside"
_WRITING: Final = "_writing"


@dataclass(frozen=True)
class Song:
    """A song on a page: what was written, by which run, with which settings."""

    text: str
    run: str
    prime: str
    config: SampleConfig
    seed: int
    stopped_by: StoppedBy
    log_probabilities: tuple[float, ...] = ()  # nats, of the sampled symbols
    share_withheld: float | None = None  # of the probability, by the rule of whole bars
    id: str | None = None  # of a kept song


def enter(page: str) -> None:
    """Note which page is shown; called once a run of the script, before the page.

    On arriving at a page its address wins over what was chosen on another one.
    """
    if st.session_state.get(_PAGE) == page:
        return
    st.session_state[_PAGE] = page
    st.session_state.pop(_NEURON, None)
    for key in _LINKED:
        st.session_state.pop(widget_key(key), None)
        if key in st.query_params:
            _all_chosen()[key] = st.query_params[key]


def _all_chosen() -> dict[str, str]:
    return st.session_state.setdefault(_CHOSEN, {})


def chosen(key: str) -> str | None:
    """What was last chosen for `key` on any page, or asked for by the address."""
    return _all_chosen().get(key)


def shared(key: str, options: Sequence[str], default: str | None = None) -> str | None:
    """What is chosen for `key` among `options`; call it just before the widget.

    The widget takes `widget_key(key)` as its key and no default. The choice is put into the
    address. When it is none of the options, `default` or the first option is chosen. None when
    there is nothing to choose from.
    """
    if not options:
        return None
    widget = widget_key(key)
    value = st.session_state.get(widget, chosen(key))
    if value not in options:
        value = default if default in options else options[0]
    choose(key, value)
    return value


def choose(key: str, value: str) -> None:
    """Choose for `key` from code, on this page and the next."""
    _all_chosen()[key] = value
    if st.session_state.get(widget_key(key)) != value:
        st.session_state[widget_key(key)] = value
    if st.query_params.get(key) != value:
        st.query_params[key] = value


def forget(key: str) -> None:
    """Choose nothing for `key`."""
    _all_chosen().pop(key, None)
    st.session_state.pop(widget_key(key), None)
    if key in st.query_params:
        del st.query_params[key]


def from_address(key: str, options: Sequence[str], default: str) -> None:
    """Give the widget with this key its first value: what the address names, else `default`.

    For widgets whose options read otherwise than they are named: a bound widget would put the
    words it shows into the address, not the names. Call `to_address` with what was picked.
    """
    if st.session_state.get(key) not in options:
        asked = st.query_params.get(key)
        st.session_state[key] = asked if asked in options else default


def to_address(key: str, value: str, default: str) -> None:
    """Put what was picked into the address; the default leaves it short."""
    if value != default:
        if st.query_params.get(key) != value:
            st.query_params[key] = value
    elif key in st.query_params:
        del st.query_params[key]


def instrument() -> str:
    """What tunes are heard on, on every page of this session."""
    return st.session_state.get(_INSTRUMENT, "fiddle")


def set_instrument(name: str) -> None:
    """Hear tunes on another instrument."""
    st.session_state[_INSTRUMENT] = name


def turn_to(view: str) -> None:
    """Note which view of a page is shown: a new one begins with what the address names."""
    if st.session_state.get(_VIEW) != view:
        st.session_state[_VIEW] = view
        st.session_state.pop(_NEURON, None)


def first_neuron(units: int) -> int:
    """The neuron that the page opened with: what the address named then, within 0 to units − 1.

    It stays the same while a person goes through the neurons, which happens in the browser: the
    page's answer to one choice must not undo the next.
    """
    if _NEURON not in st.session_state:
        asked = st.query_params.get(NEURON, "0")
        st.session_state[_NEURON] = int(asked) if asked.isascii() and asked.isdigit() else 0
    return min(st.session_state[_NEURON], units - 1)


def set_neuron(neuron: int, key: str = NEURON) -> None:
    """Note the neuron shown in the address."""
    if st.query_params.get(key) != str(neuron):
        st.query_params[key] = str(neuron)


def turn_to_neuron(view: str, quantity: str, layer: int, neuron: int) -> None:
    """Show a neuron in a view of the Neurons page; for buttons, as a link to the page one is on
    changes its address but not what was chosen there. The layer counts from 0."""
    st.session_state[VIEW] = view
    choose(QUANTITY, quantity)
    st.session_state[LAYER] = layer + 1
    st.session_state.pop(NEURON, None)
    st.session_state.pop(_NEURON, None)
    st.query_params[NEURON] = str(neuron)


def marked() -> tuple[int, int] | None:
    """The characters marked in the text, [start, end), as the address has them."""
    start, end = number_asked(MARKED_FROM), number_asked(MARKED_TO)
    return (start, end) if start is not None and end is not None and start < end else None


def mark(span: tuple[int, int] | None) -> None:
    """Note the characters marked in the address; None for none."""
    for key, value in zip((MARKED_FROM, MARKED_TO), span or (None, None), strict=True):
        if value is None:
            st.query_params.pop(key, None)
        elif st.query_params.get(key) != str(value):
            st.query_params[key] = str(value)


def number_asked(key: str) -> int | None:
    """A whole number that the address names, None when it names none."""
    asked = st.query_params.get(key, "")
    return int(asked) if asked.isascii() and asked.isdigit() else None


def widget_key(key: str) -> str:
    """The session key of this page's widget for the shared `key`."""
    return f"{key}@{st.session_state.get(_PAGE, '')}"


def fresh_song() -> Song | None:
    """The song composed last in this session."""
    return st.session_state.get(_FRESH)


def set_fresh_song(song: Song | None) -> None:
    """Remember the song just composed, for this page and the Neurons page."""
    st.session_state[_FRESH] = song


def songs_beside() -> list[Song]:
    """The songs last composed side by side in this session."""
    return st.session_state.get(_BESIDE, [])


def set_songs_beside(songs: list[Song]) -> None:
    """Remember songs composed side by side."""
    st.session_state[_BESIDE] = songs


def unfinished() -> Song | None:
    """The song that was being written when a person pressed stop, else None."""
    return st.session_state.get(_WRITING)


def set_unfinished(song: Song | None) -> None:
    """Note a song while it is written, so that stopping keeps what there is."""
    st.session_state[_WRITING] = song
