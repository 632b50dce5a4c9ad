"""What pages say in words: sentences made from figures. No streamlit."""

import os
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from songrnn.config import USUAL_CORPUS
from songrnn.notation.reading import Reading
from songrnn.paths import lab_places
from songrnn.plain_text import visible

NO_LOSS = "No run shown has a validation loss yet; the first comes after the first epoch."
ONE_SEED = (
    "Each setting was trained with one seed, so small differences may be chance: "
    "other seeds would tell."
)

# The settings that make two runs comparable but for their seed.
_SETTINGS = (
    "setting",
    "source",
    "cell",
    "hidden_size",
    "layers",
    "embedding_size",
    "dropout",
    "epochs",
)


def by_best_validation(row: dict[str, Any]) -> tuple[bool, bool, str, float, str]:
    """Sort key of a run's row: best validation loss first, runs without one last.

    Losses on different tunes are no comparison, so runs of one corpus stay together, those of the
    lab's own corpus first.
    """
    bits, corpus = row.get("best_validation_bits_per_character"), row.get("corpus") or USUAL_CORPUS
    return bits is None, corpus != USUAL_CORPUS, corpus, bits or 0.0, row.get("name", "")


def runs_compared(rows: Sequence[dict[str, Any]], baseline: float | None) -> str:
    """What the runs shown say about each other, in Markdown; no more than the data allow.

    rows: as `songrnn runs list --json` has them. baseline: PPMd's bits per character.
    """
    measured = sorted(
        (row for row in rows if row.get("best_validation_bits_per_character") is not None),
        key=by_best_validation,
    )
    if not measured:
        return NO_LOSS
    corpora = list(dict.fromkeys(str(row.get("corpus", "")) for row in measured))
    if len(corpora) > 1:
        return _lowest_of_each(measured, corpora)
    best = measured[0]
    bits = best["best_validation_bits_per_character"]
    parts = [
        f"**{best['name']}** has the lowest validation loss, **{bits:.3f}** bits per character"
    ]
    comparisons = []
    if len(measured) > 1:
        second = measured[1]
        gap = second["best_validation_bits_per_character"] - bits
        comparisons.append(f"{gap:.3f} below {second['name']}")
    if baseline is not None:
        side = "below" if bits < baseline else "above"
        comparisons.append(f"{abs(baseline - bits):.3f} {side} the compressor PPMd")
    if comparisons:
        parts.append(": " + " and ".join(comparisons))
    caution = _caution(measured) if len(measured) > 1 else ""
    return "".join(parts) + "." + caution


def _lowest_of_each(rows: Sequence[dict[str, Any]], corpora: Sequence[str]) -> str:
    """The lowest loss on each corpus. rows: the best first."""
    firsts = [next(row for row in rows if str(row.get("corpus", "")) == name) for name in corpora]
    parts = [
        f"{row['best_validation_bits_per_character']:.3f} bits on {plain(name)} "
        f"(**{plain(row['name'])}**)"
        for name, row in zip(corpora, firsts, strict=True)
    ]
    return (
        f"The lowest validation losses are {', '.join(parts)}. Losses on different tunes are no "
        "comparison."
    )


def _caution(rows: Sequence[dict[str, Any]]) -> str:
    settings = [tuple(row.get(name) for name in _SETTINGS) for row in rows]
    if len(set(settings)) == len(settings):
        return f" {ONE_SEED}"
    return (
        f" {len(rows)} runs of {len(set(settings))} settings: compare the seeds of a setting "
        "before trusting a small gap."
    )


def titled(words: str) -> str:
    """With a capital at the beginning, the rest as it is.

    >>> titled("told apart, AUC")
    'Told apart, AUC'
    """
    return words[:1].upper() + words[1:]


def run_result(row: dict[str, Any], ppmd: float | None) -> str:
    """What a run reached on its validation tunes, in Markdown; without kin too, where there are any.

    row: as `songrnn runs list --json` has it. ppmd: bits per character of PPMd on the same tunes.
    """
    bits = row.get("best_validation_bits_per_character")
    if bits is None:
        return "No validation yet."
    parts = [
        f"Finished: **{bits:.3f} bits**" if row.get("status") == "finished" else f"{bits:.3f} bits"
    ]
    if ppmd:
        parts.append(f"**{bits / ppmd:.2f} × PPMd**")
    words = ", ".join(parts) + f" (epoch {row['best_epoch']:g})"
    return words + without_kin(row) + "."


def without_kin(row: dict[str, Any]) -> str:
    """How the figure reads without tunes that are kin of what was learned; "" where there are none."""
    kin, bits = row.get("best_validation_kin"), row.get("best_validation_bits_without_kin")
    if not kin:
        return ""
    tunes = f"{kin} tune that is" if kin == 1 else f"{kin} tunes that are"
    if bits is None:
        return f"; all {kin} validation tunes are kin of tunes it learned from"
    return f"; {bits:.3f} without {tunes} kin of what it, or its source, learned from"


# What Markdown gives a meaning to inside a line: faces, links, formulas, tags, Streamlit's colours.
_MARKED = re.compile(r"([\\`*_\[\]~$<&]|:(?=[A-Za-z]))")
# What begins a list, a heading or a quotation at the front of one.
_BEGINS = re.compile(r"^\s*(?:([-+>#=|])|(\d+)([.)]))")
# What extensions of Markdown turn into links, icons and arrows even where it is escaped: only
# something unseen in between prevents that.
_LINKED = re.compile(
    r"(https?:(?=//)|www(?=\.)|:(?=[\w/+-]+:)|(?<=[\w.+-])@(?=[\w-])|<(?=-)|-(?=[->]))", re.I
)
_JOINER = "\u2060"


def plain(text: str) -> str:
    r"""Text that others wrote, as Markdown that shows it as it is, wherever pages take Markdown.

    Nothing in it becomes a link, a picture, a colour, a formula or a face. Line breaks become
    spaces; what cannot be seen is written as an escape. Where the lab's folders lie on the server is
    left out: `checkpoints/mine/run.json`.
    """
    shown = visible(" ".join(without_places(text).splitlines()))
    shown = _MARKED.sub(r"\\\1", _LINKED.sub(rf"\1{_JOINER}", shown))
    return _BEGINS.sub(lambda found: rf"{found[2] or ''}\{found[1] or found[3]}", shown)


def without_places(text: str) -> str:
    """The text with paths that begin at the lab's folders; the command line says them whole."""
    if os.sep in text:
        lab = lab_places()
        for folder, name in ((lab.checkpoints, "checkpoints"), (lab.data, "data")):
            text = text.replace(f"{folder}{os.sep}", f"{name}{os.sep}")
    return text


def song_name(reading: Reading) -> str:
    """A song's title; of one without, what it is, as musicians say it.

    >>> from songrnn.notation.reader import read
    >>> song_name(read("X:1\\nT:The Kite\\nK:D\\n")), song_name(read("X:1\\nR:jig\\nM:6/8\\nK:Bbm\\n"))
    ('The Kite', 'Untitled jig in B♭ minor')
    """
    if title := reading.header.get("T"):
        return title
    key, kind = reading.key, reading.header.get("R", "").lower() or "tune"
    if not key.tonic or "K" not in reading.header:
        return f"Untitled {kind}"
    tonic = key.tonic + {1: "♯", -1: "♭"}.get(key.accidental, "")
    mode = f" {key.mode}" if key.mode not in ("major", "none", "explicit") else ""
    return f"Untitled {kind} in {tonic}{mode}"


def file_name(*words: str) -> str:
    """Words as the name of a file, without ending.

    >>> file_name("RNN, GRU or LSTM?", "validation loss")
    'rnn-gru-or-lstm-validation-loss'
    """
    letters = unicodedata.normalize("NFKD", " ".join(words)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9.]+", "-", letters.lower()).strip("-.") or "chart"


def duration(seconds: float) -> str:
    """`45 s`, `3 min`, `2 h 10 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
