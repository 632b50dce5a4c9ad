"""Damage: the files of a corpus are changed, and it is read, or refused in a sentence."""

import json
import random
from pathlib import Path

from songrnn.corpus.baselines import measure_baselines, stored_baselines
from songrnn.corpus.import_report import imported
from songrnn.corpus.importing import import_tunes
from songrnn.corpus.sources import load, stored
from songrnn.errors import SongRNNError
from songrnn.paths import Places, using
from tests.reliability.writers import tunes

STRANGE = (
    None,
    True,
    -1,
    2**63,
    1e308,
    "",
    "\ud800",
    "../x",
    [],
    {},
    [[]],
    {"a": 1},
    "[b]",
    "9" * 400,
)


def changed(data: bytes, rng: random.Random) -> bytes:
    """The bytes of a file changed, cut off, or with another value somewhere in their JSON."""
    if rng.random() < 0.5:
        some = bytearray(data)
        for _ in range(rng.randrange(1, 5)):
            some[rng.randrange(len(some))] = rng.randrange(256)
        return bytes(some[: rng.choice((len(some), rng.randrange(len(some) + 1)))])
    lines = data.decode().splitlines()
    whole = len(lines) > 1 and not lines[0].endswith("}")
    number = 0 if whole else rng.randrange(len(lines))
    document = json.loads(data if whole else lines[number])
    inside = document
    while isinstance(inside, dict | list) and inside:
        key = rng.choice(list(inside) if isinstance(inside, dict) else range(len(inside)))
        if rng.random() < 0.4 or not isinstance(inside[key], dict | list) or not inside[key]:
            inside[key] = rng.choice(STRANGE)
            break
        inside = inside[key]
    text = json.dumps(document)
    return (text if whole else "\n".join([*lines[:number], text, *lines[number + 1 :]])).encode()


def damage(root: Path, count: int, seed: int = 0) -> dict[str, int]:
    """How many changes were made, and how many of them made the corpus one that is refused."""
    rng, refused = random.Random(seed), 0
    with using(Places(root / "checkpoints", root / "data")):
        for name in ("mine", "good"):
            book, _ = import_tunes((f"{name}.abc", tunes(60)), name=name)
            measure_baselines(book)
        folder = root / "data" / "mine"
        files = sorted(path for path in folder.iterdir() if path.stat().st_size)
        for _ in range(count):
            path = rng.choice(files)
            before = path.read_bytes()
            path.write_bytes(changed(before, rng))
            try:
                assert "good" in stored()
                assert "good" in [report.name for report in imported()]
                load("good")
                try:
                    stored_baselines(load("mine"))
                except SongRNNError as error:
                    refused += bool(str(error).strip())
            finally:
                path.write_bytes(before)
        load("mine")
    return {"changes": count, "refused": refused}
