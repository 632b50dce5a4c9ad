"""Lists the settings of a run, as they are declared, in docs/run-folder.md.

python docs/list_settings.py          writes the list
python docs/list_settings.py --check  says with its exit status whether it is up to date
"""

import sys
from pathlib import Path

from songrnn.config import MODEL_SETTINGS, TRAINING_SETTINGS, Setting

DOCUMENT = Path(__file__).resolve().parent / "run-folder.md"
BEGIN, END = "<!-- listed by docs/list_settings.py -->\n", "<!-- end of the list -->\n"


def listing() -> str:
    """A table: field, option of the command, name in the app, default, what it may be."""
    rows = ["| field | option | name in the app | default | may be |", "|---|---|---|---|---|"]
    for part, settings in (("model", MODEL_SETTINGS), ("training", TRAINING_SETTINGS)):
        rows += [
            f"| `{part}.{name}` | `--{setting.option}` | {setting.label} | {setting.default} "
            f"| {_range(setting)} |"
            for name, setting in settings.items()
        ]
    return "\n".join(rows) + "\n"


def _range(setting: Setting) -> str:
    if setting.choices:
        return ", ".join(setting.choices)
    low = (
        "" if setting.low is None else f"{'above' if setting.open_low else 'from'} {setting.low:g}"
    )
    high = (
        "" if setting.high is None else f"{'below' if setting.open_high else 'to'} {setting.high:g}"
    )
    return f"{low} {high}".strip()


def main(arguments: list[str]) -> int:
    """Write the list, or check it; the exit status."""
    document = DOCUMENT.read_text(encoding="utf-8")
    before, rest = document.split(BEGIN)
    _, after = rest.split(END)
    new = before + BEGIN + listing() + END + after
    if "--check" in arguments:
        return int(new != document)
    DOCUMENT.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
