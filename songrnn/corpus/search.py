"""Finding tunes by words."""

from collections.abc import Iterable

from songrnn.corpus.tunebook import Tune


def search(tunes: Iterable[Tune], words: str) -> list[Tune]:
    """Tunes whose title, rhythm, key, source or text contains all words, capitals aside.

    No words find every tune.
    """
    wanted = words.casefold().split()
    return [tune for tune in tunes if _contains(tune, wanted)]


def _contains(tune: Tune, wanted: list[str]) -> bool:
    place = "\n".join((tune.title, tune.rhythm, tune.key, tune.source, tune.text)).casefold()
    return all(word in place for word in wanted)
