"""The shelf: songs that were kept, to search, sort, star, annotate, open and download."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.state import elements
from dashboard.state.playing import play_now
from dashboard.state.songs import FORM_OF, Song
from dashboard.views.compose.form import use_settings
from dashboard.wording import plain, song_name
from songrnn.access import read_only
from songrnn.errors import SongRNNError
from songrnn.generation.export import Provenance
from songrnn.notation.limits import MOST_CHARACTERS, MOST_IN_FIELD
from songrnn.store.runs import Run
from songrnn.store.songs import KeptSong

SHOWN_AT_ONCE = 12
MOST_TAGS = 12

ORDERS: dict[str, tuple[str, Callable[[KeptSong], object]]] = {
    "new": ("newest first", lambda song: -song.created.timestamp()),
    "temperature": ("temperature", lambda song: (song.config.temperature, song.seed)),
    "length": ("longest first", lambda song: -len(song.text)),
    "title": ("title", lambda song: title_of(song).casefold()),
}


def title_of(song: KeptSong) -> str:
    """The song's own title, or that it has none."""
    return song_name(loaders.music.reading(song.text))


def matching(songs: Sequence[KeptSong], words: str, *, starred: bool, order: str) -> list[KeptSong]:
    """The songs that hold every word in title, run, text, tags or notes; starred ones first."""
    wanted = words.casefold().split()

    def holds(song: KeptSong) -> bool:
        place = " ".join([song.run, song.text, song.notes, *song.tags]).casefold()
        return all(word in place for word in wanted) and (song.star or not starred)

    _, by = ORDERS[order]
    return sorted(filter(holds, songs), key=lambda song: (not song.star, by(song)))


def shelf(run: Run, shown: Song | None) -> None:
    """The songs kept with the run, or with any; one click shows one above."""
    st.subheader("Kept songs", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        every = st.toggle(
            "Include other runs",
            key=state.SHELF_ALL,
            bind="query-params",
            help="Lists the songs kept with any run, not just the one chosen above.",
        )
        words = st.text_input(
            "Search",
            key=state.SHELF_SEARCH,
            max_chars=MOST_IN_FIELD,
            placeholder="Words of a title, a tag, a note, a piece of melody",
            width=320,
            help="Lists the songs that contain all these words, in title, text, run, tags or note.",
        )
        order = st.selectbox(
            "Order",
            list(ORDERS),
            key=state.SHELF_ORDER,
            format_func=lambda n: ORDERS[n][0],
            width=170,
            help="Which song comes first; starred ones always come before the others.",
        )
        starred = st.toggle(
            "Starred only", key=state.SHELF_STARRED, help="Hides the songs without a star."
        )
    runs = [r for r in loaders.runs.all_runs() if isinstance(r, Run)] if every else [run]
    owners = {owner.name: owner for owner in runs}
    kept = [song for owner in runs for song in loaders.runs.songs(owner)]
    _offer_back()
    for owner in runs:
        for damaged in loaders.runs.damaged_songs(owner):
            st.warning(f"A song of {plain(owner.name)} cannot be read. {plain(damaged.reason)}")
    if not kept:
        st.caption(
            "None yet with this run."
            + ("" if read_only() else " Compose one and press *Keep this song*.")
        )
        return
    found = matching(kept, words, starred=starred, order=order)
    if not found:
        st.caption(f"None of the {len(kept)} kept songs matches.")
        return
    _download_all(found)
    most = state.get(state.SHELF_SHOWN) or SHOWN_AT_ONCE
    for first in range(0, min(len(found), most), 3):
        row = found[first : min(first + 3, most)]
        for column, song in zip(st.columns(3), row, strict=False):
            with column.container(border=True, key=elements.KEPT.of(song.run, song.id)):
                _card(owners[song.run], song, shown)
    if len(found) > most:
        st.button(f"Show more ({most} of {len(found)} shown)", on_click=_show_more, args=(most,))


def _card(run: Run, song: KeptSong, shown: Song | None) -> None:
    is_shown = shown is not None and shown.id == song.id
    st.markdown(f"**{plain(title_of(song))}**" + (" ★" if song.star else ""))
    ended = "ended by itself" if song.stopped_by == "end" else f"cut ({song.stopped_by})"
    whole = " · whole bars" if song.config.whole_bars else ""
    whole += " · form of a tune" if song.config.form else ""
    whole += f" · recall {song.config.recall:g}" if song.config.recall else ""
    st.caption(
        f"{plain(song.run)} · temperature {song.config.temperature:g} · seed {song.seed}{whole} · "
        f"{len(song.text):,} characters · {ended}"
    )
    if measured := _measured(song):
        st.caption(measured, help="Measured when the song was kept.")
    if song.variation is not None:
        st.caption(plain(song.variation.words()))
    if song.tags or song.notes:
        st.caption(plain(" ".join([*(f"#{tag}" for tag in song.tags), song.notes])))
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Shown above" if is_shown else "Show and play",
            key=elements.OPEN.of(song.run, song.id),
            on_click=_open,
            args=(song,),
            disabled=is_shown,
        )
        if not read_only():
            _change_buttons(run, song)


def _change_buttons(run: Run, song: KeptSong) -> None:
    """Star, tags, note, and away with it."""
    st.button(
        "Unstar" if song.star else "Star",
        key=elements.STAR.of(song.run, song.id),
        on_click=_change,
        args=(run, song),
        kwargs={"star": not song.star},
    )
    with st.popover("Note"):
        st.text_input(
            "Tags",
            " ".join(song.tags),
            key=elements.TAGS.of(song.run, song.id),
            max_chars=MOST_IN_FIELD,
            on_change=_note,
            args=(run, song),
            help="Words separated by spaces; they can be searched for. Kept as soon as you click "
            "elsewhere.",
        )
        st.text_area(
            "Note",
            song.notes,
            key=elements.NOTES.of(song.run, song.id),
            max_chars=max(MOST_CHARACTERS, len(song.notes)),
            on_change=_note,
            args=(run, song),
            help=f"Kept as soon as you click elsewhere. Of more than {MOST_CHARACTERS:,} characters "
            "pasted at once nothing is taken.",
        )
        st.button(
            "Save",
            key=elements.SAVE.of(song.run, song.id),
            on_click=_note,
            args=(run, song),
        )
    if run.can_remove(song):
        st.button(
            "Delete",
            key=elements.DELETE.of(song.run, song.id),
            on_click=_delete,
            args=(run, song),
            help="Removes the song; Undo above puts it back.",
        )


def _measured(song: KeptSong) -> str:
    """The figures stored with a song in a few words; empty where there are none."""
    right, new = (song.figures.get(name) for name in ("right_bars", "novelty"))
    parts = [] if right is None else [f"{right:.0%} of its bars complete"]
    if new is not None:
        parts.append(f"{new:.0%} of its runs of 8 notes are in no training tune")
    return ", ".join(parts)


def _show_more(most: int) -> None:
    state.put(state.SHELF_SHOWN, most + SHOWN_AT_ONCE)


def _delete(run: Run, song: KeptSong) -> None:
    try:
        run.remove_song(song)
    except SongRNNError as error:
        state.put(state.NOTICE, str(error))
        return
    state.put(state.SHELF_DELETED, (run, song))
    if state.chosen(state.SONG) == song.id:
        state.forget(state.SONG)


def _offer_back() -> None:
    """Say which song was deleted last, and offer to put it back."""
    deleted = state.get(state.SHELF_DELETED)
    if deleted is None or read_only():
        return
    run, song = deleted
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"“{plain(title_of(song))}” is deleted.")
        st.button("Undo", key=elements.PUT_BACK, on_click=_put_back, args=(run, song))


def _put_back(run: Run, song: KeptSong) -> None:
    if _changed(run, song):
        state.take(state.SHELF_DELETED)


def _open(song: KeptSong) -> None:
    state.choose(state.RUN, song.run)
    state.choose(state.SONG, song.id)
    state.put(state.HOW, "one")
    state.put(FORM_OF, song.id)
    use_settings(song.config, song.prime, song.seed)
    play_now(song.text)


def _change(run: Run, song: KeptSong, **changes: object) -> None:
    _changed(run, song.model_copy(update=changes))


def _changed(run: Run, song: KeptSong) -> bool:
    """Whether the song could be kept as it is now; why not is said on the page."""
    try:
        run.change_song(song)
    except SongRNNError as error:
        state.put(state.NOTICE, str(error))
        return False
    return True


def _note(run: Run, song: KeptSong) -> None:
    # Read here: what was typed last is not among the arguments of the script's last run.
    tags, notes = (
        str(state.get(field.of(song.run, song.id)) or "")
        for field in (elements.TAGS, elements.NOTES)
    )
    _change(run, song, tags=tuple(tags.split()[:MOST_TAGS]), notes=notes)


def _download_all(songs: Sequence[KeptSong]) -> None:
    widgets.download_songs(
        "Download all",
        [(song.text, provenance_of(song)) for song in songs],
        state.SHELF_FORMATS,
        help="Downloads all songs listed below as files in one .zip.",
    )


def provenance_of(song: KeptSong) -> Provenance:
    """How a kept song was made, for its files."""
    varied = "" if song.variation is None else song.variation.words()
    return Provenance(song.run, song.config, song.seed, song.stopped_by, varied)
