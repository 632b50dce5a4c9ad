"""The form on how a song is written: temperature, opening, seed, filters, length."""

import secrets

import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.loaders.music import SMALL
from dashboard.state import elements
from dashboard.state.drafts import draft
from dashboard.state.key import Key
from dashboard.state.songs import FORM_OF
from dashboard.views.compose.header import header_choices
from dashboard.views.compose.presets import (
    ASKED,
    PHRASES,
    by_phrases,
    choose_tries,
    preset_buttons,
    tries,
)
from dashboard.wording import plain
from songrnn.config import SAMPLE_SETTINGS, SampleConfig, with_phrases
from songrnn.errors import SongRNNError, UnknownCharacterError
from songrnn.notation.bars import wrong_bars
from songrnn.notation.files.opening import Opening, opening_of
from songrnn.notation.limits import MOST_CHARACTERS
from songrnn.store.runs import Run
from songrnn.store.songs import KeptSong

MOST_SEEDS = 2**31 - 1
FIRST_SEED = 7


def settings(run: Run, *, one: bool = True) -> tuple[SampleConfig, str] | None:
    """The controls; without the temperature when it is chosen elsewhere, `one` being false.

    None, with the reason on the page, when they can't be used as they are.
    """
    header_choices(draft(state.PRIME, "X:1\n").text)
    preset_buttons(run)
    if one:
        choose_tries(run)
    temperature = _temperature() if one else SampleConfig().temperature
    prime = opening_of(_opening(run)).text
    usable = not run.vocabulary.unknown(prime) and not widgets.is_refused(state.PRIME)
    _seed()
    whole_bars = widgets.toggle(
        SAMPLE_SETTINGS["whole_bars"].label, state.WHOLE_BARS, SAMPLE_SETTINGS["whole_bars"].help
    )
    form = False
    if loaders.runs.forms(run) is not None:
        form = widgets.toggle(
            SAMPLE_SETTINGS["form"].label,
            state.FORM,
            SAMPLE_SETTINGS["form"].help,
            disabled=not whole_bars,
        )
    recall = 0.0
    if loaders.runs.gate(run) is not None:
        recall = _slider("recall", state.RECALL, 0.0, 1.0, 0.0)
    with st.expander("More settings"):
        top_k, top_p, min_p, in_turn = _filters()
        limit = _limit()
    if len(prime) >= limit:
        st.error(
            f"The opening has {len(prime)} characters; a limit of {limit} leaves none to write."
        )
        usable = False
    config = SampleConfig(
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        min_p=min_p,
        filters_in_turn=in_turn,
        limit=limit,
        whole_bars=whole_bars,
        form=form and whole_bars,
        recall=recall,
    )
    if one and by_phrases(run):
        config = with_phrases(config)
    return (config, prime) if usable else None


def follow_kept(run: Run) -> None:
    """Fill the form with the settings of a kept song once it is opened by a link.

    An address that names settings of its own is taken at its word.
    """
    asked = state.chosen(state.SONG)
    if asked is None or asked == state.get(FORM_OF):
        return
    state.put(FORM_OF, asked)
    if any(state.asked(Key[str](key)) for key in ASKED):
        return
    for kept in loaders.runs.songs(run):
        if kept.id == asked:
            use_settings(kept.config, kept.prime, kept.seed)
            st.caption("The settings below are now those of the song that was opened.")


def _temperature() -> float:
    return _slider("temperature", state.TEMPERATURE, 0.0, 2.0, 0.8)


def _opening(run: Run) -> str:
    return widgets.editor(
        "Opening",
        state.PRIME,
        "X:1\n",
        "The start sequence: the model reads it first and continues from there. Header fields set "
        "meter (M:6/8), key (K:D) or rhythm (R:jig); notes after K: begin the melody.",
        width=SMALL,
        linked=True,
        beginning=True,
        below=lambda text: _about_opening(run, opening_of(text)),
    )


def _about_opening(run: Run, opening: Opening) -> None:
    """What was left out of an opening, what stands against it, and what is to be known of it."""
    for notice in opening.notices:
        st.caption(notice)
    prime = opening.text
    say_unknown(run, prime)
    whole_bars = state.get(state.WHOLE_BARS)
    if whole_bars and (wrong := wrong_bars(loaders.music.reading(prime), unfinished=True)):
        st.caption(
            f"Bar {', '.join(map(str, wrong))} of the opening is not as long as its meter says "
            "and is left as it is; the rule applies from there on."
        )


def use_settings(config: SampleConfig, prime: str, seed: int) -> None:
    """Fill the form with the settings of a song, as far as the form reaches."""
    state.put_all(
        {
            state.TEMPERATURE: min(config.temperature, 2.0),
            state.PRIME: prime,
            state.SEED: seed,
            state.NEW_SEED: False,
            state.WHOLE_BARS: config.whole_bars,
            state.FORM: config.form,
            state.RECALL: config.recall,
            state.TOP_K: min(config.top_k, 1000),
            state.TOP_P: max(config.top_p, 0.05),
            state.MIN_P: min(config.min_p, 0.5),
            state.IN_TURN: config.filters_in_turn,
            state.LIMIT: min(config.limit, MOST_CHARACTERS),
        }
    )
    if config.ways > 1 or state.get(state.TRIES) == PHRASES:
        state.put(state.TRIES, PHRASES if config.ways > 1 else "1")


def _seed() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            "Seed",
            min_value=0,
            max_value=MOST_SEEDS,
            value=FIRST_SEED,
            step=1,
            key=state.SEED,
            bind="query-params",
            help="Another seed gives another song; the same run, settings and seed give the same one.",
            width=140,
        )
        st.toggle(
            "New seed each time",
            key=state.NEW_SEED,
            bind="query-params",
            help="Draws a new seed whenever Compose is pressed; it is shown, so that the song can be "
            "made again.",
        )


def write_buttons(run: Run) -> bool:
    """The buttons that let the run write; whether one of them was pressed."""
    with st.container(horizontal=True, gap="small"):
        first = st.button(
            "Compose",
            key=elements.COMPOSE,
            type="primary",
            width="stretch",
            on_click=new_seed_if_wanted,
            help="Lets the run write with the settings below.",
        )
        another = st.button(
            "Another",
            key=elements.ANOTHER,
            on_click=next_seed,
            args=(run,),
            help="Writes with the same settings and the next seed: another song of the kind.",
        )
    return first or another


def new_seed_if_wanted() -> None:
    """Before a song is written: draw the seed, or leave the person's."""
    if state.get(state.NEW_SEED):
        state.put(state.SEED, secrets.randbelow(MOST_SEEDS + 1))


def next_seed(run: Run) -> None:
    """Before another song is written: the next seeds that none of the last songs had, and none of
    those kept, of which one may be the song that is shown."""
    seed = state.get(state.SEED)
    seed, taken = FIRST_SEED if seed is None else seed, {each.seed for each in _kept(run)}
    for _ in range(len(taken) + 1):
        seed = (seed + tries(run)) % (MOST_SEEDS + 1)
        if taken.isdisjoint(range(seed, seed + tries(run))):
            break
    state.put(state.SEED, seed)
    new_seed_if_wanted()


def _kept(run: Run) -> list[KeptSong]:
    try:
        return loaders.runs.songs(run)
    except SongRNNError:
        return []  # the shelf says why


def _filters() -> tuple[int, float, float, bool]:
    top_k = _number("top_k", state.TOP_K, 0, 1000)
    top_p = _slider("top_p", state.TOP_P, 0.05, 1.0, 1.0)
    min_p = _slider("min_p", state.MIN_P, 0.0, 0.5, 0.0)
    turn = SAMPLE_SETTINGS["filters_in_turn"]
    return top_k, top_p, min_p, widgets.toggle(turn.label, state.IN_TURN, turn.help)


def _limit() -> int:
    return _number("limit", state.LIMIT, 1, MOST_CHARACTERS)


def _slider(name: str, key: str, low: float, high: float, value: float) -> float:
    """A setting of sampling as a slider; low, high: as far as the form reaches."""
    setting = SAMPLE_SETTINGS[name]
    return st.slider(
        setting.label,
        min_value=low,
        max_value=high,
        value=value,
        step=float(setting.step),
        key=key,
        bind="query-params",
        help=setting.help,
    )


def _number(name: str, key: str, low: int, high: int) -> int:
    """A setting of sampling as a field; low, high: as far as the form reaches."""
    setting = SAMPLE_SETTINGS[name]
    return int(
        st.number_input(
            setting.label,
            min_value=low,
            max_value=high,
            value=int(setting.default),
            step=int(setting.step),
            key=key,
            bind="query-params",
            help=setting.help,
        )
    )


def say_unknown(run: Run, prime: str) -> None:
    """Name the characters of a text that the run does not know, if there are any."""
    unknown = run.vocabulary.unknown(prime)
    if not unknown:
        return
    position, character = unknown[0]
    st.error(plain(str(UnknownCharacterError(character, position, prime))))
    if len(unknown) > 1:
        others = ", ".join(dict.fromkeys(f"{other!r}" for _, other in unknown))
        st.caption(
            f"{len(unknown)} characters in all are unknown to {plain(run.name)}: {plain(others)}."
        )
