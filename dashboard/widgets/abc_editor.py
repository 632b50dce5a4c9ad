"""ABC to edit: a text field whose problems, staff and sound follow what is written."""

from collections.abc import Callable

import streamlit as st

from dashboard import loaders, state
from dashboard.components.tune_player.editing import last_edit, tune_editor, wanted_samples
from dashboard.frame import errors_as_sentences
from dashboard.loaders.music import WIDE
from dashboard.state.drafts import Draft, draft, take_edit
from dashboard.state.key import Key
from songrnn.notation.audio import INSTRUMENTS
from songrnn.notation.transpose import transpose

# Seconds that a new text waits for its staff; a longer tune's joins it when it is ready.
PATIENCE = 1.0


def editor(
    label: str,
    key: Key[str],
    default: str,
    help: str,
    *,
    width: int = WIDE,
    below: Callable[[str], None] | None = None,
) -> str:
    """A text field for ABC, with staff and sound; returns the text as it stands.

    What is written is under `key`; putting another text there puts it into the field. width:
    pixels that a line of music is laid out for. below: draws what belongs to the text; it follows
    what is written, while the rest of the page waits for the next run of the script.
    """
    player = f"{key}-editor"
    st.caption(label, help=help)
    waiting = loaders.music.samples_are_coming(state.instrument())

    @st.fragment(run_every=1 if waiting else None)
    def stage() -> None:
        with errors_as_sentences():
            instrument = state.instrument()
            if waiting and not loaders.music.samples_are_coming(instrument):
                st.rerun()  # before anything is drawn: a run that ends here sends nothing
            now = _written(key, default, player)
            staff = loaders.music.staff(now.text, width, PATIENCE)
            samples = loaders.music.samples(instrument)
            token = wanted_samples(player)
            sends = samples is not None and token not in ("", state.get(_served(key)))
            if sends:
                state.put(_served(key), token)
            tune_editor(
                loaders.music.reading(now.text),
                label=label,
                revision=now.revision,
                number=now.number,
                svg=None if staff is None else staff.svg,
                reason="" if staff is None else staff.reason,
                pending=staff is None,
                samples=samples if sends else None,
                sampled=samples is not None,
                silence="The sound is being prepared …"
                if loaders.music.samples_are_coming(instrument)
                else "No sound.",
                instruments=tuple(INSTRUMENTS),
                instrument=instrument,
                on_instrument=state.set_instrument,
                key=player,
            )
            if below is not None:
                below(now.text)

    stage()
    return draft(key, default).text


def _written(key: Key[str], default: str, player: str) -> Draft:
    """The text as it stands, after what the browser wrote or asked for."""
    before = draft(key, default)
    edit = last_edit(player)
    if edit is None or edit.revision != before.revision or edit.number <= before.number:
        return before
    text = edit.text
    if edit.transpose:
        text = transpose(loaders.music.reading(text), edit.transpose)
    return take_edit(key, before, text, edit.number)


def _served(key: Key[str]) -> Key[str]:
    return Key[str](f"_samples for {key}")
