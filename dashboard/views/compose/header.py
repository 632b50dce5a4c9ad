"""What is asked for, kind, key, title and meter, in the form and in the header of the opening.

The opening is what counts: a choice changes its header at once, and the choices show what it says.
"""

import re

import streamlit as st

from dashboard import loaders, state
from dashboard.state.key import Key

# What a header can be built from, spelled as most tunes of the corpus spell it, and the meter that
# most tunes of a kind have where the unit is a quaver.
METER_OF = {
    "reel": "C|",
    "jig": "6/8",
    "hornpipe": "C|",
    "slip jig": "9/8",
    "strathspey": "C",
    "air": "C",
    "clog": "C|",
    "march": "2/4",
    "polka": "2/4",
    "waltz": "3/4",
}
COMMONEST_METER = "6/8"
METERS = ("4/4", "C", "C|", "2/4", "3/4", "3/8", "6/8", "9/8", "12/8")
TONICS = ("D", "G", "A", "E", "C", "F", "B", "Bb", "Eb")
ANYTHING = "any"
MODES = {"major": "", "minor": "m", "dorian": "dor", "mixolydian": "mix"}
# The order of the corpus; what else a header has comes after the title.
_ORDER = "XT?RMLK"


def header_choices(opening: str) -> None:
    """Kind, key and mode, a fold with title and meter; what they say is what the opening says."""
    told = _told(opening)
    for key, value in told.items():
        state.put(key, value)
    with st.container(horizontal=True, gap="small"):
        _choice(
            "Kind", state.BUILD_RHYTHM, tuple(METER_OF), "The kind of dance: it brings its meter."
        )
        tonic = _choice("Key", state.BUILD_TONIC, TONICS, "The note that the tune is at home on.")
        st.selectbox(
            "Mode",
            list(MODES),
            key=state.BUILD_MODE,
            on_change=_take,
            args=(state.BUILD_MODE,),
            disabled=tonic == ANYTHING,
            width="stretch",
            help="The scale above the key: it decides the sharps and flats.",
        )
    with st.popover("Title and meter", width="stretch"):
        st.text_input(
            "Title",
            key=state.BUILD_TITLE,
            on_change=_take,
            args=(state.BUILD_TITLE,),
            max_chars=80,
            help="The machine invents a title only where neither kind nor key is chosen: it writes "
            "from top to bottom, and the title stands first.",
        )
        _choice("Meter", state.BUILD_METER, METERS, "The length of a bar.")
        st.caption(
            f"A key ends the header, so a meter stands before it: that of the kind, else "
            f"{COMMONEST_METER}, the commonest."
        )


def _choice(label: str, key: Key[str], names: tuple[str, ...], help: str) -> str:
    shown = [ANYTHING, *names]
    picked: str = st.selectbox(
        label,
        shown,
        key=key,
        on_change=_take,
        args=(key,),
        width="stretch",
        help=f"{help} *any* leaves it to the machine.",
    )
    return picked


def _told(opening: str) -> dict[Key[str], str]:
    """What the choices show of an opening; *any* for what they have no name for."""
    told = _fields(opening)[0]
    fields = {**dict(told), "T": next((value for name, value in told if name == "T"), "")}
    found = re.fullmatch(
        r"([A-G][b#]?)\s*(|m|min\w*|maj\w*|dor\w*|mix\w*)", fields.get("K", ""), re.I
    )
    tonic = found[1] if found and found[1] in TONICS else ANYTHING
    mode = "major"
    if found and tonic != ANYTHING and not found[2].lower().startswith("maj"):
        mode = next((name for name, short in MODES.items() if short == found[2].lower()[:3]), mode)
        mode = "minor" if found[2].lower().startswith("min") else mode
    rhythm, meter = fields.get("R", "").lower(), fields.get("M", "")
    return {
        state.BUILD_RHYTHM: rhythm if rhythm in METER_OF else ANYTHING,
        state.BUILD_TONIC: tonic,
        state.BUILD_MODE: mode,
        state.BUILD_METER: meter if meter in METERS else ANYTHING,
        state.BUILD_TITLE: fields["T"][:80],
    }


def _take(key: Key[str]) -> None:
    """A choice was made: the opening says so."""
    if key in (state.BUILD_TONIC, state.BUILD_MODE):
        tonic, mode = state.get(state.BUILD_TONIC), state.get(state.BUILD_MODE)
        value = "" if tonic in (None, ANYTHING) else f"{tonic}{MODES[mode or 'major']}"
    else:
        value = state.get(key) or ""
        if key != state.BUILD_TITLE and value == ANYTHING:
            value = ""
    name = {state.BUILD_RHYTHM: "R", state.BUILD_METER: "M", state.BUILD_TITLE: "T"}.get(key, "K")
    open_with(changed(state.get(state.PRIME) or "X:1\n", name, value))


def changed(opening: str, name: str, value: str) -> str:
    """An opening with another field in its header, or without it, in the order of the corpus.

    A kind brings its meter. A key ends the header, so a meter and the unit of nearly all tunes
    stand before it; without a key nothing may follow. Notes that follow stay, and so does the key
    that they are in.

    >>> changed("X:1\\n", "R", "jig")
    'X:1\\nR:jig\\nM:6/8\\n'
    >>> changed(_, "K", "D")
    'X:1\\nR:jig\\nM:6/8\\nL:1/8\\nK:D\\n'
    >>> changed(_ + "DFA dAF|", "R", "slip jig")
    'X:1\\nR:slip jig\\nM:9/8\\nL:1/8\\nK:D\\nDFA dAF|'
    >>> changed("X:1\\n", "K", "Ador")
    'X:1\\nM:6/8\\nL:1/8\\nK:Ador\\n'
    """
    fields, notes = _fields(opening)
    found = [each for each in fields if each[0] != name]
    if name == "K" and not value and notes:
        value = dict(fields).get("K", "")
    if value := " ".join(value.split()):
        found.append((name, value))
    said = dict(found)
    if name == "R" and value in METER_OF:
        found = [each for each in found if each[0] != "M"] + [("M", METER_OF[value])]
    if "K" in said or notes:
        meter = METER_OF.get(said.get("R", "").lower(), COMMONEST_METER)
        needed = (("M", meter), ("L", "1/8"), ("K", "C"))
        found += [each for each in needed if each[0] not in dict(found)]
    else:
        found = [each for each in found if each[0] != "L"]
    found.sort(key=lambda each: _ORDER.find(each[0]) if each[0] in _ORDER else _ORDER.find("?"))
    return "".join(f"{name}:{value}\n" for name, value in found) + notes


def _fields(opening: str) -> tuple[list[tuple[str, str]], str]:
    """((name, value) of each field of an opening's header, the notes after it)."""
    reading = loaders.music.reading(opening)
    if not reading.header:
        return [("X", "1")], opening if opening.strip() else ""
    fields = re.findall(r"^([A-Za-z]):[ \t]*(.*?)[ \t]*$", opening[: reading.body], re.M)
    notes = opening[reading.body :]
    # Notes may follow a header that has no key yet.
    return fields, notes if "K" in reading.header or notes.strip() else ""


def open_with(text: str) -> None:
    """Put an opening into the form."""
    state.put(state.PRIME, text)
