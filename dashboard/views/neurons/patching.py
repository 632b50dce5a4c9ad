"""The state of one tune put into another at one character: what carries the difference?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.charts.patching import lasting
from dashboard.charts.theme import visible
from dashboard.components.tune_player import Selection
from dashboard.state import elements, whole_state
from dashboard.views.neurons.appearance import PLAIN_LOOK
from dashboard.views.neurons.layer import Layer, clearest_neuron
from dashboard.views.neurons.player import PATIENCE, on_player
from dashboard.views.neurons.words import PROPERTY_WORDS, interval_words, neuron_link
from dashboard.widgets.progress import Tell
from dashboard.wording import file_name, plain
from songrnn.errors import ConfigError, UnknownCharacterError
from songrnn.inspection.directions import Direction, learn_direction
from songrnn.inspection.indexing import untrained_engine
from songrnn.inspection.patching import HEADS, Moved, Pair, Patched, patch, written_pair
from songrnn.store.runs import Run

PAIRS = {"meter": "Meter: 6/8 into 4/4", "key": "Key: G into D", "own": "Two of your own"}
# Characters that a head of one's own may have; the two of a pair.
MOST_OF_HEAD = 400
# What follows both heads at first, so that there is music to click on.
MUSIC = "|:DFAd fdAF|GBdB AFED:|\n"
Heads = tuple[str, str]
ALONG = {"meter": "compound", "key": "sharps"}


def show(looked_at: Layer) -> None:
    """The view."""
    run = looked_at.run
    with st.container(key=elements.BENCH):
        with st.container(key=elements.RAIL):
            st.markdown(
                "Two headers that differ in one field are read. The state of the second, or a part "
                "of it, is put into the first, and both read on the same music. The **share** of a "
                "part is how much of the whole state's change it makes by itself."
            )
            if problem := loaders.corpora.problem(run.config.corpus):
                st.info(plain(problem))
                return
            help = "Which field of the header differs."
            name = widgets.segments("Pair", PAIRS, whole_state.PATCH_PAIR, help)
            written = own_texts() if name == "own" else None
        with st.container(key=elements.MUSIC):
            try:
                ask(run, name, None if written is None else own_heads(looked_at, *written))
            except (ConfigError, UnknownCharacterError) as error:
                st.info(plain(str(error)))


def own_texts() -> Heads:
    """Two tunes that a person writes: the base, and the source of the state."""
    first, second = (f"X:1\nT:Tune\n{fields}" for fields in HEADS["meter"])
    left, right = st.columns(2, gap="medium")
    base = left.text_area(
        "Base",
        first + MUSIC,
        key=whole_state.PATCH_BASE,
        height=170,
        max_chars=MOST_OF_HEAD,
        help="The text whose state is changed. Click on a character of it below.",
    )
    source = right.text_area(
        "Source, whose state is put in",
        second + MUSIC,
        key=whole_state.PATCH_SOURCE,
        height=170,
        max_chars=MOST_OF_HEAD,
        help="Needs the same character where the base is cut, at the same place.",
    )
    return base, source


def own_heads(looked_at: Layer, base: str, source: str) -> Heads:
    """Both up to the character that was clicked in the first. Raises ConfigError where they cannot
    be patched there, and UnknownCharacterError."""
    at = state.get(whole_state.PATCH_AT)
    at = len(f"X:1\nT:Tune\n{HEADS['meter'][0]}") - 1 if at is None else at
    if base:
        at = min(at, len(base) - 1)
        place(looked_at, base, at)
        if source[at : at + 1] != base[at]:
            here = visible(source[at]) if at < len(source) else "its end"
            raise ConfigError(
                f"At character {at + 1} stands {visible(base[at])} in the base and {here} in the "
                "source; the state is put in before a character that both have there."
            )
    return base[: at + 1], source[: at + 1]


def place(looked_at: Layer, base: str, at: int) -> None:
    """The base with a neuron on it; clicking on a character takes it for the last one before the
    music."""
    looked_at.run.vocabulary.encode(base)

    def below(chosen: Selection) -> None:
        if chosen.place is not None and chosen.place != state.get(whole_state.PATCH_AT):
            state.put(whole_state.PATCH_AT, chosen.place)
            st.rerun(scope="app")

    activity = loaders.neurons.activation_map(looked_at.run, base)
    widgets.tune(
        base,
        key=elements.PATCH_PLAYER,
        patience=PATIENCE,
        activations=on_player(looked_at, activity, PLAIN_LOOK),
        selection=Selection(
            neuron=clearest_neuron(looked_at.run, looked_at.layer), span=(at, at + 1)
        ),
        below=below,
        places=True,
    )
    st.caption(
        f"Both texts are read up to character {at + 1} of the base, {visible(base[at])}; the state is "
        "put in before it. **Click on another character of the text to take that one.** What follows "
        "is the music of validation tunes in D and four quarter notes."
    )


def ask(run: Run, name: str, heads: Heads | None) -> None:
    """What patching finds, once it is asked for. Raises ConfigError where it cannot be done, and
    UnknownCharacterError."""
    pair = pair_of(run, name, heads)
    for head in heads or ():
        run.vocabulary.encode(head)
    found = widgets.measured(
        run,
        ("patch", name, heads),
        lambda tell: measure(run, name, pair, tell),
        label="Patch",
        doing="Reading on …",
        about="Reads the music of 20 validation tunes after every patch: of each quantity, each "
        "layer, each neuron and a direction, with an untrained network and a random direction "
        "beside them.",
        key=elements.PATCH,
    )
    if found is not None:
        report(run, found)


def pair_of(run: Run, name: str, heads: Heads | None) -> Pair:
    """The heads and the music that follows."""
    tunes = widgets.corpus_of(run.config.corpus).split("validation")
    written = written_pair("meter" if heads else name, tunes, run.vocabulary)
    return Pair(*heads, written.music) if heads else written


def direction_of(run: Run, name: str) -> Direction:
    """The direction of a property in the state of a run."""
    training = widgets.corpus_of(run.config.corpus).split("train")
    rng = np.random.default_rng(0)
    return learn_direction(loaders.runs.engine(run), run.vocabulary, training, name, rng)


def measure(run: Run, name: str, pair: Pair, tell: Tell) -> Patched:
    """Everything that is shown."""
    return patch(
        loaders.runs.engine(run),
        run.vocabulary,
        pair,
        np.random.default_rng(0),
        direction=direction_of(run, ALONG[name]) if name in ALONG else None,
        untrained=untrained_engine(run, 0),
        progress=tell,
    )


def report(run: Run, found: Patched) -> None:
    """Next characters, how long it lasts, which parts carry it."""
    untrained = interval_words(found.untrained) if found.untrained else "–"
    first = found.neurons[0]
    st.markdown(
        f"The whole state moves each prediction by **{interval_words(found.total)} bits** on average "
        f"over {len(found.bits)} characters and {found.tunes} tunes; in an untrained network by "
        f"{untrained}. Half of the change lies within {found.half + 1} characters. Neuron "
        f"{first.part.partition('/')[2]} of layer {first.part.partition('/')[0]} carries most of it: "
        f"{interval_words(first.share, 2)}."
    )
    left, right = st.columns(2, gap="medium")
    with left:
        widgets.chart(
            lambda colours: lasting(found.bits, colours=colours),
            file_name(run.name, "patch", "bits moved by characters since"),
            key=elements.PATCH_CHART,
            alt="Bits by which the patch moves each of the next predictions",
        )
    with right:
        rows = [
            {"next": visible(each.character), "before": each.before, "after": each.after}
            for each in found.next
        ]
        column = st.column_config
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            key=elements.PATCH_NEXT,
            column_config={
                "next": column.TextColumn("First character"),
                "before": column.NumberColumn("Before", format="percent"),
                "after": column.NumberColumn("After the patch", format="percent"),
            },
        )
    with left:
        shares([_named(each) for each in found.parts], elements.PATCH_PARTS, "Part of the state")
    with right:
        links = [_of_neuron(run, each) for each in found.neurons[:20]]
        shares(links, elements.PATCH_NEURONS, "Neuron (hidden and cell)")


def shares(rows: Sequence[dict[str, str]], key: str, title: str) -> None:
    """A table of shares."""
    column = st.column_config
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        key=key,
        column_config={
            "part": column.TextColumn(title),
            "share": column.TextColumn(
                "Share", help="1 is as much as the whole state, 0 nothing; below 0 it moves away."
            ),
            "label": column.TextColumn("Label"),
            "open": column.LinkColumn("Card", display_text="open"),
        },
    )


def _named(each: Moved) -> dict[str, str]:
    return {"part": each.part, "share": interval_words(each.share, 2)}


def _of_neuron(run: Run, each: Moved) -> dict[str, str]:
    """With its verdict and a link."""
    layer, neuron = (int(part) for part in each.part.split("/"))
    index = loaders.neurons.index(run)
    verdict = index.memory.of(layer - 1, neuron) if index and index.memory else None
    label = PROPERTY_WORDS.get(verdict.label or "", "") if verdict else ""
    link = neuron_link(run.name, "hidden", layer - 1, neuron, view="card")
    return {**_named(each), "label": label, "open": link}
