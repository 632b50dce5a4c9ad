"""`songrnn generate`: what the JSON holds, beside what, and what is said about a start sequence."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from songrnn.cli.generate import generate
from songrnn.config import RECOMMENDED, recommended
from songrnn.corpus.sources import load
from songrnn.errors import SongRNNError
from songrnn.notation.reader import read
from songrnn.quality.novelty import Index
from songrnn.quality.validity import assess
from songrnn.store.runs import open_run

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(ROOT / "checkpoints"))


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(generate, ["lstm-150", *arguments])
    assert result.exit_code == 0, result.output
    return result


def test_each_song_has_its_settings_and_the_figures_of_its_text() -> None:
    found = json.loads(run("--count", "3", "--seed", "5", "-t", "0.5", "--json").stdout)
    index = Index.build(load("folk").split("train"))
    assert [song["seed"] for song in found["songs"]] == [5, 6, 7]
    for song in found["songs"]:
        reading = read(song["text"])
        judged = assess(reading, ended=song["stopped_by"] == "end")
        assert song["temperature"] == 0.5
        assert song["bars"] == judged.bars
        assert song["quality"]["well_formed"] == judged.well_formed
        assert song["quality"]["right_bars"] == judged.right_bars
        assert song["quality"]["novelty"] == pytest.approx(1 - index.look_up(reading).seen_notes)
    shares = [song["quality"]["well_formed"] for song in found["songs"]]
    assert found["summary"]["well_formed"] == pytest.approx(sum(shares) / 3)
    novel = [song["quality"]["novelty"] for song in found["songs"]]
    assert found["summary"]["mean_novelty"] == pytest.approx(sum(novel) / 3)
    ends = [song["stopped_by"] == "end" for song in found["songs"]]
    assert found["summary"]["ended_by_themselves"] == pytest.approx(sum(ends) / 3)
    assert "real_tunes" not in found["summary"]


def test_many_songs_have_real_tunes_beside_them() -> None:
    summary = json.loads(run("--count", "20", "--seed", "1", "--length", "60", "--json").stdout)[
        "summary"
    ]
    assert summary["count"] == 20
    assert summary["real_tunes"]["count"] == 442
    assert 0.8 < summary["real_tunes"]["well_formed"] < summary["real_tunes"]["mean_right_bars"] < 1
    assert 0.4 < summary["real_tunes"]["mean_fifth_is_first"] < 0.6
    told = summary["told_apart"]
    assert told["control_low"] < 0.52 < told["control_high"] < 0.6 < told["low"] <= told["auc"]
    assert told["giveaways"][0]["auc"] >= told["giveaways"][-1]["auc"] > 0.5


def test_a_wrong_bar_of_the_start_sequence_is_pointed_at() -> None:
    prime = r"X:1\nM:4/4\nL:1/8\nK:D\n|:d2d2d2d2|A2|d4"
    result = run("--whole-bars", "--seed", "1", "--prime", prime)
    assert "Bar 2 of the start sequence is not as long as its meter says" in result.stderr
    assert "start sequence" not in run("--whole-bars", "--seed", "1").stderr


def test_a_song_of_the_same_name_is_never_overwritten_by_another(tmp_path: Path) -> None:
    options = ("--seed", "1", "--length", "120", "--out", str(tmp_path))
    run(*options)
    first = (tmp_path / "lstm-150-t1-s1.txt").read_text()
    run(*options)
    assert len(list(tmp_path.glob("*.txt"))) == 1
    run(*options, "--prime", r"X:1\nT:Other\n")
    assert (tmp_path / "lstm-150-t1-s1.txt").read_text() == first
    (other,) = tmp_path.glob("lstm-150-t1-s1-*.txt")
    assert other.read_text().startswith("X:1\nT:Other\n")
    assert other.with_suffix(".mid").is_file()


def test_a_kept_song_has_its_figures_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "checkpoints" / "lstm-150", tmp_path / "lstm-150")
    shutil.rmtree(tmp_path / "lstm-150" / "songs")
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(tmp_path))
    run("--seed", "1", "--whole-bars", "--keep")
    (kept,) = open_run("lstm-150").songs()
    reading = read(kept.text)
    index = Index.build(load("folk").split("train"))
    assert kept.figures["right_bars"] == assess(reading, ended=kept.stopped_by == "end").right_bars
    assert kept.figures["novelty"] == pytest.approx(1 - index.look_up(reading).seen_notes)
    assert 0 < kept.share_withheld < 1


def test_the_best_of_many_come_first_and_say_why() -> None:
    asked = ("--count", "6", "--seed", "3", "--length", "200", "--rank-by", "likelihood", "--json")
    every = json.loads(run(*asked).stdout)["songs"]
    assert all("rank" not in song for song in every)
    best = json.loads(run("--best", "2", *asked).stdout)["songs"]
    assert len(best) == 2
    assert [song["rank"]["place"] for song in best] == [1, 2]
    assert {song["rank"]["of"] for song in best} == {6}
    assert best[0]["rank"]["score"] >= best[1]["rank"]["score"]
    assert {song["text"] for song in best} < {song["text"] for song in every}
    unranked = json.loads(run("--best", "2", *asked[:-3], "--rank-by", "none", "--json").stdout)
    assert [song["seed"] for song in unranked["songs"]] == [3, 4]


def test_recommended_songs_are_written_phrase_by_phrase_where_the_run_has_learned_to() -> None:
    asked = ["--recommended", "--seed", "5", "--length", "120", "--json"]
    for name, forms in (("best", False), ("best-512", True)):
        found = CliRunner().invoke(generate, [name, *asked])
        assert found.exit_code == 0, found.output
        (song,) = json.loads(found.stdout)["songs"]
        best = recommended(recall=True, phrases=True, forms=forms)
        assert (song["ways"], song["drafts"]) == (best.ways, best.drafts)
        assert song.get("form", False) is forms
        assert song["temperature"] == RECOMMENDED.temperature
    assert (best.ways, best.drafts) == (RECOMMENDED.ways, RECOMMENDED.drafts)
    (plain,) = json.loads(run(*asked).stdout)["songs"]
    assert "ways" not in plain
    own = ["--temperature", "1.1", "--ways", "1"]
    (song,) = json.loads(CliRunner().invoke(generate, ["best-512", *asked, *own]).stdout)["songs"]
    assert song["temperature"] == 1.1
    assert "ways" not in song
    assert song["form"] is True
    alone = CliRunner().invoke(generate, ["best-512", "--drafts", "3"])
    assert "ask for ways" in str(alone.exception)
    refused = CliRunner().invoke(generate, ["lstm-150", "--ways", "4"])
    assert isinstance(refused.exception, SongRNNError)
    assert "songrnn typicality" in str(refused.exception)


def test_the_midi_file_may_have_the_other_extension(tmp_path: Path) -> None:
    run("--seed", "1", "--length", "80", "--midi", "--out", str(tmp_path))
    assert {path.suffix for path in tmp_path.iterdir()} >= {".midi", ".txt", ".abc"}
    assert not list(tmp_path.glob("*.mid"))
