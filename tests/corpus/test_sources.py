"""The corpora: built from music21's tunebooks, the same anywhere, and read back."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from songrnn.config import CorpusReference
from songrnn.corpus.sources import (
    available,
    build,
    corpus_entry,
    counts,
    load,
    load_of,
    music21_corpus,
)
from songrnn.corpus.tunebook import SPLITS, Tunebook
from songrnn.errors import CorpusError


def assert_is_as_listed(book: Tunebook) -> None:
    listed = asdict(corpus_entry(book.name))
    assert counts(book) == {name: listed[name] for name in counts(book)}
    assert [len(book.split(split)) for split in SPLITS] == [listed[split] for split in SPLITS]


def test_folk_is_what_the_committed_list_says(folk: Tunebook) -> None:
    assert_is_as_listed(folk)


@pytest.mark.slow
def test_essen_is_what_the_committed_list_says(tmp_path: Path) -> None:
    assert_is_as_listed(build("essen", data_directory=tmp_path))


def test_sources_hold_what_the_list_says() -> None:
    for entry in available():
        for source in entry.sources:
            files = list((music21_corpus() / source.folder).glob("*.abc"))
            assert len(files) == source.files
            assert entry.licence


def test_no_family_is_on_two_sides(folk: Tunebook) -> None:
    splits: dict[str, set[str]] = {}
    for tune in folk.tunes:
        splits.setdefault(tune.family, set()).add(tune.split)
    assert all(len(found) == 1 for found in splits.values())


def test_ids_are_distinct(folk: Tunebook) -> None:
    assert len({tune.id for tune in folk.tunes}) == len(folk.tunes)


def test_every_tune_is_a_header_and_music(folk: Tunebook) -> None:
    for tune in folk.tunes:
        lines = tune.text.split("\n")
        letters = [line[0] for line in lines[: lines.index(f"K:{tune.key}") + 1]]
        assert letters == [x for x in "XTRMLK" if x in letters]
        assert len(tune.text) < 3000
        assert tune.text.endswith("\n")


def test_names_and_mail_addresses_are_gone(folk: Tunebook) -> None:
    text = "\n".join(tune.text for tune in folk.tunes)
    assert "@" not in text
    for name in ("Norbert Paap", "Jack Campin", "Ray Davies", "Transcribed", "davies99"):
        assert name not in text
    assert '"4"' not in text


def test_essen_must_be_asked_for() -> None:
    assert [entry.name for entry in available() if entry.opt_in] == ["essen"]


def test_a_built_corpus_is_read_back(tmp_path: Path, folk: Tunebook) -> None:
    folk.write(tmp_path / "folk")
    assert load("folk", data_directory=tmp_path) == folk


def test_an_unknown_corpus_is_named_beside_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"no corpus 'jazz'; there are: folk, essen"):
        load("jazz", data_directory=tmp_path)


def test_a_changed_corpus_is_noticed(tmp_path: Path, folk: Tunebook) -> None:
    folk.write(tmp_path / "folk")
    file = tmp_path / "folk" / "tunes.jsonl"
    file.write_text(file.read_text().replace("G2A2", "G2B2", 1))
    with pytest.raises(CorpusError, match="was changed"):
        load("folk", data_directory=tmp_path)


def test_a_runs_tunes_are_known_by_their_hash(tmp_path: Path, folk: Tunebook) -> None:
    mine = Tunebook("mine", folk.tunes[:5], ())
    mine.write(tmp_path / "mine")
    reference = CorpusReference(name="mine", sha256=mine.sha256)
    assert load_of(reference, data_directory=tmp_path).tunes == mine.tunes
    Tunebook("mine", folk.tunes[:4], ()).write(tmp_path / "mine")
    with pytest.raises(CorpusError, match="another build of the corpus 'mine'"):
        load_of(reference, data_directory=tmp_path)


def test_another_music21_is_noticed(tmp_path: Path, folk: Tunebook) -> None:
    Tunebook("folk", folk.tunes[1:]).write(tmp_path / "folk")
    with pytest.raises(CorpusError, match="was expected"):
        load("folk", data_directory=tmp_path)


def test_a_folder_cut_short_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "folk"
    folder.mkdir()
    (folder / "corpus.json").write_text(json.dumps({"name": "folk"}))
    with pytest.raises(CorpusError, match=r"tunes\.jsonl"):
        load("folk", data_directory=tmp_path)


def small_tunebooks(root: Path, **files: bytes) -> Path:
    for folder in ("oneills1850", "ryansMammoth", "airdsAirs"):
        (root / folder).mkdir(parents=True)
        (root / folder / "a.abc").write_bytes(b"X:1\nT:%s\nK:C\n" % folder.encode())
    for name, data in files.items():
        (root / "airdsAirs" / f"{name}.abc").write_bytes(data)
    return root


def test_what_cannot_be_used_is_listed_with_its_reason(tmp_path: Path) -> None:
    books = small_tunebooks(
        tmp_path / "books",
        good="X:3\nT:Café\nM:4/4\nL:1/8\nK:D\nDEFG ABcd|\n".encode(),
        latin="X:4\nT:Caf\xe9 two\nK:D\ndcBA GFED|\n".encode("latin-1"),
        transposed=b"X:5\nT:Up a tone\nK:E\nEFGA Bcde|\n",
        keyless=b"X:6\nT:No key\nCDEF\n",
        long=b"X:7\nT:Long\nK:C\n" + b"CDEFGABc" * 125_000,
        noise=bytes(range(256)) * 4,
        empty=b"",
    )
    book = build("folk", tunebooks=books, data_directory=tmp_path)
    assert [tune.title for tune in book.tunes] == ["Café", "Café two"]
    reasons = {failure.title: failure.reason for failure in book.failures}
    assert reasons["Up a tone"] == "it has the melody of 'Café', which is in already"
    assert "no key" in reasons["No key"]
    assert "too many" in reasons["Long"]
    assert reasons["airdsAirs"] == "it has no notes"


def test_a_corpus_without_tunes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="is empty"):
        build("folk", tunebooks=small_tunebooks(tmp_path / "books"), data_directory=tmp_path)


def test_a_missing_tunebook_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="oneills1850"):
        build("folk", tunebooks=tmp_path, data_directory=tmp_path)
