"""A lab in which every text that a file can hold is hostile: markup, tags, links, formulas."""

import json
import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from songrnn.config import CorpusReference, ModelConfig, RunConfig, SampleConfig
from songrnn.config.run import SourceReference
from songrnn.corpus.tunebook import SPLITS, Failure, Tune, Tunebook, tune_id
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.disk import replace_file
from songrnn.inspection.cross_corpus import check_labels
from songrnn.inspection.indexing import build_index
from songrnn.inspection.probes.outcomes import Figures
from songrnn.inspection.probes.stored import NamedUnit, StoredProbes, TaskProbes
from songrnn.inspection.probes.tasks import TASKS
from songrnn.model.engine import Engine
from songrnn.statistics import Interval
from songrnn.store.creating import create_run, delete_run
from songrnn.store.documents import HistoryRow, Notes, RunStatus, RunSummary, now
from songrnn.store.history import History
from songrnn.store.runs import Run
from songrnn.store.songs import new_song
from songrnn.store.weights import write_weights
from songrnn.tuning.sweeps import note_sweep

# Another host, in each of the ways in which a page could be made to ask it for something.
HOST = "other.invalid"
TEXT = (
    f"=cmd|'/C calc'!A0 ![x](http://{HOST}/x.png) <img src=http://{HOST}/y.png> "
    rf"[x](javascript:alert(1)) $\rm{{}}$ :red[x] <a href='http://{HOST}'>a</a> www.{HOST} "
)
# The same where a slash cannot be: a folder's name.
FOLDER = f"![x](x.png) <img src=x> [x](javascript:x) :red[x] <b>{HOST}"

BODIES = (
    ("6/8", "D", "|:DFA d2f|edB AFD|DFA d2f|edc d3:|"),
    ("4/4", "G", "|:GABc d2ef|gfed BAGA|GABc d2ef|gdBd G4:|"),
    ("6/8", "Am", "|:eAA eAA|BAB d2e|eAA eAB|dBG A3:|"),
    ("3/4", "C", "|:C2E2G2|c4B2|A2F2D2|C6:|"),
)
RUN = "hostile"


def hostile_book(name: str) -> Tunebook:
    """A corpus of tunes whose every field is hostile."""

    def tune(number: int) -> Tune:
        meter, key, body = BODIES[number % len(BODIES)]
        text = (
            f"X:{number}\nT:{TEXT}{number}\nR:{TEXT}\nM:{meter}\nL:1/8\nK:{key}\n{body}\n{body}\n"
        )
        return Tune(
            id=tune_id(text),
            number=TEXT,
            title=f"{TEXT}{number}",
            rhythm=TEXT,
            meter=TEXT,
            unit_length=TEXT,
            key=TEXT,
            text=text,
            source=TEXT,
            family=tune_id(text),
            split=SPLITS[number % 2],
        )

    refused = Failure(source=TEXT, number=TEXT, title=TEXT, reason=TEXT)
    return Tunebook(name, tuple(map(tune, range(8))), (refused,))


def make(places: SimpleNamespace) -> Run:
    """Fill the empty folders of a lab; the run that can compose and be inspected."""
    book = hostile_book(FOLDER)
    book.write(places.data / FOLDER)
    hostile_book("tiny").write(places.data / "tiny")
    report = {"name": TEXT, "files": [], "notes": [TEXT], "ignored": [TEXT], "changes": {TEXT: 1}}
    (places.data / "tiny" / "import.json").write_text(json.dumps(report))
    run = _run(places.checkpoints, RUN, book, "stopped")
    other = _run(places.checkpoints, "other", book, "finished")
    _noted(run)
    _measured(run, book)
    _apart(places, other)
    return run


def _run(checkpoints: Path, name: str, book: Tunebook, status: Any) -> Run:
    run = create_run(
        RunConfig(
            name=name,
            study=TEXT,
            model=ModelConfig(cell="lstm", hidden_size=8, embedding_size=4),
            corpus=CorpusReference(name=book.name, sha256=book.sha256),
            source=SourceReference(name=TEXT, weights_sha256=TEXT),
        ),
        Vocabulary.of([tune.text for tune in book.tunes]),
        checkpoints=checkpoints,
    )
    rows = [
        HistoryRow(
            step=epoch * 10,
            epoch=epoch,
            split=split,  # type: ignore[arg-type]
            loss=3.0 - epoch,
            bits_per_character=(3.0 - epoch) / math.log(2),
            seconds=epoch * 2.0,
        )
        for epoch in range(2)
        for split in ("train", "validation")
    ]
    history = History(run.path / "history.jsonl")
    for row in rows:
        history.append(row)
    history.close()
    figures = rows[-1].figures
    said = {"message": TEXT, "precision": TEXT, "worker": TEXT, "best": figures, "last": figures}
    state = RunStatus(status=status, epoch=1, step=10, heartbeat=now(), **said)
    replace_file(run.path / "status.json", state.to_json())
    rng = np.random.default_rng(0)
    arrays = {n: rng.normal(0, 0.5, shape).astype(np.float32) for n, shape in run.shapes.items()}
    digest = write_weights(run.path / "weights.safetensors", arrays)
    summary = RunSummary(
        parameters=run.parameters,
        epochs=1,
        steps=10,
        best_validation_loss=2.0,
        best_validation_bits_per_character=2.0 / math.log(2),
        best_epoch=1,
        last_validation_loss=2.0,
        last_validation_bits_per_character=2.0 / math.log(2),
        last_epoch=1,
        duration_seconds=10,
        precision=TEXT,
        device=TEXT,
        weights_sha256=digest,
    )
    replace_file(run.path / "summary.json", summary.to_json())
    return run


def _noted(run: Run) -> None:
    """What people note about a run, and the songs they keep with it."""
    run.write_notes(Notes(tags=(TEXT,), text=TEXT, star=True))
    text = hostile_book("tiny").tunes[0].text
    figures = {"form": TEXT, "nearest_tune": TEXT}
    song = new_song(
        run.name, text, SampleConfig(), prime=TEXT, seed=1, stopped_by="end", figures=figures
    )
    run.keep_song(song.model_copy(update={"tags": (TEXT,), "notes": TEXT}))
    (run.path / "songs" / f"{FOLDER}.json").write_text("{")


def _measured(run: Run, book: Tunebook) -> None:
    """What inspection and the temperature study found of it, in words of their own."""
    found = build_index(run, book.split("validation"), book.name, shifts=20)
    labels = tuple(
        replace(each, label="barline", best="barline", words=TEXT, kind="reads", score=0.9)
        for each in found.labels
    )
    found = replace(found, labels=labels, corpus=TEXT)
    found.write(run.path)
    _probed(run)
    checked = check_labels(Engine.of(run), run.vocabulary, found, book.tunes, "tiny", "all")
    holding = tuple(replace(each, score_there=0.5) for each in checked.labels)
    replace(checked, labels=holding).write(run.path)
    path = run.path / "neurons-tiny.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"corpus": TEXT, "split": TEXT}))
    shipped = Path(__file__).resolve().parents[2] / "checkpoints" / "lstm-150" / "temperature.json"
    study = json.loads(shipped.read_text()) | {"run": TEXT, "corpus": TEXT, "reason": TEXT}
    (run.path / "temperature.json").write_text(json.dumps(study))


def _probed(run: Run) -> None:
    """What a probe of its whole state found, which no probe did."""
    task, told, unit = TASKS[0], Interval(0.5, 0.4, 0.6, 4), NamedUnit("hidden", 0, 0)
    K = len(task.classes)
    each = Figures(told, told, told, None, (0.5,) * K)
    states = {"all": each, TEXT: each}
    probed = TaskProbes(
        task.name, TEXT, (TEXT,) * K, states, states, unit, each, (unit,), each, each, each, each, 0.5,
        told, told, each,
    )  # fmt: skip
    sizes = {"weights": (2 * run.config.model.hidden_size + 1, K), "tunes": (4, K, K)}
    arrays = {f"{n}_{task.name}": np.zeros(size, np.float32) for n, size in sizes.items()}
    weights = run.summary.weights_sha256 if run.summary else ""
    StoredProbes((probed,), TEXT, TEXT, weights, 0, 9, 9, 9, 4, arrays).write(run.path)


def _apart(places: SimpleNamespace, other: Run) -> None:
    """What is no run: a damaged folder, one in the trash, a sweep's note, answers."""
    damaged = places.checkpoints / FOLDER
    damaged.mkdir()
    (damaged / "run.json").write_text(json.dumps({"name": TEXT}))
    gone = places.checkpoints / f"{FOLDER}2"
    gone.mkdir()
    delete_run(gone.name, checkpoints=places.checkpoints)
    record = note_sweep("cells", [TEXT, other.name], workers=1, checkpoints=places.checkpoints)
    path = places.checkpoints / ".sweeps" / f"{record.id}.json"
    said = {"study": TEXT, "scheduler": TEXT, "message": TEXT}
    path.write_text(json.dumps(json.loads(path.read_text()) | said))
    guess = {"run": TEXT, "temperature": 0.8, "seed": 1, "tune": TEXT, "machine_first": True}
    guess |= {"guessed_first": True, "created": now().isoformat()}
    (places.data / "listening.jsonl").write_text(json.dumps(guess) + "\n")
