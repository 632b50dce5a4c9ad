"""The corpora: found inside the installed music21, built into data/, checked by their hash.

`data/corpora.toml` is the committed list: what each corpus is made of, its licence, and the counts
and hash it has when built from the pinned music21. Corpora that a person imported are folders of
data/ that the list does not name.
"""

import importlib.util
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from songrnn.config import CorpusReference
from songrnn.corpus.cleaning import CleanTune
from songrnn.corpus.families import families, intervals, melody, split_of
from songrnn.corpus.shipped_cleaning import clean, decode, raw_tunes
from songrnn.corpus.tunebook import SPLITS, Failure, Tune, Tunebook, tune_id
from songrnn.errors import CorpusError
from songrnn.folders import recover_replaced
from songrnn.notation.files.file_tunes import title_of
from songrnn.paths import common_data_directory, corpora_file, corpus_directory, data_roots

# Called with (what is being done, share done from 0 to 1).
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Source:
    """A tunebook: a folder of music21's corpus."""

    folder: str
    title: str
    licence: str
    files: int
    tunes: int


@dataclass(frozen=True, slots=True)
class CorpusEntry:
    """What data/corpora.toml says of a corpus.

    opt_in: it must be asked for by name, because its licence limits what may be done with it.
    tunes, characters, families and the splits' counts are those of the built corpus.
    """

    name: str
    title: str
    licence: str
    opt_in: bool
    sources: tuple[Source, ...]
    tunes: int = 0
    characters: int = 0
    distinct_characters: int = 0
    families: int = 0
    train: int = 0
    validation: int = 0
    test: int = 0
    refused: int = 0
    sha256: str = ""


def available() -> list[CorpusEntry]:
    """All corpora of data/corpora.toml; CorpusError when the file is missing or damaged."""
    path = corpora_file()
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        sources = {name: Source(folder=name, **row) for name, row in document["source"].items()}
        return [
            CorpusEntry(name=name, **row | {"sources": tuple(sources[s] for s in row["sources"])})
            for name, row in document["corpus"].items()
        ]
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise CorpusError(f"The list of corpora {path} cannot be read: {error}.") from error


def stored(*, data_directory: Path | None = None) -> list[str]:
    """Names of the corpora that are in data/, in order; a folder being made is none."""
    roots = data_roots(data_directory)
    return sorted({path.parent.name for root in roots for path in root.glob("[!.]*/corpus.json")})


def corpus_entry(name: str) -> CorpusEntry:
    """The entry of that name; CorpusError lists those there are."""
    entries = {entry.name: entry for entry in available()}
    try:
        return entries[name]
    except KeyError:
        raise CorpusError(
            f"There is no corpus {name!r}; there are: {', '.join(entries)}. "
            "Your own tunes become one with: songrnn corpus import."
        ) from None


def counts(book: Tunebook) -> dict[str, int | str]:
    """Field -> value of what a CorpusEntry says of the built corpus."""
    return {
        "tunes": len(book.tunes),
        "characters": sum(len(tune.text) for tune in book.tunes),
        "distinct_characters": len(book.characters),
        "families": len({tune.family for tune in book.tunes}),
        **{split: len(book.split(split)) for split in SPLITS},
        "refused": len(book.failures),
        "sha256": book.sha256,
    }


def music21_corpus() -> Path:
    """Where the installed music21 keeps its tunes, without importing music21 (it takes seconds)."""
    spec = importlib.util.find_spec("music21")
    if spec is None or not spec.submodule_search_locations:
        raise CorpusError("music21 is not installed, so there are no tunes: pip install music21.")
    return Path(next(iter(spec.submodule_search_locations))) / "corpus"


def build(
    name: str = "folk",
    *,
    tunebooks: Path | None = None,
    data_directory: Path | None = None,
    progress: Progress | None = None,
) -> Tunebook:
    """Build a corpus of data/corpora.toml and store it in `data_directory`/`name`.

    tunebooks: the folder that holds the sources' folders; that of music21 when left out.
    The same files give the same book, to the bit. Raises CorpusError when a source is missing or
    nothing usable was found, StorageError when the book cannot be written.
    """
    entry = corpus_entry(name)
    root = tunebooks or music21_corpus()
    found: list[tuple[CleanTune, str]] = []
    failures: list[Failure] = []
    for position, source in enumerate(entry.sources):
        if progress is not None:
            progress(f"Reading {source.title}", 0.7 * position / len(entry.sources))
        for raw in _raw_tunes(root / source.folder):
            try:
                found.append((clean(raw), source.folder))
            except CorpusError as error:
                number = raw[2:].split("\n", 1)[0].strip()
                failures.append(Failure(source.folder, number, title_of(raw), str(error)))
    if progress is not None:
        progress("Finding families", 0.8)
    book = assemble(name, found, failures)
    if progress is not None:
        progress("Storing", 0.95)
    book.write((data_directory or common_data_directory()) / name)
    return book


def assemble(
    name: str, found: Iterable[tuple[CleanTune, str]], failures: list[Failure] | None = None
) -> Tunebook:
    """A tunebook from clean tunes and their sources: duplicates out, families and splits in.

    Tunes whose melody was there before, in whatever key, are left out as failures.
    Raises CorpusError when no tune is left.
    """
    failures = list(failures or [])
    kept: dict[bytes, tuple[CleanTune, str]] = {}
    for tune, source in found:
        steps = intervals(melody(tune.body, tune.key))
        if steps in kept:
            first = kept[steps][0]
            known = repr(first.title) if first.title else f"the untitled X:{first.number}"
            reason = f"it has the melody of {known}, which is in already"
            failures.append(Failure(source, tune.number, tune.title, reason))
        else:
            kept[steps] = (tune, source)
    if not kept:
        raise CorpusError(f"The corpus {name!r} is empty: none of the tunes found can be used.")
    melodies = list(kept)
    roots = families(melodies)
    smallest = dict(zip(roots, melodies, strict=True))
    for root, steps in zip(roots, melodies, strict=True):
        smallest[root] = min(smallest[root], steps)
    tunes = tuple(
        Tune(
            id=tune_id(tune.text),
            number=tune.number,
            title=tune.title,
            rhythm=tune.rhythm,
            meter=tune.meter,
            unit_length=tune.unit_length,
            key=tune.key,
            text=tune.text,
            source=source,
            family=tune_id(kept[smallest[root]][0].text),
            split=split_of(smallest[root]),
        )
        for (tune, source), root in zip(kept.values(), roots, strict=True)
    )
    return Tunebook(name, tunes, tuple(failures))


def load(
    name: str = "folk", *, data_directory: Path | None = None, progress: Progress | None = None
) -> Tunebook:
    """The corpus of that name: read from data/, or built first when it is one of the list.

    Raises CorpusError when it is unknown or damaged, or when it was built from another music21
    than the pinned one, so that its tunes are not those the shipped runs were trained on.
    """
    folder = corpus_directory(name, data_directory)
    recover_replaced(folder)
    listed = {entry.name: entry for entry in available()}.get(name)
    if (folder / "corpus.json").exists():
        book = Tunebook.read(folder)
    elif listed is None:
        corpus_entry(name)  # raises, naming what there is
        raise AssertionError("unreachable")
    else:
        book = build(name, data_directory=data_directory, progress=progress)
    if listed is not None and listed.sha256 and book.sha256 != listed.sha256:
        raise CorpusError(
            f"The corpus {name!r} in {folder} has the hash {book.sha256[:12]}…, but "
            f"{listed.sha256[:12]}… was expected: it was built by another version of the lab or "
            "from another music21 than requirements.txt pins. Install that one, delete the "
            "folder, and it is built again."
        )
    return book


def load_of(
    reference: CorpusReference,
    *,
    data_directory: Path | None = None,
    progress: Progress | None = None,
) -> Tunebook:
    """The very tunes that a run refers to, by name and hash.

    Raises CorpusError as `load` does, and when the corpus of that name has other tunes by now:
    what was held out of training cannot be told among them.
    """
    book = load(reference.name, data_directory=data_directory, progress=progress)
    check_build(book, reference)
    return book


def check_build(book: Tunebook, reference: CorpusReference) -> None:
    """Raise CorpusError unless these are the tunes that a run refers to."""
    if book.sha256 != reference.sha256:
        raise CorpusError(
            f"The run belongs to another build of the corpus {reference.name!r}: its tunes have the "
            f"hash {reference.sha256[:12]}…, those that are here {book.sha256[:12]}…. Which of "
            "them the run has learned from is unknown. Bring the first tunes back, or train "
            "a run on these."
        )


def _raw_tunes(folder: Path) -> Iterator[str]:
    files = sorted(folder.glob("*.abc"))
    if not files:
        raise CorpusError(f"The tunebook {folder.name!r} is not in {folder.parent}.")
    for file in files:
        yield from raw_tunes(decode(file.read_bytes()))
