"""Every key of the session and every query parameter, in one place; nobody else touches either.

The names are those of the command line and the JSON: `run`, `runs`, `layer`, `quantity`, `neuron`,
`temperature`, `seed`, `tune`, `song`. Settings that belong to one page are widgets bound to the
address (`bind="query-params"`). What several pages share goes through `shared`: a bound widget is
tied to its page, so its value would not travel to the next one.

`elements` names what is only drawn or pressed, `songs` and `neurons` hold what those pages share.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

import streamlit as st

from dashboard.state.key import Key
from songrnn.notation.limits import MOST_CHARACTERS

T = TypeVar("T")

# Shared by pages, and part of their addresses.
RUN: Final = Key[str]("run")
TUNE: Final = Key[str]("tune")
SONG: Final = Key[str]("song")

# Runs page, bound to the address.
RUNS: Final = Key[list[str]]("runs")
UNIT: Final = Key[str]("unit")
AXIS: Final = Key[str]("axis")
SCALE: Final = Key[str]("scale")
TRAINING: Final = Key[bool]("training")
STUDY: Final = Key[str]("study")
SHOW: Final = Key[str]("show")
WHOLE: Final = Key[bool]("whole")
SMOOTHING: Final = Key[float]("smoothing")
COLOUR: Final = Key[str]("colour")
FACET: Final = Key[str]("facet")
GROUPED_FOR: Final = Key[str]("_grouped_for")
GROUP: Final = Key[list[str]]("group")
PICTURE: Final = Key[str]("picture")
BASELINE: Final = Key[str]("baseline")
BEST_OF: Final = Key[bool]("best_of")
FILTER: Final = Key[str]("filter")

# Compose page, bound to the address (the fresh song is not: its settings and seed remake it).
TEMPERATURE: Final = Key[float]("temperature")
SEED: Final = Key[int]("seed")
PRIME: Final = Key[str]("prime")
LIMIT: Final = Key[int]("limit")
TOP_K: Final = Key[int]("top_k")
TOP_P: Final = Key[float]("top_p")
MIN_P: Final = Key[float]("min_p")
IN_TURN: Final = Key[bool]("filters_in_turn")
NEW_SEED: Final = Key[bool]("new_seed")
HOW: Final = Key[str]("how")
SHELF_ALL: Final = Key[bool]("all_runs")
SHELF_SEARCH: Final = Key[str]("_shelf_search")
SHELF_ORDER: Final = Key[str]("_shelf_order")
SHELF_STARRED: Final = Key[bool]("_shelf_starred")
SHELF_SHOWN: Final = Key[int]("_shelf_shown")
SHELF_DELETED: Final = Key[tuple[Any, Any]]("_shelf_deleted")
SHELF_FORMATS: Final = Key[list[str]]("_shelf_formats")
WHOLE_BARS: Final = Key[bool]("whole_bars")
FORM: Final = Key[bool]("form")
RECALL: Final = Key[float]("recall")
TRIES: Final = Key[str]("tries")
OTHER_RUNS: Final = Key[list[str]]("runs_beside")
TEMPERATURES: Final = Key[list[float]]("temperatures")
BUILD_RHYTHM: Final = Key[str]("_build_rhythm")
BUILD_METER: Final = Key[str]("_build_meter")
BUILD_TONIC: Final = Key[str]("_build_tonic")
BUILD_MODE: Final = Key[str]("_build_mode")
BUILD_TITLE: Final = Key[str]("_build_title")
REST: Final = Key[str]("_rest")

# Neurons page, bound to the address. Pasted text stays in the session: addresses have an end.
LAYER: Final = Key[int]("layer")
QUANTITY: Final = Key[str]("quantity")
NEURON: Final = Key[str]("neuron")
SCALE_OF: Final = Key[str]("full_colour")
NEURON_ORDER: Final = Key[str]("listed")
FOR_PROPERTY: Final = Key[str]("property")
MOMENT: Final = Key[str]("moment")
NOTE_VALUE: Final = Key[str]("note_value")
COLOURS: Final = Key[str]("colours")
OTHER_NEURONS: Final = Key[list[int]]("beside")
TEXT: Final = Key[str]("text")
SPLIT: Final = Key[str]("split")
PASTED: Final = Key[str]("pasted")
UPLOADED: Final = Key[object]("_uploaded")
UPLOADED_TUNE: Final = Key[int]("_uploaded_tune")
VIEW: Final = Key[str]("view")
AT: Final = Key[str]("at")
SECOND_RUN: Final = Key[str]("second")
SECOND_LAYER: Final = Key[str]("second_layer")
SECOND_NEURON: Final = Key[str]("second_neuron")

# Neurons switched off; the units and what they are fixed at are part of the address.
CAUSE_WHICH: Final = Key[str]("which")
CAUSE_LABEL: Final = Key[str]("label")
CAUSE_UNITS: Final = Key[list[str]]("units")
CAUSE_VALUE: Final = Key[str]("at_value")
CAUSE_LEVEL: Final = Key[float]("level")
CAUSE_PLACE: Final = Key[str]("seen_by")
CAUSE_WHERE: Final = Key[str]("where")
CAUSE_DEFAULT: Final = Key[str]("_cause_default")
CAUSE_TUNES: Final = Key[int]("_cause_tunes")
CAUSE_SIZE: Final = Key[int]("_cause_size")
CAUSE_PRIME: Final = Key[str]("_cause_prime")
CAUSE_SEED: Final = Key[int]("_cause_seed")
CAUSE_TEMPERATURE: Final = Key[float]("_cause_temperature")
DOSE_TUNES: Final = Key[int]("_dose_tunes")
COUNT_TUNES: Final = Key[int]("_count_tunes")

# The atlas, and what is looked for in it.
ATLAS_ORDER: Final = Key[str]("atlas_order")
ATLAS_KIND: Final = Key[str]("atlas_kind")
MARKED_FROM: Final = Key[str]("marked_from")
MARKED_TO: Final = Key[str]("marked_to")
FIND_SPLIT: Final = Key[str]("_find_split")
FIND_LEVEL: Final = Key[float]("_find_level")

# Corpus page, bound to the address.
CORPUS: Final = Key[str]("corpus")
UPLOADS: Final = Key[object]("_uploads")
UPLOAD_NAME: Final = Key[str]("_upload_name")
SEARCH: Final = Key[str]("search")
WHOSE: Final = Key[str]("whose")
ABC: Final = Key[str]("abc")
EDITED: Final = Key[str]("_edited")
CORPUS_SPLIT: Final = Key[str]("corpus_split")

# Temperature page.
STUDY_SONGS: Final = Key[int]("_study_songs")
STUDY_WHOLE_BARS: Final = Key[bool]("_study_whole_bars")
STUDY_RECALL: Final = Key[float]("_study_recall")

# Train page. SAID: what the last action has to say, and until when.
TRAIN_CORPUS: Final = Key[str]("train-corpus")
RUN_NAME: Final = Key[str]("run-name")
START_FROM: Final = Key[str]("from")
LABEL_NEURONS: Final = Key[bool]("label-neurons")
REPLACE_RUN: Final = Key[bool]("replace-run")
STUDY_NAME: Final = Key[str]("study-name")
STUDY_WORKERS: Final = Key[str]("study-workers")
STUDY_SEEDS: Final = Key[int]("study_seeds")
STUDY_EPOCHS: Final = Key[int]("study_epochs")
COPIED_FROM: Final = Key[str]("copy-settings-from")
SETTING: Final = Key[object]("setting")
SAMPLE_RUN: Final = Key[str]("sample-run")
SAMPLE_MUSIC: Final = Key[bool]("sample-music")
DELETED_NAME: Final = Key[str]("delete-name")
PUT_AWAY: Final = Key[list[str]]("_put_away")
NEW_NAME: Final = Key[str]("_new_name")
EPOCH: Final = Key[float]("_epoch")
SEEN_RUNNING: Final = Key[list[str]]("_seen_running")
SAID: Final = Key[tuple[str, str, float]]("_said")

# What an action has to say after the page is drawn again.
NOTICE: Final = Key[str]("_notice")

# Kept in the address by `shared`: they travel, or their address is not what the widget shows
# (a bound widget writes its labels there).
_LINKED: Final = (RUN, TUNE, SONG, TEXT, QUANTITY)
# Texts that are edited and are part of an address.
_WRITTEN: Final = (PRIME, ABC)

# Of a number in an address; Python refuses to read thousands.
_MOST_DIGITS: Final = 9
# Of one parameter in an address: more than there are runs or neurons to choose.
MOST_VALUES: Final = 1_000
# The neuron that the Neurons page opened with.
FIRST_NEURON: Final = Key[int]("_neuron")

PAGE: Final = Key[str]("_page")
_CHOSEN: Final = Key[dict[str, str]]("_chosen")


def get(key: Key[T]) -> T | None:
    """What the session holds under a key: a widget's value, or what was put there."""
    value: T | None = st.session_state.get(key)
    return value


def put(key: Key[T], value: T) -> None:
    """Hold a value under a key; a widget's only before it is drawn, or in its callback."""
    st.session_state[key] = value


def put_all(values: Mapping[Key[Any], Any]) -> None:
    """Hold several values."""
    for key, value in values.items():
        st.session_state[key] = value


def take(key: Key[T]) -> T | None:
    """What the session held under a key, and holds no more."""
    value: T | None = st.session_state.pop(key, None)
    return value


def asked(key: str) -> str | None:
    """What the address says for a key; None too where it is longer than any text that is read."""
    found = st.query_params.get(key)
    return None if found is None or len(found) > MOST_CHARACTERS else found


def all_asked(key: str) -> list[str]:
    """All that the address says for a key, as far as it is as short and as little as any choice."""
    found = st.query_params.get_all(key)[:MOST_VALUES]
    return [each for each in found if len(each) <= MOST_CHARACTERS]


def enter(page: str) -> None:
    """Note which page is shown; called once a run of the script, before the page.

    On arriving at a page its address wins over what was chosen on another one.
    """
    if st.session_state.get(PAGE) == page:
        return
    st.session_state[PAGE] = page
    st.session_state.pop(FIRST_NEURON, None)
    for key in _LINKED:
        st.session_state.pop(widget_key(key), None)
        if (found := asked(key)) is not None:
            _all_chosen()[key] = found
    for key in _WRITTEN:
        if (found := asked(key)) is not None:
            st.session_state[key] = found


def _all_chosen() -> dict[str, str]:
    return st.session_state.setdefault(_CHOSEN, {})


def chosen(key: str) -> str | None:
    """What was last chosen for `key` on any page, or asked for by the address."""
    return _all_chosen().get(key)


def shared(key: str, options: Sequence[str], default: str | None = None) -> str | None:
    """What is chosen for `key` among `options`; call it just before the widget.

    The widget takes `widget_key(key)` as its key and no default. The choice is put into the
    address. When it is none of the options, `default` or the first option is chosen. None when
    there is nothing to choose from. As in `from_address`, the value is set in every run: a browser
    that missed it would show the first option instead.
    """
    if not options:
        return None
    widget = widget_key(key)
    value = st.session_state.get(widget, chosen(key))
    if value not in options:
        value = default if default in options else options[0]
    st.session_state[widget] = value
    choose(key, value)
    return value


def choose(key: str, value: str) -> None:
    """Choose for `key` from code, on this page and the next."""
    _all_chosen()[key] = value
    if st.session_state.get(widget_key(key)) != value:
        st.session_state[widget_key(key)] = value
    address(key, value)


def forget(key: str) -> None:
    """Choose nothing for `key`."""
    _all_chosen().pop(key, None)
    st.session_state.pop(widget_key(key), None)
    address(key, None)


def from_address(key: str, options: Sequence[str], default: str) -> None:
    """Give the widget with this key its first value: what the address names, else `default`.

    For widgets whose options read otherwise than they are named: a bound widget would put the
    words it shows into the address, not the names. Call `to_address` with what was picked.

    The value is set in every run: Streamlit tells the browser of it in the run that sets it and not
    again, and where that run was cut short by another, or the widget stood in a closed popover, the
    browser would show nothing chosen.
    """
    held = st.session_state.get(key)
    st.session_state[key] = next((each for each in (held, asked(key)) if each in options), default)


def address(key: str, value: str | None) -> None:
    """Put a value into the address, None for none; nothing happens when it is there already."""
    if value is None:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != value:
        st.query_params[key] = value


def to_address(key: str, value: str, default: str) -> None:
    """Put what was picked into the address; the default leaves it short."""
    address(key, None if value == default else value)


def link(query: Mapping[Key[Any], str]) -> dict[str, str]:
    """The query of a link to another page."""
    return {str(key): value for key, value in query.items()}


def several_from_address(
    key: Key[list[str]], options: Sequence[str], default: Sequence[str] = ()
) -> None:
    """`from_address` for a widget of which several are chosen; an option may have words behind it."""
    if key not in st.session_state:
        named = all_asked(key) or default
        numbers = [each.partition(" ")[0] for each in named]
        put(key, [each for each in dict.fromkeys(numbers) if each in options])


def several_to_address(key: Key[list[str]], values: Sequence[str]) -> None:
    """Put what was picked into the address."""
    if list(values) != st.query_params.get_all(key):
        st.query_params[key] = list(values)


def rows_picked(key: Key[Any]) -> list[int]:
    """The rows a person picked in a table."""
    picked = st.session_state.get(key)
    return list(picked["selection"]["rows"]) if picked else []


def number_asked(key: str) -> int | None:
    """A whole number that the address names, None when it names none, or one of too many digits."""
    said = asked(key) or ""
    usable = said.isascii() and said.isdigit() and len(said) <= _MOST_DIGITS
    return int(said) if usable else None


def widget_key(key: str) -> str:
    """The session key of this page's widget for the shared `key`."""
    return f"{key}@{st.session_state.get(PAGE, '')}"
