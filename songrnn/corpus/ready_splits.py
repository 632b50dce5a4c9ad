"""The split of imported tunes: kept where files came ready-made, never empty, said where it is poor.

Elsewhere a family's melody alone decides (`families.split_of`); here is what a person's own files
add to that: their names, and that they may be few.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from songrnn.corpus.import_report import plural
from songrnn.corpus.tunebook import SPLITS, Split, Tune
from songrnn.errors import CorpusError

# Fewer validation or test tunes than this, and a loss measured on them says little.
FEW_TUNES = 10
# Families a split that came out empty is given, as a share of all.
_SPLIT_SHARE = 0.1

_SPLIT_WORDS: dict[str, Split] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}


def ready_splits(places: Iterable[str]) -> dict[str, Split]:
    """File -> split, where the names of files or folders beside each other say train and test."""
    groups: dict[tuple[str, ...], dict[str, Split]] = {}
    for place in places:
        parts = place.split("/")
        for i in reversed(range(len(parts))):
            stem = parts[i].rsplit(".", 1)[0] if i == len(parts) - 1 else parts[i]
            words = [
                _SPLIT_WORDS[w] for w in re.split(r"[^a-z]+", stem.lower()) if w in _SPLIT_WORDS
            ]
            if len(words) == 1:
                groups.setdefault(tuple(parts[:i]), {})[place] = words[0]
                break
    ready: dict[str, Split] = {}
    for group in groups.values():
        # A file called test.abc alone is just a file.
        if "train" in group.values() and len(set(group.values())) > 1:
            ready |= group
    return ready


def settle(
    tunes: tuple[Tune, ...], ready: Mapping[str, Split]
) -> tuple[tuple[Tune, ...], list[str]]:
    """The tunes with ready-made splits kept and no split empty, and notes about that.

    CorpusError when there are too few families for three splits.
    """
    notes = []
    given: dict[str, set[Split]] = {}
    for tune in tunes:
        if tune.source in ready:
            given.setdefault(tune.family, set()).add(ready[tune.source])

    def split_of(tune: Tune) -> Split:
        if tune.source in ready:
            return ready[tune.source]
        # A relative of tunes that came with a split goes with them, to training before the rest.
        own = given.get(tune.family)
        return next(split for split in SPLITS if split in own) if own else tune.split

    tunes = tuple(replace(tune, split=split_of(tune)) for tune in tunes)
    if ready:
        notes.append("The split into train, validation and test files was kept.")
        train = {tune.family for tune in tunes if tune.split == "train"}
        near = sum(tune.split != "train" and tune.family in train for tune in tunes)
        if near:
            notes.append(
                f"{near:,} validation or test {plural(near, 'tune')} nearly "
                f"{'repeats' if near == 1 else 'repeat'} one in training, so losses on them "
                "flatter; import without train and test in the names to split by melody."
            )
    for split in SPLITS:
        if not any(tune.split == split for tune in tunes):
            tunes, moved = _fill(tunes, split)
            notes.append(
                f"No tune had fallen to {split}; {moved:,} were moved there from another split."
            )
    for split in SPLITS[1:]:
        count = sum(tune.split == split for tune in tunes)
        if count < FEW_TUNES:
            notes.append(
                f"Only {count} {plural(count, 'tune')} for {split}: figures on so few are rough."
            )
    return tunes, notes


def _fill(tunes: tuple[Tune, ...], split: Split) -> tuple[tuple[Tune, ...], int]:
    """Move a tenth of the families, at least one, from the largest split to an empty one."""
    homes: dict[Split, set[str]] = {other: set() for other in SPLITS}
    for tune in tunes:
        homes[tune.split].add(tune.family)
    # A family that ready-made splits tear apart stays as it is.
    torn = {f for a in SPLITS for b in SPLITS if a != b for f in homes[a] & homes[b]}
    donor = max(SPLITS, key=lambda other: len(homes[other] - torn))
    candidates = sorted(homes[donor] - torn)
    if not candidates or len(homes[donor]) < 2:
        different = len(set().union(*homes.values()))
        raise CorpusError(
            f"Only {different} {plural(different, 'melody', 'melodies')} that "
            f"{'differs' if different == 1 else 'differ'} from the others could be taken; training, "
            "validation and test need one each, so bring at least 3 (a few hundred to learn from)."
        )
    # Ids of families are hashes: the first of them are as good as drawn by lot, and stay put.
    count = min(max(1, round(_SPLIT_SHARE * len(candidates))), len(homes[donor]) - 1)
    chosen = set(candidates[:count])
    moved = tuple(replace(t, split=split) if t.family in chosen else t for t in tunes)
    return moved, sum(tune.family in chosen for tune in tunes)
