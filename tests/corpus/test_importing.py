"""A person's own tunes become a corpus, whatever they are kept in, and nothing is lost in silence."""

import csv
import io
import json
import random
import re
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from songrnn import folders
from songrnn.cli.corpus import corpus
from songrnn.config import CorpusReference, ModelConfig, RunConfig, SampleConfig, TrainConfig
from songrnn.corpus.gathering import Limits
from songrnn.corpus.import_report import ImportReport, imported
from songrnn.corpus.importing import check_corpus_name, import_tunes
from songrnn.corpus.sources import load, stored
from songrnn.corpus.tunebook import SPLITS, Tunebook
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import CorpusError, StorageError
from songrnn.generation.composer import compose
from songrnn.model.engine import Engine
from songrnn.notation.files.file_tunes import Refusal
from songrnn.store.creating import create_run
from songrnn.store.runs import open_run
from songrnn.training.loop import train
from tests.killing import killed_at_every_step


def music(seed: int) -> str:
    """Eight bars of notes that no other seed has."""
    notes = random.Random(seed).choices("CDEFGABcdefgab", k=64)
    return "|".join("".join(notes[i : i + 8]) for i in range(0, 64, 8)) + "|\n"


def abc(seed: int, *, title: str = "", more: str = "") -> str:
    return f"X:{seed}\nT:{title or f'Tune {seed}'}\n{more}M:4/4\nL:1/8\nK:D\n{music(seed)}"


def marked(seeds: range) -> str:
    return "".join(f"<start>\n{abc(seed)}<end>\n" for seed in seeds)


def tokens(seeds: range) -> str:
    return "\n".join(
        "M:4/4\nK:Cdor\n" + re.sub(r"(?<=[A-Ga-g|])(?=.)", " ", music(seed)) for seed in seeds
    )


def settings_table(seeds: range) -> list[dict[str, str]]:
    return [
        {
            "tune_id": str(seed),
            "setting_id": str(1000 + seed),
            "name": f"Tune {seed}",
            "type": "reel",
            "meter": "4/4",
            "mode": "Dmajor",
            "abc": music(seed).replace("\n", "\r\n"),
            "date": "2001-05-27 00:00:00",
            "username": "a person",
            "composer": "",
        }
        for seed in seeds
    ]


def as_csv(rows: list[dict[str, str]]) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def zipped(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def bring(
    text: str | bytes, tmp_path: Path, filename: str = "tunes.txt"
) -> tuple[Tunebook, ImportReport]:
    data = text.encode() if isinstance(text, str) else text
    return import_tunes((filename, data), name="mine", data_directory=tmp_path)


TWENTY = range(20)
FORMATS = {
    "tunes.abc": "\n".join(abc(seed) for seed in TWENTY),
    "tunes.txt": marked(TWENTY),
    "data_v2": tokens(TWENTY),
    "tunes.csv": as_csv(settings_table(TWENTY)),
    "tunes.json": json.dumps(settings_table(TWENTY), indent=1),
    "tunes.zip": zipped({f"set/{seed}.abc": abc(seed) for seed in TWENTY}),
}


@pytest.mark.parametrize("filename", FORMATS)
def test_each_format_becomes_a_corpus_that_load_finds(filename: str, tmp_path: Path) -> None:
    book, report = bring(FORMATS[filename], tmp_path, filename)
    assert len(book.tunes) == report.taken == 20
    assert not report.refused
    assert not report.duplicates
    assert load("mine", data_directory=tmp_path) == book
    for tune in book.tunes:
        assert re.fullmatch(r"X:1\n(T:.*\n)?(R:reel\n)?M:4/4\nL:1/8\nK:\S+\n.*\n", tune.text)
    bodies = {tune.text.splitlines()[-1] + "\n" for tune in book.tunes}
    assert bodies == {music(seed) for seed in TWENTY}


@pytest.mark.parametrize("filename", FORMATS)
def test_a_network_learns_from_each_format_and_writes_a_song(
    filename: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(tmp_path / "runs"))
    book, _ = bring(FORMATS[filename], tmp_path, filename)
    config = RunConfig(
        name="mine",
        model=ModelConfig(hidden_size=8, embedding_size=4),
        training=TrainConfig(epochs=1, batch_size=4, window=32, precision="fp32"),
        corpus=CorpusReference(name=book.name, sha256=book.sha256),
    )
    run = create_run(config, Vocabulary.of(book.characters))
    rows = list(train(config, tunebook=book, run=run))
    assert rows[-1].split == "validation"
    song = compose(
        Engine.of(open_run("mine")),
        run.vocabulary,
        prime="X:1\n",
        config=SampleConfig(limit=80),
        seed=1,
    )
    assert song.text.startswith("X:1\n")
    assert len(song.text) > 4
    assert not run.vocabulary.unknown(song.text)


@pytest.mark.parametrize("filename", FORMATS)
def test_every_split_has_tunes_and_no_family_is_in_two(filename: str, tmp_path: Path) -> None:
    book, _ = bring(FORMATS[filename], tmp_path, filename)
    homes: dict[str, set[str]] = {}
    for tune in book.tunes:
        homes.setdefault(tune.family, set()).add(tune.split)
    assert all(len(splits) == 1 for splits in homes.values())
    assert all(book.split(split) for split in SPLITS)


def test_people_are_left_out(tmp_path: Path) -> None:
    more = "Z:A Person <a@person.org>\nS:a source\nR:reel\n% a comment\n"
    text = "\n".join(abc(seed, more=more).replace("|\n", '|"fine"c|\n') for seed in TWENTY)
    book, report = bring(text, tmp_path)
    assert not any(word in tune.text for tune in book.tunes for word in ("erson", "%", "fine"))
    assert report.cleaned == 20
    assert report.changes == {
        "names, notes and sources": 20,
        "comments": 20,
        "text in quotes that is not a chord symbol": 20,
    }


def test_clean_tunes_are_not_called_cleaned(tmp_path: Path) -> None:
    assert bring(FORMATS["tunes.abc"], tmp_path)[1].cleaned == 0


def test_only_the_first_voice_of_several_is_kept(tmp_path: Path) -> None:
    voices = abc(1) + "V:2\nC8|\nV:1 clef=treble\nc8|\n[V:2]E8|\n"
    voices = voices.replace("K:D\n", "V:1\nV:2\nK:D\nV:1\n")
    book, report = bring(voices + "\n" + "\n".join(abc(seed) for seed in range(2, 20)), tmp_path)
    (tune,) = [tune for tune in book.tunes if tune.text.endswith("c8|\n")]
    assert tune.text == f"X:1\nT:Tune 1\nM:4/4\nL:1/8\nK:D\n{music(1)}c8|\n"
    assert report.changes == {"further voices": 1}


def test_a_tune_seen_before_is_a_duplicate_in_whatever_key(tmp_path: Path) -> None:
    text = FORMATS["tunes.abc"] + "\n" + abc(3, title="Again")
    _, report = bring(text, tmp_path)
    assert report.taken == 20
    assert report.duplicates == (
        Refusal("tunes.txt, X:3", "Again", "it has the melody of 'Tune 3', which is in already"),
    )


def test_refusals_say_where_and_why(tmp_path: Path) -> None:
    bad = "X:90\nT:No key\nM:4/4\nCDE|\n\nX:91\nT:No notes\nK:D\nz8|\n\n" + abc(92)
    book, report = bring(bad + "\n" + FORMATS["tunes.abc"], tmp_path)
    assert [(item.place, item.title) for item in report.refused] == [
        ("tunes.txt, line 1", "No key"),
        ("tunes.txt, line 6", "No notes"),
    ]
    assert [item.reason for item in report.refused] == [
        "it has no key (K:), so where its music begins is unknown",
        "it has no notes",
    ]
    assert {failure.title for failure in book.failures} == {"No key", "No notes"}


@pytest.mark.parametrize("kept_in", ["folder", "archive", "uploads", "subfolders"])
def test_ready_made_splits_are_kept(kept_in: str, tmp_path: Path) -> None:
    files = {
        "train": marked(range(30)),
        "val": marked(range(30, 36)),
        "test": marked(range(36, 40)),
    }
    if kept_in == "uploads":
        source: object = [(f"{name}.txt", text.encode()) for name, text in files.items()]
    elif kept_in == "archive":
        source = ("set.zip", zipped({f"pa3/{name}.txt": text for name, text in files.items()}))
    else:
        for name, text in files.items():
            path = (
                tmp_path
                / "in"
                / (f"{name}/tunes.txt" if kept_in == "subfolders" else f"{name}.txt")
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        source = tmp_path / "in"
    book, report = import_tunes(source, name="mine", data_directory=tmp_path)  # type: ignore[arg-type]
    assert report.splits == {"train": 30, "validation": 6, "test": 4}
    titles = {split: {tune.title for tune in book.split(split)} for split in SPLITS}
    assert titles["validation"] == {f"Tune {seed}" for seed in range(30, 36)}
    assert "The split into train, validation and test files was kept." in report.notes


def test_a_tune_in_training_and_test_stays_in_training_alone(tmp_path: Path) -> None:
    files = {"test": marked(range(5)), "val": marked(range(5, 10)), "train": marked(range(9, 40))}
    files["train"] += marked(range(4, 5))
    source = [(f"{name}.txt", text.encode()) for name, text in files.items()]
    _, report = import_tunes(source, name="mine", data_directory=tmp_path)
    assert report.splits == {"train": 32, "validation": 4, "test": 4}
    assert {item.title for item in report.duplicates} == {"Tune 4", "Tune 9"}


def test_near_repeats_across_ready_made_splits_are_pointed_out(tmp_path: Path) -> None:
    near = abc(3).replace(music(3), music(3)[:-3] + "^D|\n")
    files = {
        "train": marked(range(20)),
        "val": marked(range(20, 25)),
        "test": f"<start>{near}<end>",
    }
    source = [(f"{name}.txt", text.encode()) for name, text in files.items()]
    book, report = import_tunes(source, name="mine", data_directory=tmp_path)
    assert len(book.split("test")) == 1
    assert any(
        "1 validation or test tune nearly repeats one in training" in n for n in report.notes
    )


def test_a_missing_ready_made_split_is_taken_from_training(tmp_path: Path) -> None:
    files = {"train": marked(range(40)), "test": marked(range(40, 50))}
    source = [(f"{name}.txt", text.encode()) for name, text in files.items()]
    book, report = import_tunes(source, name="mine", data_directory=tmp_path)
    assert report.splits == {"train": 36, "validation": 4, "test": 10}
    assert (
        "No tune had fallen to validation; 4 were moved there from another split." in report.notes
    )
    assert {tune.title for tune in book.split("test")} == {f"Tune {seed}" for seed in range(40, 50)}


def test_a_file_called_test_alone_is_just_a_file(tmp_path: Path) -> None:
    _, report = bring(FORMATS["tunes.abc"], tmp_path, "test.abc")
    assert report.splits["train"] > report.splits["test"] > 0


@pytest.mark.parametrize("count", range(3, 40))
def test_few_tunes_still_fill_three_splits(count: int, tmp_path: Path) -> None:
    _, report = bring(marked(range(count)), tmp_path)
    assert all(report.splits.values())
    assert sum(report.splits.values()) == count
    assert report.splits["train"] >= max(report.splits["validation"], report.splits["test"])
    assert any("figures on so few are rough" in note for note in report.notes)


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_melodies_for_three_splits_are_refused(count: int, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"bring at least 3"):
        bring(marked(range(count)), tmp_path)
    assert not list(tmp_path.iterdir())


def test_adding_tunes_moves_almost_none(tmp_path: Path) -> None:
    before, _ = bring(marked(range(100)), tmp_path)
    after, _ = import_tunes(
        ("a.txt", marked(range(120)).encode()), name="more", data_directory=tmp_path
    )
    homes = {tune.id: tune.split for tune in after.tunes}
    assert all(homes[tune.id] == tune.split for tune in before.tunes)


HOSTILE = {
    "nothing": b"",
    "spaces": b" \n" * 50,
    "binary": bytes(range(256)) * 100,
    "NULs": b"X:1\nK:C\nC\0D\n" * 10,
    "a PDF": b"%PDF-1.4\n" + bytes(range(256)),
    "a line of a megabyte": b"X:1\nK:C\n" + b"C" * (1 << 20),
    "a megabyte of brackets": b"X:1\nK:C\n" + b"[K:" * (1 << 18),
    "a megabyte of quotes": b"X:1\nK:C\n" + b'"' * (1 << 20),
    "a token of a megabyte": b"M:4/4 K:Cmaj " + b"1" * (1 << 20) + b"x",
    "nested JSON": b'[{"abc":' * 50_000,
    "lone surrogates": json.dumps(
        [{"name": "\ud800", "mode": "Gmajor", "abc": "G\udfffAB"}]
    ).encode(),
    "half UTF-16": b"\xff\xfeX\0:\0\x00\xd8",
    "invalid UTF-8": "X:1\nT:áéíóúáéíóú".encode() + b"\xff\nK:C\nCDE|\n",
    "a zip's first bytes": b"PK\x03\x04" + b"\0" * 100,
    "a bomb": zipped({"bomb.abc": "X:1\nK:C\n" + "C" * (8 << 20)}),
    "a way out": zipped({"../../evil.abc": abc(1)}),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_files_are_refused_with_a_sentence(what: str, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"^No tune could be taken") as caught:
        bring(HOSTILE[what], tmp_path)
    assert len(str(caught.value)) < 400
    assert "\n" not in str(caught.value)
    str(caught.value).encode()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_files_do_not_spoil_those_beside_them(what: str, tmp_path: Path) -> None:
    source = [("bad.txt", HOSTILE[what]), ("good.abc", FORMATS["tunes.abc"].encode())]
    book, report = import_tunes(source, name="mine", data_directory=tmp_path)  # type: ignore[arg-type]
    assert len(book.tunes) == 20
    assert len(report.refused) >= 1
    assert all(item.place.startswith("bad.txt") for item in report.refused)
    str(report).encode()


def test_nothing_leaves_its_folder(tmp_path: Path) -> None:
    data = tmp_path / "deep" / "data"
    archive = zipped(
        {"../../evil.abc": abc(1), "/tmp/evil.abc": abc(2)}
        | {f"{seed}.abc": abc(seed) for seed in TWENTY}
    )
    import_tunes(("set.zip", archive), name="mine", data_directory=data)
    files = sorted(str(path.relative_to(data)) for path in tmp_path.rglob("*") if path.is_file())
    assert files == [
        ".lock",
        "mine/corpus.json",
        "mine/failures.jsonl",
        "mine/import.json",
        "mine/tunes.jsonl",
    ]


def test_too_many_tunes_end_the_import(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="more than 10 tunes"):
        import_tunes(
            ("a.txt", marked(TWENTY).encode()),
            name="mine",
            data_directory=tmp_path,
            limits=Limits(tunes=10),
        )


def test_an_import_that_takes_too_long_ends_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="stopped after"):
        import_tunes(
            ("a.txt", marked(TWENTY).encode()),
            name="mine",
            data_directory=tmp_path,
            limits=Limits(seconds=-1.0),
        )
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "a\\b", "A", "x" * 65, "con", "cache", "-x", "é", "a\0b"]
)
def test_names_that_are_no_folder_names_are_refused(name: str) -> None:
    with pytest.raises(CorpusError, match="cannot name a corpus"):
        check_corpus_name(name)


@pytest.mark.parametrize("name", ["folk", "essen"])
def test_names_of_shipped_corpora_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="comes with the lab"):
        import_tunes(("a.abc", FORMATS["tunes.abc"].encode()), name=name, data_directory=tmp_path)  # type: ignore[union-attr]


def test_a_corpus_is_replaced_only_when_asked(tmp_path: Path) -> None:
    bring(marked(range(20)), tmp_path)
    with pytest.raises(CorpusError, match="There is a corpus 'mine' already"):
        bring(marked(range(30)), tmp_path)
    book, _ = import_tunes(
        ("a.txt", marked(range(30)).encode()),
        name="mine",
        data_directory=tmp_path,
        replace_existing=True,
    )
    assert len(load("mine", data_directory=tmp_path).tunes) == len(book.tunes) == 30
    assert {path.name for path in tmp_path.iterdir()} == {".lock", "mine"}


def test_a_folder_that_is_no_import_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(CorpusError, match="not imported"):
        import_tunes(
            ("a.txt", marked(TWENTY).encode()),
            name="mine",
            data_directory=tmp_path,
            replace_existing=True,
        )
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def test_a_failed_replacement_leaves_the_old_corpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, _ = bring(marked(range(20)), tmp_path)

    def full(self: Tunebook, folder: Path) -> None:
        raise StorageError("The disk is full.")

    monkeypatch.setattr(Tunebook, "write", full)
    with pytest.raises(StorageError):
        import_tunes(
            ("a.txt", marked(range(30)).encode()),
            name="mine",
            data_directory=tmp_path,
            replace_existing=True,
        )
    assert load("mine", data_directory=tmp_path) == old


def test_the_same_files_give_the_same_book(tmp_path: Path) -> None:
    files = {f"{seed:02}.abc": abc(seed) for seed in TWENTY}
    (tmp_path / "in").mkdir()
    for name in sorted(files, reverse=True):
        (tmp_path / "in" / name).write_text(files[name])
    one, _ = import_tunes(tmp_path / "in", name="one", data_directory=tmp_path)
    two, _ = import_tunes(("s.zip", zipped(files)), name="two", data_directory=tmp_path)
    assert one.sha256 == two.sha256


def test_the_report_survives_on_disk(tmp_path: Path) -> None:
    _, report = bring(FORMATS["tunes.abc"] + "X:99\nT:Bad\nK:C\nz|\n", tmp_path)
    assert imported(data_directory=tmp_path) == [report]
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "import.json").write_text("{}")
    assert imported(data_directory=tmp_path) == [report]


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for seed in TWENTY:
        (tmp_path / "in" / f"{seed}.abc").write_text(abc(seed))
    shares: list[float] = []
    import_tunes(
        tmp_path / "in",
        name="mine",
        data_directory=tmp_path / "data",
        progress=lambda what, share: shares.append(share),
    )
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] <= 1


LINE = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Cf", "Zs", "Zl", "Zp")), max_size=40
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(titles=st.lists(LINE, min_size=20, max_size=20))
def test_titles_in_any_writing_come_through(titles: list[str], tmp_path: Path) -> None:
    rows = [
        row | {"name": f"T{title}"}
        for row, title in zip(settings_table(TWENTY), titles, strict=True)
    ]
    table, _ = import_tunes(
        ("t.csv", as_csv(rows).encode("utf-8-sig")),
        name="mine",
        data_directory=tmp_path,
        replace_existing=True,
    )
    dump, _ = import_tunes(
        ("t.json", json.dumps(rows).encode("utf-16")),
        name="mine",
        data_directory=tmp_path,
        replace_existing=True,
    )
    assert table.sha256 == dump.sha256


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.binary(max_size=200), name=st.sampled_from(["a.abc", "a.zip", "a.csv", "a.json"]))
def test_any_bytes_beside_good_tunes_are_taken_or_refused(
    data: bytes, name: str, tmp_path: Path
) -> None:
    good = ("good.abc", str(FORMATS["tunes.abc"]).encode())
    book, report = import_tunes(
        [(name, data), good], name="mine", data_directory=tmp_path, replace_existing=True
    )
    assert len(book.tunes) >= 20
    assert Tunebook.read(tmp_path / "mine") == book
    str(report).encode()


def test_what_was_written_is_read_back_the_same(tmp_path: Path) -> None:
    book, _ = bring(FORMATS["tunes.txt"], tmp_path)
    again = "".join(f"<start>\n{tune.text}<end>\n" for tune in book.tunes)
    second, report = import_tunes(
        ("again.txt", again.encode()), name="again", data_directory=tmp_path
    )
    assert [tune.text for tune in second.tunes] == [tune.text for tune in book.tunes]
    assert report.cleaned == 0


def test_the_command_prints_the_report_and_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONGRNN_DATA", str(tmp_path / "data"))
    path = tmp_path / "tunes.txt"
    path.write_text(marked(TWENTY))
    result = CliRunner().invoke(corpus, ["import", str(path), "--name", "mine"])
    assert result.exit_code == 0
    assert "mine: 20 tunes taken" in result.stdout
    assert "songrnn train --corpus mine" in result.stdout
    result = CliRunner().invoke(
        corpus, ["import", str(path), "--name", "mine", "--replace", "--json"]
    )
    assert json.loads(result.stdout)["taken"] == 20
    listed = CliRunner().invoke(corpus, ["list", "--json"])
    assert [row["name"] for row in json.loads(listed.stdout)][-1] == "mine"


def test_the_command_fails_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONGRNN_DATA", str(tmp_path))
    result = CliRunner().invoke(corpus, ["import", str(tmp_path / "none"), "--name", "mine"])
    assert isinstance(result.exception, CorpusError)
    assert "There is no file or folder" in str(result.exception)


@pytest.mark.parametrize("exchange", [True, False])
def test_old_or_new_corpus_is_there_whenever_an_import_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchange: bool
) -> None:
    if not exchange:  # as on a system that cannot exchange two folders in one step
        monkeypatch.setattr(folders, "_exchange", lambda one, other: False)
    old = bring(marked(range(20)), tmp_path)[0].sha256

    def replace() -> str:
        source = ("a.txt", marked(range(30)).encode())
        return import_tunes(source, name="mine", data_directory=tmp_path, replace_existing=True)[
            0
        ].sha256

    new, found = replace(), []
    import_tunes(
        ("a.txt", marked(range(20)).encode()),
        name="mine", data_directory=tmp_path, replace_existing=True,
    )  # fmt: skip
    for _ in killed_at_every_step(replace, steps=((folders, "_exchange"),)):
        found.append(load("mine", data_directory=tmp_path).sha256)
        assert stored(data_directory=tmp_path) == ["mine"]
        assert [report.name for report in imported(data_directory=tmp_path)] == ["mine"]
    assert found[0] == old
    assert found[-1] == new
    assert set(found) == {old, new}
    assert {path.name for path in tmp_path.iterdir()} == {".lock", "mine"}


def test_tunes_of_pages_are_taken_and_pages_without_are_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    tunes = "\n".join(f"```abc\n{abc(seed)}```\n" for seed in range(1, 4))
    (folder / "tunes.md").write_text(f"# Tunes of mine\n\n{tunes}", encoding="utf-8")
    (folder / "readme.md").write_text("# Nothing\n\nA bad egg.\n", encoding="utf-8")
    _, report = import_tunes(folder, name="mine", data_directory=tmp_path / "data")
    assert (report.taken, report.refused, report.ignored) == (3, (), ("readme.md",))
    with pytest.raises(CorpusError, match=r"there is none in readme\.md"):
        import_tunes(folder / "readme.md", name="none", data_directory=tmp_path / "data")


def test_a_duplicate_is_not_named_among_the_mistakes_of_the_tunes_taken(tmp_path: Path) -> None:
    broken = abc(2, title="The Broken Bow").replace("|", "|^2]", 1)
    file = tmp_path / "mine.abc"
    file.write_text(f"{abc(1)}\n{broken}\n{abc(3)}\n{broken}")
    _, report = import_tunes(file, name="mine", data_directory=tmp_path / "data")
    assert (report.taken, len(report.duplicates), len(report.mistakes)) == (3, 1, 1)


def test_a_tune_with_mistakes_is_taken_and_named_with_its_line_in_the_file(tmp_path: Path) -> None:
    broken = abc(2, title="The Broken Bow").replace("|", "|^2]", 1)
    file = tmp_path / "mine.abc"
    file.write_text(f"{abc(1)}\n{broken}\n{abc(3)}")
    _, report = import_tunes(file, name="mine", data_directory=tmp_path / "data")
    (mistake,) = report.mistakes
    assert report.taken == 3
    assert mistake.title == "The Broken Bow"
    assert "line 13:" in mistake.reason
    assert str(mistake) in str(report)
    assert imported(data_directory=tmp_path / "data") == [report]
