"""Files of tunes that a person uploads to look at one of them."""

import hashlib

import streamlit as st

from dashboard.loaders.recent import Recent
from songrnn.errors import TuneFileError
from songrnn.notation.files.tune_file import TuneFile

# Bytes of a file that is looked at and not imported: some eight thousand tunes.
MOST_MEBIBYTES = 4
# What is kept of them at once: bytes.
_KEPT_BYTES = 64 << 20
# What a tune takes besides its text.
_BYTES_A_TUNE = 1000


def opened(data: bytes) -> TuneFile:
    """The tunes of a file. Raises TuneFileError as `TuneFile.from_bytes` does, and for a file that
    is too large to be opened at a click."""
    if len(data) > MOST_MEBIBYTES << 20:
        raise TuneFileError(
            f"is larger than the {MOST_MEBIBYTES} MiB that are read here; take a part of it, or "
            "import it on the Corpus page"
        )
    return _files().made(hashlib.sha256(data).digest(), lambda: TuneFile.from_bytes(data))


@st.cache_resource(show_spinner=False)
def _files() -> Recent[TuneFile]:
    return Recent(
        _KEPT_BYTES, lambda file: sum(_BYTES_A_TUNE + len(tune.text) for tune in file.tunes)
    )
