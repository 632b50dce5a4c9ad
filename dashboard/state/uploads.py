"""Files that a visitor uploads to be imported: where they are held, and when they are let go."""

from collections.abc import Sequence
from typing import Any, Final

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dashboard import state
from dashboard.state.key import Key

# What became of the last import, until it is shown.
IMPORTED: Final = Key[Any]("_imported")
_DONE: Final = Key[int]("_uploads_done")


def uploads_key() -> Key[object]:
    """The session key of the upload: another one once an import is done, so that it is empty."""
    done = state.get(_DONE) or 0
    return state.UPLOADS.of(done) if done else state.UPLOADS


def give_back(uploads: Sequence[UploadedFile]) -> None:
    """Take files that were imported out of the server's memory, and show an empty upload."""
    context = get_script_run_ctx()
    for upload in uploads:
        if context is not None:
            files: Any = context.uploaded_file_mgr
            files.remove_file(context.session_id, upload.file_id)
    state.put(_DONE, (state.get(_DONE) or 0) + 1)
