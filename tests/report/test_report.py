"""The report's figures are those of the runs, computed again; its page stands alone."""

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import html5lib
import numpy as np
import pytest
from click.testing import CliRunner
from scipy import stats

from songrnn.cells import CELLS
from songrnn.cli import cli
from songrnn.config import USUAL_CORPUS
from songrnn.corpus.sources import load_of
from songrnn.errors import ConfigError, SongRNNError
from songrnn.inspection.activations import activations
from songrnn.report.build import SECTIONS, build_report
from songrnn.report.document import Figure, Paragraph, Points, Report, Section, SongPart, Table
from songrnn.report.material import Answered, Asked, Material, gather
from songrnn.report.sections import neurons
from songrnn.report.sections.appendix import appendix
from songrnn.report.sections.baseline import test_loss as loss_on_test
from songrnn.report.sections.baseline import training_conditions
from songrnn.report.sections.discussion import discussion
from songrnn.report.sections.neurons import shown_neurons
from songrnn.report.sections.segmentation import held_out_page, labels_of
from songrnn.report.sections.songs import TEMPERATURES, songs
from songrnn.report.sections.studies import study_blocks
from songrnn.report.writing.files import write_report
from songrnn.segmentation.runs import list_segmentation_runs, open_segmentation_run
from songrnn.segmentation.studies import STUDIES
from songrnn.segmentation.studies import answer as pixel_answer
from songrnn.store.runs import open_run
from songrnn.tuning.answers import answer

ROOT = Path(__file__).resolve().parents[2]


def number(text: str) -> float:
    return float(text.replace("−", "-").replace(",", ""))


def table(report: Report, name: str) -> Table:
    tables = [block for block in report.blocks() if isinstance(block, Table)]
    tables += [figure.table for figure in report.figures() if figure.table is not None]
    return next(each for each in tables if each.name == name)


def test_the_appendix_calls_cells_by_their_titles(
    material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CELLS["lstm"], "title", "Long memory")
    (runs,) = (block for block in appendix(material) if isinstance(block, Table))
    assert "Long memory" in {row[1] for row in runs.rows}


def best_losses(cell: str) -> list[float]:
    """From the files themselves, by nothing but json."""
    names = [f"{cell}-150", *(f"{cell}-150-seed-{seed}" for seed in range(1, 6))]
    files = [ROOT / "checkpoints" / name / "summary.json" for name in names]
    return [json.loads(f.read_text())["best_validation_bits_per_character"] for f in files]


# Figures ----------------------------------------------------------------------------------------


def test_means_and_intervals_equal_those_computed_from_the_files(report: Report) -> None:
    rows = {row[0].lower(): row for row in table(report, "cells-means").rows}
    assert rows.keys() == {"rnn", "gru", "lstm"}
    for cell, row in rows.items():
        losses = best_losses(cell)
        mean, half = np.mean(losses), stats.sem(losses) * stats.t.ppf(0.975, len(losses) - 1)
        assert [number(cell) for cell in row[1:]] == pytest.approx(
            [6, mean, half, min(losses), max(losses)], abs=5e-5
        )


def test_differences_equal_a_paired_t_interval(report: Report) -> None:
    row = next(
        row for row in table(report, "cells-differences").rows if row[0].endswith("LSTM − RNN")
    )
    found = stats.ttest_rel(best_losses("lstm"), best_losses("rnn"))
    low, high = found.confidence_interval()
    assert number(row[1]) == pytest.approx((low + high) / 2, abs=5e-5)
    assert number(row[2]) == pytest.approx((high - low) / 2, abs=5e-5)


def test_figures_are_those_of_the_app(report: Report, material: Material) -> None:
    """`answer` is what the Runs page shows; its figures are kept beside the tests too."""
    kept = json.loads((ROOT / "tests" / "shipped_figures.json").read_text())["studies"]
    for name in ("cells", "initialization"):
        rows = table(report, f"{name}-means").rows
        assert [number(row[2]) for row in rows] == pytest.approx(
            [group[1] for group in kept[name]["groups"]], abs=5e-5
        )
        assert material.answers[name].answer.decided == kept[name]["decided"]


def test_test_loss_is_the_mean_surprisal_of_the_test_tunes(material: Material) -> None:
    book, engine, found = material.book, material.engine, material.test
    assert book is not None
    assert engine is not None
    assert found is not None
    for place, tune in enumerate(book.split("test")[:12]):
        seen = activations(engine, material.main.vocabulary, tune.text)
        assert found.tune_losses[place] / np.log(2) == pytest.approx(seen.surprisal.sum(), rel=1e-4)
    result = loss_on_test(found)
    whole = found.tune_losses.sum() / found.tune_characters.sum() / np.log(2)
    assert result.interval.estimate == pytest.approx(whole)
    assert result.interval.low < whole < result.interval.high


# What is in it ----------------------------------------------------------------------------------


def test_every_section_is_there_in_order(report: Report) -> None:
    assert [section.key for section in report.sections] == list(SECTIONS)
    assert all(section.blocks for section in report.sections)


def test_three_songs_with_text_and_files(report: Report) -> None:
    songs = list(report.songs())
    assert len(songs) == len(TEMPERATURES)
    for song in songs:
        assert song.files["txt"] == song.text.encode()
        assert song.staff is not None or song.missing
        assert {"midi", "mp3"} <= song.files.keys() or song.missing


def test_songs_go_on_from_the_start_sequence_as_the_command_writes_them(
    material: Material,
) -> None:
    asked = gather(Asked(runs=("lstm-150",), seed=3, prime="X:1\nM:6/8\nK:D\n"))
    blocks = songs(asked)
    parts = [block for block in blocks if isinstance(block, SongPart)]
    assert all(song.text.startswith("X:1\nM:6/8\nK:D\n") for song in parts)
    assert "`X:1↵M:6/8↵K:D↵`" in next(b.text for b in blocks if isinstance(b, Paragraph))
    command = ["generate", "lstm-150", "-t", "0.5", "--seed", "3", "--prime", r"X:1\nM:6/8\nK:D\n"]
    result = CliRunner().invoke(cli, command)
    assert result.output.startswith(parts[0].text)
    with pytest.raises(SongRNNError, match="☃"):
        songs(gather(Asked(runs=("lstm-150",), prime="☃")))


def test_the_lowest_loss_is_that_of_runs_on_the_same_tunes() -> None:
    """A run on easier tunes has a lower loss, and is no better for it."""
    found = gather(Asked(runs=("lstm-150", "rnn-150", "start-altdeu-from-best")))
    said = build_report(found, sections=("training",)).abstract[0]
    assert "of the 2 that learned from `folk` is that of `lstm-150`, 1.782" in said


def test_labels_that_nobody_checked_elsewhere_are_not_said_to_hold_there(
    material: Material,
) -> None:
    index = material.index_of(material.main)
    assert index is not None
    checks = material.checks_of(material.main)
    shown = neurons.shown_neurons(index, checks)
    assert "holds on essen too" in neurons._scores(index, checks, shown).caption
    assert "checked on no other corpus" in neurons._scores(index, (), shown).caption


def test_training_is_said_to_have_dropout_only_where_it_has() -> None:
    plain_run, dropped = (
        training_conditions(open_run(name)) for name in ("lstm-150", "lstm-150-dropout-0.2")
    )
    assert "dropout" not in plain_run
    assert "with dropout on" in dropped


def test_segmentation_shows_a_page_and_answers_its_studies(report: Report) -> None:
    section = next(section for section in report.sections if section.key == "segmentation")
    names = [block.name for block in section.blocks if isinstance(block, Figure)]
    assert names == ["unet-learning", "unet-page", "segmentation-start", "segmentation-depth"]
    words = " ".join(block.text for block in section.blocks if isinstance(block, Paragraph))
    runs = list_segmentation_runs()
    for study in STUDIES.values():
        assert pixel_answer(study, runs).sentence in words


def test_the_figures_of_the_page_are_those_of_its_pixels(report: Report) -> None:
    run = open_segmentation_run("unet")
    page, _ = held_out_page(run)
    right = float((labels_of(run, page.image) == page.mask).mean())
    caption = next(figure.caption for figure in report.figures() if figure.name == "unet-page")
    assert f"is {right:.4f}" in caption
    assert page.tune in {
        tune.id for tune in load_of(gather(Asked()).main.config.corpus).split("test")
    }


def test_three_neurons_with_heatmap_evidence_and_effect(report: Report) -> None:
    section = next(section for section in report.sections if section.key == "neurons")
    figures = [block for block in section.blocks if isinstance(block, Figure)]
    assert len(figures) == 3
    assert len({figure.name for figure in figures}) == 3
    words = [block.text for block in section.blocks if isinstance(block, Paragraph)]
    assert sum("Evidence:" in text and "Effect:" in text for text in words) == 3


def test_each_neuron_has_the_verdict_of_the_stricter_rule(
    report: Report, material: Material
) -> None:
    """A first label alone may be an echo of what was just read, and then it is said to be one."""
    index = material.index_of(material.main)
    assert index is not None
    assert index.memory is not None
    section = next(section for section in report.sections if section.key == "neurons")
    words = [block.text for block in section.blocks if isinstance(block, Paragraph)]
    evidence = [text for text in words if text.startswith("Evidence:")]
    shown = shown_neurons(index, material.checks_of(material.main))
    for text, label in zip(evidence, shown, strict=True):
        verdict = index.memory.of(label.layer, label.neuron)
        assert verdict is not None
        assert verdict.kind in ("remembers", "echo")
        said = f"echo of the last {verdict.echo} characters"
        if verdict.kind == "remembers":
            said = f"at least {verdict.low:.2f}, on {verdict.n:,} {verdict.counted}"
        assert said in text


def test_numbers_hold_where_they_decide_as_on_the_page(report: Report) -> None:
    section = next(section for section in report.sections if section.key == "neurons")
    words = [block.text for block in section.blocks if isinstance(block, Paragraph)]
    (octave,) = [text for text in words if "the property `octave`" in text]
    assert "where `octave` decides what comes next" in octave
    assert not any("more than elsewhere" in text for text in words)


def test_near_copies_that_the_families_missed_are_counted(report: Report) -> None:
    section = next(section for section in report.sections if section.key == "data")
    words = " ".join(block.text for block in section.blocks if isinstance(block, Paragraph))
    assert "4 of 442 validation tunes and 5 of 418 test tunes share as much" in words


def test_segmentation_says_on_how_many_pages_and_of_which_weights(report: Report) -> None:
    section = next(section for section in report.sections if section.key == "segmentation")
    words = " ".join(block.text for block in section.blocks if isinstance(block, Paragraph))
    assert "on 10 validation pages" in words
    means = table(report, "segmentation-start-means")
    assert "on 3 pages not learned from" in means.caption
    rows = open_segmentation_run("unet").rows()
    kept = min((row for row in rows if row.split == "validation"), key=lambda row: row.loss)
    assert kept.iou is not None
    classes = table(report, "segmentation-classes")
    assert f"epoch {kept.epoch:g}" in classes.caption
    assert sorted(number(row[1]) for row in classes.rows) == pytest.approx(
        sorted(kept.iou.values()), abs=5e-4
    )


def test_what_is_undecided_is_said_to_be(material: Material) -> None:
    study = material.answers["cells"].study
    import pandas as pd

    rows = [
        {"value": value, "seed": seed, "bits": bits}
        for value, losses in (("rnn", [1.8, 1.9, 1.7]), ("lstm", [1.81, 1.88, 1.71]))
        for seed, bits in enumerate(losses)
    ]
    undecided = Answered(study, answer(study, pd.DataFrame(rows)), ())
    assert not undecided.answer.decided
    words = " ".join(
        block.text for block in study_blocks(material, undecided) if isinstance(block, Paragraph)
    )
    assert "no difference could be shown" in words


def test_a_decided_study_stands_among_what_could_be_shown(material: Material) -> None:
    blocks = discussion(material)
    shown = next(block for block in blocks if isinstance(block, Points))
    sentence = material.answers["cells"].answer.sentence
    assert any(sentence in item for item in shown.items)


# The page ---------------------------------------------------------------------------------------


def test_the_page_is_valid_and_its_links_lead_somewhere(page: str) -> None:
    html5lib.HTMLParser(strict=True).parse(page)
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    links = set(re.findall(r'(?:href|xlink:href)="#([^"]+)"', page))
    links |= set(re.findall(r"url\(#([^)]+)\)", page))
    assert links <= set(ids)


def test_the_page_needs_nothing_but_itself(page: str) -> None:
    addresses = re.findall(r'\s(?:src|href|xlink:href)="([^"]*)"', page)
    assert addresses
    assert all(address.startswith(("#", "data:")) for address in addresses)
    assert "<script" not in page
    assert "@import" not in page


def test_the_page_names_the_author_and_no_machine(page: str) -> None:
    assert "A. Student &amp; Co, 1 May" in page
    assert str(ROOT) not in page
    assert str(Path.home()) + os.sep not in page
    assert not re.search(rf"\b{re.escape(socket.gethostname())}\b", page)


def test_every_figure_has_a_name_in_words_and_tables_have_heads(page: str) -> None:
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    for svg in tree.iter("{http://www.w3.org/2000/svg}svg"):
        if svg.get("role") == "img":
            assert svg.get("aria-label")
    tables = list(tree.iter("table"))
    assert tables
    assert all(list(each.iter("caption")) and list(each.iter("th")) for each in tables)


def test_the_same_runs_give_the_same_bytes(tmp_path: Path) -> None:
    """In processes whose sets come in other orders."""
    made = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        command = [sys.executable, "-m", "songrnn", "report", "--out", str(folder)]
        command += ["--study", "normalization", "--format", "html,md,latex"]
        command += ["--sections", "architecture,songs,starting-points,runs"]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": seed}, cwd=ROOT)
        made.append(
            {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        )
    assert made[0].keys() == made[1].keys()
    assert [name for name in made[0] if made[0][name] != made[1][name]] == []


# Files ------------------------------------------------------------------------------------------


def test_markdown_and_latex_name_files_that_are_there(report: Report, tmp_path: Path) -> None:
    write_report(report, tmp_path, ("md", "latex"))
    named = re.findall(r"\]\(((?:figures|songs)/[^)]+)\)", (tmp_path / "report.md").read_text())
    tex = (tmp_path / "latex" / "main.tex").read_text()
    pictures = re.findall(r"\\includegraphics\[[^]]*\]\{(figures/[^}]+)\}", tex)
    assert named
    assert pictures
    assert all((tmp_path / name).is_file() for name in named)
    assert all((tmp_path / "latex" / name).is_file() for name in pictures)
    # Braces within the name, or a second dot, and some versions of LaTeX do not find the file.
    assert all(re.fullmatch(r"figures/[\w-]+\.(pdf|png)", name) for name in pictures)
    assert tex.count(r"\begin{") == tex.count(r"\end{")


def test_a_song_that_cannot_be_played_is_reported_without_its_sound(tmp_path: Path) -> None:
    """What a run wrote after an epoch may hold no note."""
    song = SongPart("T = 2: Qz", "qz", "", "X:1\nQz", None, {"txt": b"X:1\nQz"}, ("No sound.",))
    silent = Report("A", "", "", (), (Section("songs", "Songs", (song,)),))
    write_report(silent, tmp_path, ("html", "md", "latex"))
    page = (tmp_path / "report.html").read_text()
    assert "<audio" not in page
    assert "No sound." in page


def test_a_section_or_format_that_there_is_not_is_named(
    material: Material, report: Report, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=r"'weather'.*data"):
        build_report(material, sections=("weather",))
    with pytest.raises(ConfigError, match="'docx'"):
        write_report(report, tmp_path, ("docx",))


# Runs of a person's own ---------------------------------------------------------------------------


def test_a_run_alone_without_weights_or_tunes_is_reported_with_what_is_there(
    tmp_path: Path,
) -> None:
    source, folder = ROOT / "checkpoints" / "gru-150", tmp_path / "mine"
    folder.mkdir()
    for path in (*source.glob("history.jsonl*"), source / "status.json", source / "summary.json"):
        (folder / path.name).write_bytes(path.read_bytes())
    document = json.loads((source / "run.json").read_text())
    assert document["corpus"]["name"] == USUAL_CORPUS
    document |= {"name": "mine", "corpus": {"name": "my-own-tunes", "sha256": "0" * 64}}
    (folder / "run.json").write_text(json.dumps(document))
    found = build_report(gather(Asked(main="mine"), checkpoints=tmp_path))
    assert [section.key for section in found.sections] == list(SECTIONS)
    assert not [block for block in found.blocks() if isinstance(block, SongPart)]
    assert any(figure.name == "mine-loss" for figure in found.figures())
    write_report(found, tmp_path / "out", ("html", "md", "latex"))
