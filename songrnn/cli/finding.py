"""What `songrnn doctor` finds."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "note", "warning", "error"]


@dataclass(frozen=True)
class Finding:
    """One sentence on one subject, and what to do about it ("" when nothing is to be done)."""

    level: Level
    subject: str
    what: str
    remedy: str = ""
