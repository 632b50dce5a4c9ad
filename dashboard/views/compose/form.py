"""The form on how a song is drawn: temperature, the beginning, seed, filters, length."""

import secrets

import streamlit as st

from dashboard import loaders, state
from songrnn.config import SampleConfig
from songrnn.errors import UnknownCharacterError
from songrnn.notation.bars import wrong_bars
from songrnn.store.runs import Run

_FIELDS = SampleConfig.model_fields
MOST_SEEDS = 2**31 - 1
# What a header can be built from, spelled as most tunes of the corpus spell it.
RHYTHMS = ("reel", "jig", "hornpipe", "slip jig", "strathspey", "air", "clog", "march", "polka")
METERS = ("4/4", "C", "C|", "2/4", "3/4", "3/8", "6/8", "9/8", "12/8")
TONICS = ("C", "D", "E", "F", "G", "A", "Bb", "B", "Eb")
ANYTHING = "as the model likes"
MODES = {"major": "", "minor": "m", "dorian": "dor", "mixolydian": "mix"}


def settings(run: Run, *, one: bool = True) -> tuple[SampleConfig, str] | None:
    """The controls; without the temperature when it is chosen elsewhere, `one` being false.

    None, with the reason on the page, when they can't be used as they are.
    """
    temperature = _temperature() if one else _FIELDS["temperature"].default
    _header_builder()
    prime = _beginning()
    usable = _check_prime(run, prime)
    _seed()
    whole_bars = st.toggle(
        "Whole bars",
        key=state.WHOLE_BARS,
        bind="query-params",
        help="Only characters that can still lead to bars of the right length, closed brackets and "
        "repeats, and a proper end; the other probabilities are renormalised.",
    )
    if whole_bars and (wrong := wrong_bars(loaders.music.reading(prime), unfinished=True)):
        st.caption(
            f"Bar {', '.join(map(str, wrong))} of the beginning is not as long as its meter says "
            "and stays so; whole bars begin after it."
        )
    with st.expander("More settings"):
        top_k, top_p, min_p = _filters()
        limit = _limit()
    if len(prime) >= limit:
        st.error(
            f"The beginning has {len(prime)} characters; with a limit of {limit} none is left."
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
        help="Divides the logits: below 1 the probable gets more probable, above 1 less. "
        "0 always takes the most probable character.",
    )


def _beginning() -> str:
    return (
        st.text_area(
            "Begin with",
            value="X:1\n",
            key=state.PRIME,
            bind="query-params",
            height=130,
            help="The start sequence: the model reads it first and goes on from there. Header "
            "fields set meter (M:6/8), key (K:D) or rhythm (R:jig); notes after K: begin the melody.",
        )
        or ""
    )


def _header_builder() -> None:
    """A beginning put together from choices."""
    with st.popover("Build a beginning", width="stretch"):
        first, second = st.columns(2, gap="small")
        with first:
            st.selectbox("Rhythm", [ANYTHING, *RHYTHMS], key=state.BUILD_RHYTHM)
            tonic = st.selectbox("Key", [ANYTHING, *TONICS], key=state.BUILD_TONIC)
        with second:
            st.selectbox("Meter", [ANYTHING, *METERS], key=state.BUILD_METER)
            st.selectbox("Mode", list(MODES), key=state.BUILD_MODE, disabled=tonic == ANYTHING)
        st.text_input("Title", key=state.BUILD_TITLE, max_chars=80)
        st.code(_header_chosen(), language=None)
        st.button("Begin with this", on_click=lambda: begin_with(_header_chosen()), width="stretch")
        st.caption(
            "Fields stand in the order of the corpus: T, R, M, L, K. What is left to the model "
            "before a field you chose can no longer be written by it."
        )


def _header_chosen() -> str:
    """The header of what is chosen at this moment."""
    rhythm, meter, tonic, mode, title = (
        str(st.session_state.get(key) or "")
        for key in (
            state.BUILD_RHYTHM,
            state.BUILD_METER,
            state.BUILD_TONIC,
            state.BUILD_MODE,
            state.BUILD_TITLE,
        )
    )
    key = "" if tonic in ("", ANYTHING) else tonic + MODES[mode]
    return header(title, rhythm.replace(ANYTHING, ""), meter.replace(ANYTHING, ""), key)


def header(title: str, rhythm: str, meter: str, key: str) -> str:
    """A tune's header in the order of the corpus, as far as it is known.

    A key ends the header, so the unit note length of nearly all tunes, 1/8, stands before it.

    >>> header("Test", "jig", "6/8", "D")
    'X:1\\nT:Test\\nR:jig\\nM:6/8\\nL:1/8\\nK:D\\n'
    """
    fields = [("X", "1"), ("T", " ".join(title.split())), ("R", rhythm), ("M", meter)]
    fields += [("L", "1/8"), ("K", key)] if key else []
    return "".join(f"{name}:{value}\n" for name, value in fields if value)


def begin_with(text: str) -> None:
    """Put a beginning into the form."""
    st.session_state[state.PRIME] = text


def take_over(config: SampleConfig, prime: str, seed: int) -> None:
    """Put the settings of a song into the form, as far as the form reaches."""
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
            help="The same run, settings and seed give the same song.",
            width=140,
        )
        st.toggle(
            "New each time",
            key=state.NEW_SEED,
            bind="query-params",
            help="Draw a new seed at every press of Compose; it is shown, so the song can be remade.",
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
        help="Keep only the k most probable characters; 0 keeps all.",
    )
    top_p = st.slider(
        "Top-p",
        min_value=0.05,
        max_value=1.0,
        value=1.0,
        step=0.05,
        key=state.TOP_P,
        bind="query-params",
        help="Keep the fewest characters whose probabilities sum to p; 1 keeps all.",
    )
    min_p = st.slider(
        "Min-p",
        min_value=0.0,
        max_value=0.5,
        value=0.0,
        step=0.01,
        key=state.MIN_P,
        bind="query-params",
        help="Keep characters at least this many times as probable as the most probable one; "
        "0 keeps all.",
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
            help="Most characters of a song, the beginning included. A song that reaches it is "
            "cut, and says so.",
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
