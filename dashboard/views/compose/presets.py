"""What the form on Compose opens with: a run's best settings, plain sampling, how many songs to try."""

from typing import Any

import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.state import elements
from dashboard.state.key import Key
from dashboard.state.songs import BEST_OF, OPENED, TRIES_LEFT
from songrnn.config import SampleConfig, recommended
from songrnn.store.runs import Run

# What Compose opens with where the address says nothing of it: the run's best songs.
ASKED: tuple[str, ...] = (
    *(state.TEMPERATURE, state.WHOLE_BARS, state.FORM, state.RECALL, state.TRIES, state.TOP_K),
    *(
        state.TOP_P,
        state.MIN_P,
        state.SEED,
        state.NEW_SEED,
        state.IN_TURN,
        state.PRIME,
        state.LIMIT,
        state.HOW,
    ),
)
TRIES = {"1": "One song", "8": "8, show the best"}
PHRASES = "phrases"


def open_recommended(run: Run) -> None:
    """Once a session: the recommended settings, unless the address asks for some of its own.

    An address of before, which says nothing of recall, so means what it meant.
    """
    if state.get(OPENED) or not _has_learned(run):
        return
    state.put(OPENED, True)
    if not any(state.asked(Key[str](key)) for key in ASKED) and state.chosen(state.SONG) is None:
        # A widget that was drawn tells the address itself, and nothing else may.
        if state.get(state.WHOLE_BARS) is None:
            state.address(state.WHOLE_BARS, "true")
        best = best_settings(run)
        if state.get(state.FORM) is None and best.form:
            state.address(state.FORM, "true")
        if state.get(state.RECALL) is None:
            state.address(state.RECALL, f"{best.recall:g}")
        recommend(run)
    else:  # an address, after a reload perhaps, may name the very same
        state.put(BEST_OF, (run.name, _best_values(run)))


def follow_run(run: Run) -> None:
    """The best settings of the run before become this one's; those that a person chose stay."""
    before = state.get(BEST_OF)
    if before is None or before[0] == run.name:
        return
    if all(state.get(key) in (None, value) for key, value in before[1].items()):
        recommend(run)
    else:
        state.put(BEST_OF, None)


def _has_learned(run: Run) -> bool:
    """Whether the run can do more than sample plainly."""
    learned = loaders.runs
    return any(each(run) is not None for each in (learned.gate, learned.forms, learned.typicality))


def best_settings(run: Run) -> SampleConfig:
    """The settings that give the songs most like real tunes, as far as the run has learned."""
    return recommended(
        recall=loaders.runs.gate(run) is not None,
        phrases=loaders.runs.beginnings(run) is not None,
        forms=loaders.runs.forms(run) is not None,
    )


def recommend(run: Run) -> None:
    """Fill the form with the settings that give the songs most like real tunes."""
    values = _best_values(run)
    state.put_all(values)
    state.put(BEST_OF, (run.name, values))


def _best_values(run: Run) -> dict[Key[Any], Any]:
    best = best_settings(run)
    return {
        state.TEMPERATURE: best.temperature,
        state.WHOLE_BARS: best.whole_bars,
        state.FORM: best.form,
        state.RECALL: best.recall,
        state.TRIES: next(reversed(_ways_to_try(run))),
    }


def sample_plainly() -> None:
    """Fill the form with plain sampling: the network alone, no rule, one song."""
    state.put_all({state.WHOLE_BARS: False, state.FORM: False, state.RECALL: 0.0, state.TRIES: "1"})
    state.put_all({state.TOP_K: 0, state.TOP_P: 1.0, state.MIN_P: 0.0})


def tries(run: Run) -> int:
    """How many songs are written for one to be shown."""
    return 1 if loaders.runs.typicality(run) is None else 8 if state.get(state.TRIES) == "8" else 1


def by_phrases(run: Run) -> bool:
    """Whether a song is written phrase by phrase, each the best of several."""
    return state.get(state.TRIES) == PHRASES and loaders.runs.beginnings(run) is not None


def _ways_to_try(run: Run) -> dict[str, str]:
    """How many songs, or phrases, are tried for one to be shown: what the run has learned allows."""
    found = dict(TRIES) if loaders.runs.typicality(run) is not None else {"1": TRIES["1"]}
    if loaders.runs.beginnings(run) is not None:
        found[PHRASES] = "Phrase by phrase"
    return found


def preset_buttons(run: Run) -> None:
    """*Best songs* and *Plain sampling*, for a run that can do both."""
    if not _has_learned(run):
        return
    with st.container(horizontal=True):
        st.button(
            "Best songs",
            key=elements.RECOMMENDED,
            on_click=recommend,
            args=(run,),
            help="Temperature, whole bars, form, recall and ranking that gave the songs most like real "
            "tunes.",
        )
        st.button(
            "Plain sampling",
            key=elements.PLAIN,
            on_click=sample_plainly,
            help="The network alone at the temperature below: no rule, no recall, one song.",
        )


def choose_tries(run: Run) -> None:
    choices = _ways_to_try(run)
    if state.get(state.TRIES) not in (None, *choices):
        state.put(state.TRIES, "1")  # chosen for a run that has learned more
    left = state.get(TRIES_LEFT)  # what a page shows is forgotten when another one is looked at
    if state.get(state.TRIES) is None and state.asked(state.TRIES) is None and left in choices:
        state.put(state.TRIES, left)
    if len(choices) > 1:
        picked = widgets.segments(
            "Songs to write",
            choices,
            state.TRIES,
            "Of 8 songs, with seeds counting up, the most typical is shown: the one that a "
            "classifier finds most like training tunes in its form. The others are a click away. "
            "Phrase by phrase, every two to four bars are written several ways, and the song goes on from "
            "the most typical; of songs in the form of a tune three drafts are written so, and the best "
            "one stays.",
        )
        state.put(TRIES_LEFT, picked)
