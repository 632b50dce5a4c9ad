"""Songs that nobody kept: each has a link of its own for as long as there is room.

They lie as files beside the caches, the least recently opened go first. Nothing here fails: where
the disk is full or read-only, a song lives as long as its session.
"""

import json
from collections.abc import Mapping

from pydantic import ValidationError

from songrnn.notation.kept_files import KeptFiles
from songrnn.paths import cache_directory
from songrnn.store.songs import KeptSong

MOST_BYTES = 20 << 20
_LARGEST = 1 << 20


def _files() -> KeptFiles:
    return KeptFiles(cache_directory() / "unkept", MOST_BYTES)


def keep(song: KeptSong, told: Mapping[str, str]) -> None:
    """Have a song ready for its link, its id. told: what a page says of it besides."""
    if _files().get(f"{song.id}.json") is not None:
        return
    document = {"song": json.loads(song.to_json()), "told": dict(told)}
    data = json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")
    if len(data) <= _LARGEST:
        _files().keep(f"{song.id}.json", data)


def opened(id: str) -> tuple[KeptSong, dict[str, str]] | None:
    """The song of a link with what was told of it; None where it is not there, or not readable."""
    if len(id) != 12 or set(id) - set("0123456789abcdef"):
        return None
    data = _files().get(f"{id}.json")
    if data is None or len(data) > _LARGEST:
        return None
    try:
        document = json.loads(data)
        song = KeptSong.model_validate(document["song"])
        told = {str(name): str(words) for name, words in document["told"].items()}
    except (ValidationError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return (song, told) if song.id == id else None
