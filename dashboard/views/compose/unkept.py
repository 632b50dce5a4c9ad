"""Links of songs that are not kept: the address names what is shown, a reload shows it again."""

from collections.abc import Sequence
from dataclasses import replace

from dashboard import loaders, state
from dashboard.state.songs import (
    BESIDE,
    WRITTEN,
    Song,
    fresh_song,
    set_fresh_song,
    set_songs_compared,
    songs_asked,
    songs_compared,
)
from dashboard.views.compose.song import as_song
from songrnn.store.songs import new_song


def take_up() -> None:
    """Show what the address names, where this session has written nothing itself."""
    if fresh_song() is None and (asked := state.asked(WRITTEN)):
        found = _opened([asked])
        if found:
            set_fresh_song(found[0])
        else:
            state.put(
                state.NOTICE,
                "The song of this link is no longer there: songs that are not kept go when others "
                "need the room. Its settings and seed write it again.",
            )
    if not songs_compared() and (several := songs_asked()):
        set_songs_compared(_opened(several))


def tell(shown: Song | None) -> None:
    """Name the song shown in the address, unless it is kept: then its own link does."""
    unkept = shown is not None and shown.id is None
    state.address(WRITTEN, link_of(shown) if shown is not None and unkept else None)


def tell_compared() -> None:
    """Name the songs side by side in the address."""
    state.address(WRITTEN, None)
    if songs := songs_compared():
        state.several_to_address(BESIDE, [link_of(song) for song in songs])


def link_of(song: Song) -> str:
    """The id of a song's link, which can be opened from now on."""
    document = new_song(
        song.run,
        song.text,
        song.config,
        prime=song.prime,
        seed=song.seed,
        stopped_by=song.stopped_by,
        share_withheld=song.share_withheld,
        variation=song.variation,
    )
    # What of a song is not in the document of a kept one.
    loaders.unkept.keep(document, {"rank": song.rank})
    return document.id


def _opened(ids: Sequence[str]) -> list[Song]:
    found = [loaders.unkept.opened(each) for each in ids]
    return [
        replace(as_song(song), id=None, rank=told.get("rank", ""))
        for song, told in filter(None, found)
    ]
