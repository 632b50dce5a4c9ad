"""Names: whatever is given as one, nothing outside of its folder is read, written or deleted."""

import contextlib
import os
import random
import string
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from songrnn.config import SampleConfig
from songrnn.corpus.importing import import_tunes
from songrnn.corpus.sources import load
from songrnn.errors import SongRNNError
from songrnn.generation.export import Provenance, file_stem
from songrnn.paths import Places, using
from songrnn.segmentation.runs import open_segmentation_run
from songrnn.store.creating import create_run, delete_run
from songrnn.store.renaming import rename_run
from songrnn.store.runs import open_run
from songrnn.store.songs import new_song, remove_song, write_song
from songrnn.workspaces import folder_name
from tests.reliability.writers import config, lab

REPOSITORY = Path(__file__).resolve().parents[2]
# What names are made of that mean something to a file system, a shell, or a terminal.
PIECES = (
    *(
        "..",
        "../",
        "/",
        "\\",
        "~",
        "~root",
        "./",
        ".",
        "//",
        "\0",
        "\n",
        "\r",
        "%2e%2e%2f",
        "..%c0%af",
    ),
    *("C:", "CON", "nul", "aux.txt", "-rf", "$HOME", "`id`", ";", "|", "*", "?", "[a]", "'", '"'),
    *(
        "\ud800",
        "\u202e",
        "\u2215",
        "\uff0e\uff0e\uff0f",
        "\u0301",
        "a" * 300,
        " ",
        "@",
        ".workspaces",
        ".trash",
    ),
    *(
        "secret",
        "there",
        "mine",
        "etc/passwd",
        "run.json",
        ".queue",
        ".lock",
        "cache",
        "checkpoints",
    ),
)
# Events of Python's own that name a path, and where in their arguments.
PATHS = {
    **dict.fromkeys(
        ("open", "os.mkdir", "os.rmdir", "os.remove", "os.listdir", "os.scandir"), (0,)
    ),
    **dict.fromkeys(
        ("os.rename", "os.link", "os.symlink", "shutil.copyfile", "shutil.move"), (0, 1)
    ),
    **dict.fromkeys(("os.truncate", "os.chmod", "shutil.rmtree"), (0,)),
}


def made_up(rng: random.Random) -> str:
    """A name that nobody should give, or somebody might."""
    kind = rng.randrange(4)
    if kind == 0:
        return "".join(rng.choice(PIECES) for _ in range(rng.randrange(1, 6)))
    if kind == 1:
        return "".join(chr(rng.randrange(0x110000)) for _ in range(rng.randrange(1, 30)))
    if kind == 2:
        return "../" * rng.randrange(1, 9) + rng.choice(PIECES)
    letters = string.ascii_lowercase + string.digits + "-_./"
    return "".join(rng.choice(letters) for _ in range(rng.randrange(1, 90)))


class Watch:
    """Notes every path below `root` that is touched outside of `inside` while it is on."""

    def __init__(self, root: Path, inside: Path) -> None:
        self.root, self.inside = str(root), str(inside)
        self.touched: list[str] = []
        self.on = False
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on or event not in PATHS:
            return
        for position in PATHS[event]:
            path = arguments[position]
            with contextlib.suppress(TypeError, ValueError):
                real = os.path.realpath(os.fsdecode(path))
                if not real.startswith(self.inside + os.sep) and real != self.inside:
                    self.touched.append(f"{event} {real}")


def givers(places: Places) -> Iterator[tuple[str, Callable[[str], object]]]:
    """(what is given a name, what is done with it): everything below takes names from people."""
    book = load("mine")
    run = open_run("there")
    vocabulary = run.vocabulary
    songs = run.songs()
    yield "run, opened", open_run
    yield "run, made", lambda name: create_run(config(name, book), vocabulary)
    yield "run, deleted", lambda name: name == "there" or delete_run(name)
    yield "run, renamed", lambda name: name == "there" or rename_run(run, name)
    yield "run of pages, opened", open_segmentation_run
    yield "corpus, opened", load
    yield "corpus, imported", lambda name: import_tunes(("a.abc", b"X:1\nK:D\nABc|\n"), name=name)
    yield "file, uploaded", lambda name: import_tunes((name, b"X:1\nK:D\nABc|\n"), name="uploaded")
    yield "song, removed", lambda name: remove_song(run.path, name)
    yield "song, kept", lambda name: write_song(run.path, songs[0].model_copy(update={"id": name}))
    yield "file of a song", lambda name: check_stem(f"X:1\nT:{name}\nK:D\nA|\n")
    yield "workspace", lambda name: check_workspace(places, name)


def check_stem(text: str) -> None:
    """A song's title becomes part of a file's name."""
    stem = file_stem(text, Provenance("there", SampleConfig(), 1, "end"))
    assert Path(stem).name == stem
    assert not stem.startswith(".")


def check_workspace(places: Places, name: str) -> None:
    """Who somebody is becomes the name of a folder."""
    folder = folder_name(name)
    assert (places.checkpoints / folder).resolve().parent == places.checkpoints.resolve()


def give(root: Path, count: int, seed: int = 0) -> dict[str, int]:
    """Thing -> how many names it was given, `count` in all. Raises AssertionError."""
    rng = random.Random(seed)
    given: dict[str, int] = {}
    secret = root / "secret"
    secret.mkdir(parents=True)
    (secret / "run.json").write_text("{}")
    inside = root / "lab"
    with lab(inside) as places, using(places):
        run = open_run("there")  # the song that is kept under other names
        text = "X:1\nK:D\nA|\n"
        run.keep_song(new_song("there", text, SampleConfig(), prime="", seed=1, stopped_by="end"))
        things = list(givers(places))
        for _, do in things:  # what is imported when it is first needed is read now
            with contextlib.suppress(SongRNNError):
                do("warm")
        watch = Watch(root, inside)
        for number in range(count):
            thing, do = things[number % len(things)]
            name = made_up(rng)
            watch.on = True
            try:
                do(name)
            except SongRNNError:
                pass
            finally:
                watch.on = False
            foreign = [each for each in watch.touched if not _is_python(each)]
            assert not foreign, (thing, name, foreign)
            watch.touched.clear()
            given[thing] = given.get(thing, 0) + 1
    assert (secret / "run.json").read_text() == "{}"
    assert sorted(path.name for path in root.iterdir()) == ["lab", "secret"]
    return given


def _is_python(touched: str) -> bool:
    """Modules that are imported late, and the committed list of corpora, lie elsewhere."""
    path = touched.split(" ", 1)[1]
    return path.startswith((str(REPOSITORY), *map(os.path.realpath, (sys.prefix, sys.base_prefix))))
