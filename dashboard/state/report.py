"""Keys of the report's window: what is asked, and the page that was made last."""

from typing import Final

from dashboard.state.key import Key

REPORT_TITLE: Final = Key[str]("_report_title")
REPORT_AUTHOR: Final = Key[str]("_report_author")
REPORT_DATE: Final = Key[str]("_report_date")
REPORT_MAIN: Final = Key[str | None]("_report_main")
REPORT_FORM: Final = Key[str]("_report_form")
REPORT_PRIME: Final = Key[str]("_report_prime")
REPORT_SEED: Final = Key[int]("_report_seed")
REPORT_SECTIONS: Final = Key[list[str]]("_report_sections")
REPORT_ALL: Final = Key[bool]("_report_all")
# What was asked for when that page was made.
REPORT_ASKED: Final = Key[object]("_report_asked")
REPORT_MADE: Final = Key[bytes]("_report_made")
