"""Keys of the report's window: what is asked, and the page that was made last."""

from typing import Final

from dashboard.state.key import Key

REPORT_TITLE: Final = Key[str]("_report_title")
REPORT_AUTHOR: Final = Key[str]("_report_author")
REPORT_DATE: Final = Key[str]("_report_date")
REPORT_ALL: Final = Key[bool]("_report_all")
# What was asked for when that page was made.
REPORT_ASKED: Final = Key[tuple[object, ...]]("_report_asked")
REPORT_MADE: Final = Key[bytes]("_report_made")
