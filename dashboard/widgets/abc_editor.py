"""ABC to edit: a text field whose problems, staff and sound follow what is written."""

from collections.abc import Callable
from itertools import takewhile

import streamlit as st

from dashboard import loaders, state
from dashboard.components.tune_player.editing import (
    last_edit,
    tune_editor,
    wanted_samples,
)
from dashboard.frame import errors_as_sentences
from dashboard.loaders.music import WIDE
from dashboard.state.drafts import (
    Draft,
    draft,
    note_paste,
    notices_of_paste,
    put_back,
    refuse,
    take_edit,
    why_refused,
)
from dashboard.state.key import Key
from dashboard.state.playing import instrument, playing
from dashboard.widgets.joining import page_anew
from dashboard.widgets.tunes import hearing
from songrnn.notation.files.opening import Opening, opening_of
from songrnn.notation.limits import MOST_CHARACTERS, MOST_PASTED
from songrnn.notation.problems import is_unfinished
from songrnn.notation.reading import Problem, Reading
from songrnn.notation.transpose import transpose

# Seconds that a new text waits for its staff; a longer tune's joins it when it is ready.
PATIENCE = 1.0
# So many characters at once were pasted, not typed.
LEAST_PASTED = 40
# A longer text is not put into the address: servers and mail programs cut long links.
LONGEST_IN_ADDRESS = 6_000


def editor(
    label: str,
    key: Key[str],
    default: str,
    help: str,
    *,
    width: int = WIDE,
    linked: bool = False,
    beginning: bool = False,
    below: Callable[[str], None] | None = None,
    page_follows: bool = False,
) -> str:
    """A text field for ABC, with staff and sound; returns the text as it stands.

    What is written is under `key`; putting another text there puts it into the field. width:
    pixels that a line of music is laid out for. linked: whether the text is part of the address.
    beginning: whether a tune's beginning is enough; what is merely unfinished is no problem then.
    below: draws what belongs to the text; it follows what is written, while the rest of the page
    waits for the next run of the script, which begins when the keys have rested if page_follows.
    """
    player = f"{key}-editor"
    st.caption(label, help=help)
    waiting = any(map(loaders.music.samples_are_coming, _heard_on()))
    on_page = draft(key, default)

    @st.fragment(run_every=1 if waiting else None)
    def stage() -> None:
        with errors_as_sentences():
            now = _written(key, default, player)
            # Before anything is drawn: a run that ends here sends nothing.
            if waiting and not any(map(loaders.music.samples_are_coming, _heard_on())):
                page_anew()
            if page_follows and _rested(player) and now.text != on_page.text:
                page_anew()
            if linked:
                _to_address(key, now.text, default)
            _draw(label, player, now, width, beginning=beginning, rests=page_follows)
            if why := _why_refused(key, player):
                st.warning(why)
            for notice in notices_of_paste(key, now):
                st.caption(notice)
            if below is not None:
                below(now.text)

    with st.container(key=key):
        stage()
    return draft(key, default).text


def _draw(label: str, player: str, now: Draft, width: int, *, beginning: bool, rests: bool) -> None:
    heard_on = instrument()
    reading = loaders.music.reading(now.text)
    staff = loaders.music.staff(now.text, width, PATIENCE)
    token, served = wanted_samples(player), Key[str](f"_samples for {player}")
    wanted = token.partition(" ")[0]
    samples = loaders.music.samples(wanted) if wanted in _heard_on() else None
    if samples is not None and token == state.get(served):
        samples = None  # sent already
    elif samples is not None:
        state.put(served, token)
    silence = "No sound."
    if loaders.music.samples_are_coming(heard_on):
        silence = "The sound is being prepared …"
    elif why := loaders.music.why_no_samples(heard_on):
        silence = f"No sound: {why}"
    tune_editor(
        reading,
        label=label,
        revision=now.revision,
        number=now.number,
        problems=_problems(reading, beginning=beginning),
        rests=rests,
        svg=None if staff is None else staff.svg,
        narrow=None if staff is None else staff.narrow,
        reason="" if staff is None or not _has_notes(reading) else staff.reason,
        pending=staff is None,
        samples=samples,
        sampled=loaders.music.samples(heard_on) is not None,
        silence=silence,
        hearing=hearing(),
        key=player,
    )


def _heard_on() -> list[str]:
    """The instruments whose notes the browser may need."""
    how = playing()
    return [how.instrument, *[how.backing] * (how.backing not in ("none", how.instrument))]


def _problems(reading: Reading, *, beginning: bool) -> list[Problem]:
    if not beginning:
        return list(reading.problems)
    return [each for each in reading.problems if not is_unfinished(each, reading.text)]


def _has_notes(reading: Reading) -> bool:
    return any(event.pitches for voice in reading.all_voices for event in voice.events)


def _rested(player: str) -> bool:
    edit = last_edit(player)
    return edit is not None and edit.rested


def _to_address(key: Key[str], text: str, default: str) -> None:
    state.to_address(key, text if len(text) <= LONGEST_IN_ADDRESS else default, default)


def _written(key: Key[str], default: str, player: str) -> Draft:
    """The text as it stands, after what the browser wrote or asked for."""
    before = draft(key, default)
    edit = last_edit(player)
    if edit is None or edit.revision != before.revision or edit.number <= before.number:
        return before
    if why_refused(key, edit.revision, edit.number):
        return before
    text, characters, pasted = edit.text, max(len(edit.text), edit.characters), None
    if edit.transpose and characters <= MOST_CHARACTERS:
        text = transpose(loaders.music.reading(text), edit.transpose)
        characters = len(text)
    elif not edit.transpose and characters <= MOST_PASTED:
        pasted = _pasted(key, before, text)
        text = text if pasted is None else pasted.text
        characters = len(text)
    if characters > MOST_CHARACTERS:
        refuse(key, edit.revision, edit.number, _too_long(characters))
        return before
    found = take_edit(key, before, text, edit.number)
    if pasted is not None:
        note_paste(key, found, edit.text, pasted.notices)
    return found


def _pasted(key: Key[str], before: Draft, text: str) -> Opening | None:
    """What is taken of a text that was pasted and is more than a tune: a mail, a page, a tunebook.
    None when it was typed, or is taken as it is. Undo brings back the rest."""
    if _inserted(before.text, text) < LEAST_PASTED or put_back(key, text):
        return None
    opening = opening_of(text)
    return opening if opening.notices else None


def is_refused(key: Key[str]) -> bool:
    """Whether what was last written into that field is too long to be taken."""
    return bool(_why_refused(key, f"{key}-editor"))


def _why_refused(key: Key[str], player: str) -> str:
    edit = last_edit(player)
    return "" if edit is None else why_refused(key, edit.revision, edit.number)


def _too_long(characters: int) -> str:
    return (
        f"This text has {characters:,} characters, and at most {MOST_CHARACTERS:,} are read: "
        "shorten it. Until then the text before counts. A whole tunebook can be imported "
        "on the Corpus page."
    )


def _inserted(before: str, after: str) -> int:
    """How many characters of a text are new, at one place."""
    head = _alike(before, after)
    return len(after) - head - _alike(before[head:][::-1], after[head:][::-1])


def _alike(one: str, other: str) -> int:
    """With how many equal characters two texts begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
