"""What an import would make of a text, without making a corpus of it."""

from dataclasses import dataclass

from songrnn.corpus.cleaning import CleanTune
from songrnn.corpus.gathering import Document, Limits
from songrnn.corpus.import_state import ImportState
from songrnn.notation.files.file_tunes import Refusal

PLACE = "This text"


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """tunes: as a network would read them. refused: what would be left out, with the reasons.
    notices: sentences on what was guessed."""

    tunes: tuple[CleanTune, ...]
    refused: tuple[Refusal, ...]
    notices: tuple[str, ...]


def preview_import(text: str) -> ImportPreview:
    """The tunes an import would take from a text, and what it would say of the rest.

    >>> preview_import("X:1\\nC:Anon\\nK:D\\nDF A2|\\n").tunes[0].text
    'X:1\\nK:D\\nDF A2|\\n'
    """
    state = ImportState(Limits(tunes=100))
    data = text.encode("utf-8", "replace")
    state.read(Document(PLACE, data, 1.0), lambda what, share: None, 0.0)
    return ImportPreview(
        tuple(taken.tune for taken in state.tunes), tuple(state.refused), tuple(state.notices)
    )
