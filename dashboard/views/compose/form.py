"""The form on how a song is written: temperature, opening, seed, filters, length."""

import secrets

import streamlit as st

from dashboard import loaders, state
from dashboard.views.compose.header import header_helper
from songrnn.config import SampleConfig
from songrnn.errors import UnknownCharacterError
from songrnn.notation.bars import wrong_bars
from songrnn.store.runs import Run

_FIELDS = SampleConfig.model_fields
MOST_SEEDS = 2**31 - 1


def settings(run: Run, *, one: bool = True) -> tuple[SampleConfig, str] | None:
    """The controls; without the temperature when it is chosen elsewhere, `one` being false.

    None, with the reason on the page, when they can't be used as they are.
    """
    temperature = _temperature() if one else _FIELDS["temperature"].default
    header_helper()
    prime = _opening()
    usable = _check_prime(run, prime)
    _seed()
    whole_bars = st.toggle(
        "Whole bars",
        key=state.WHOLE_BARS,
        bind="query-params",
        help="Allows only characters that can still lead to bars of the right length, closed "
        "brackets and repeats, and a proper end; the probabilities of the others are set to 0.",
    )
    if whole_bars and (wrong := wrong_bars(loaders.music.reading(prime), unfinished=True)):
        st.caption(
            f"Bar {', '.join(map(str, wrong))} of the opening is not as long as its meter says "
            "and is left as it is; the rule applies from there on."
        )
    with st.expander("More settings"):
        top_k, top_p, min_p = _filters()
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
        limit=limit,
        whole_bars=whole_bars,
    )
    return (config, prime) if usable else None


def _temperature() -> float:
    return st.slider(
        "Temperature",
        min_value=0.0,
        max_value=2.0,
        value=0.8,
        step=0.05,
        key=state.TEMPERATURE,
        bind="query-params",
        help="The higher, the more daring. The logits are divided by it: below 1 likely characters "
        "become likelier, above 1 less likely; 0 always takes the likeliest.",
    )


def _opening() -> str:
    return (
        st.text_area(
            "Opening",
            value="X:1\n",
            key=state.PRIME,
            bind="query-params",
            height=130,
            help="The start sequence: the model reads it first and continues from there. Header "
            "fields set meter (M:6/8), key (K:D) or rhythm (R:jig); notes after K: begin the melody.",
        )
        or ""
    )


def use_settings(config: SampleConfig, prime: str, seed: int) -> None:
    """Fill the form with the settings of a song, as far as the form reaches."""
    st.session_state.update(
        {
            state.TEMPERATURE: min(config.temperature, 2.0),
            state.PRIME: prime,
            state.SEED: seed,
            state.NEW_SEED: False,
            state.WHOLE_BARS: config.whole_bars,
            state.TOP_K: min(config.top_k, 1000),
            state.TOP_P: max(config.top_p, 0.05),
            state.MIN_P: min(config.min_p, 0.5),
            state.LIMIT: min(config.limit, 20_000),
        }
    )


def _seed() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            "Seed",
            min_value=0,
            max_value=MOST_SEEDS,
            value=7,
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


def new_seed_if_wanted() -> None:
    """Before a song is written: draw the seed, or leave the person's."""
    if st.session_state.get(state.NEW_SEED):
        st.session_state[state.SEED] = secrets.randbelow(MOST_SEEDS + 1)


def _filters() -> tuple[int, float, float]:
    top_k = st.number_input(
        "Top-k",
        min_value=0,
        max_value=1000,
        value=0,
        key=state.TOP_K,
        bind="query-params",
        help="Keeps only the k likeliest characters: the lower, the safer. 0 keeps all.",
    )
    top_p = st.slider(
        "Top-p",
        min_value=0.05,
        max_value=1.0,
        value=1.0,
        step=0.05,
        key=state.TOP_P,
        bind="query-params",
        help="Keeps the fewest characters whose probabilities sum to p: the lower, the safer. "
        "1 keeps all.",
    )
    min_p = st.slider(
        "Min-p",
        min_value=0.0,
        max_value=0.5,
        value=0.0,
        step=0.01,
        key=state.MIN_P,
        bind="query-params",
        help="Keeps characters at least this many times as likely as the likeliest one: the "
        "higher, the safer. 0 keeps all.",
    )
    return int(top_k), top_p, min_p


def _limit() -> int:
    return int(
        st.number_input(
            "Length limit",
            min_value=1,
            max_value=20_000,
            value=_FIELDS["limit"].default,
            step=100,
            key=state.LIMIT,
            bind="query-params",
            help="The most characters a song may have, the opening included. A song that reaches it "
            "is cut off there, and says so.",
        )
    )


def _check_prime(run: Run, prime: str) -> bool:
    unknown = run.vocabulary.unknown(prime)
    if not unknown:
        return True
    position, character = unknown[0]
    st.error(str(UnknownCharacterError(character, position, prime)))
    if len(unknown) > 1:
        others = ", ".join(dict.fromkeys(f"{other!r}" for _, other in unknown))
        st.caption(f"{len(unknown)} characters in all are unknown to {run.name}: {others}.")
    return False
