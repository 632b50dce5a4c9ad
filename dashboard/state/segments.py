"""Keys of the Segments page, bound to the address but for those that begin with a line."""

from typing import Final

from dashboard.state.key import Key

NET: Final = Key[str]("net")
PAGE_FROM: Final = Key[str]("page_from")
PAGE_KIND: Final = Key[str]("pages")
PAGE_LAYER: Final = Key[str]("shown")
FONT: Final = Key[str]("font")
SCANNED: Final = Key[bool]("scanned")
COVER: Final = Key[float]("_cover")
PDF_PAGE: Final = Key[int]("_pdf_page")
READ: Final = Key[str]("_read")
