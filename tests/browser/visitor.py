"""A visitor of the app without a browser: Streamlit's own messages over its own websocket.

A browser's tab costs more processor time than what it asks of the server, so that many of them on
one machine measure themselves. This client parses what the pages send and sends what a person
would click, at next to no cost. It knows Streamlit's protocol and nothing of the lab.
"""

import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect


class AppError(AssertionError):
    """The page showed an exception."""


@dataclass
class Visitor:
    """One session. address: the app's, as http://…; patience: seconds one action may take.

    headers: sent along when it connects, as a proxy does. hear: given every message as it came.
    connecting: further options of the connection (TLS, another machine than the address names).
    """

    address: str
    patience: float = 120.0
    headers: dict[str, str] = field(default_factory=dict)
    elements: dict[tuple[int, ...], Any] = field(default_factory=dict)
    hear: Callable[[bytes], object] = len
    connecting: dict[str, Any] = field(default_factory=dict)
    bytes_received: int = 0
    _session: str = ""
    _page: str = ""
    _query: str = ""
    _pages: dict[str, str] = field(default_factory=dict)
    # Id of a widget -> the fragment that drew it, which alone runs when it is used.
    _fragments: dict[str, str] = field(default_factory=dict)
    _widgets: dict[str, WidgetState] = field(default_factory=dict)
    # Large elements as they came, by their hash: the server only names what a browser has kept
    # from this run of the script or the one before.
    _kept: dict[str, ForwardMsg] = field(default_factory=dict)
    _drawn: set[str] = field(default_factory=set)
    _open: Any = None
    _wire: ClientConnection | None = None

    def __enter__(self) -> "Visitor":
        self._open = connect(
            self.address.replace("http", "ws", 1) + "/_stcore/stream",
            **{
                "origin": self.address,
                "subprotocols": ["streamlit"],
                "max_size": None,
                "additional_headers": self.headers,
                "open_timeout": self.patience,
                **self.connecting,
            },
        )
        self._wire = self._open.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._open is not None
        self._open.__exit__(None, None, None)

    def visit(self, page: str = "", **query: str) -> float:
        """Open a page by its address, as a link does; the seconds until its script had ended."""
        if not self._pages:
            self._run(BackMsg())
        self._query = urlencode(query)
        self._page = self._pages[page]
        self._widgets.clear()
        return self._run(BackMsg())

    def act(self, element: Any, **state: Any) -> float:
        """Give a widget a state (`trigger_value=True` clicks a button); seconds until done."""
        widget = WidgetState(id=element.id)
        for name, value in state.items():
            if name.endswith("_array_value"):
                getattr(widget, name).data.extend(value)
            else:
                setattr(widget, name, value)
        message = BackMsg()
        once = "trigger_value" in state
        if not once:
            self._widgets[element.id] = widget
        if once:
            message.rerun_script.widget_states.widgets.append(widget)
        message.rerun_script.fragment_id = self._fragments.get(element.id, "")
        return self._run(message)

    def upload(self, element: Any, name: str, data: bytes) -> float:
        """Give a file to an uploader, as a browser does; the seconds until the page has taken it."""
        assert self._wire is not None
        began = time.perf_counter()
        asked = BackMsg()
        asked.file_urls_request.request_id = name
        asked.file_urls_request.file_names.append(name)
        asked.file_urls_request.session_id = self._session
        self._wire.send(asked.SerializeToString())
        answers = self._answers(began)
        kind = "file_urls_response"
        (place,) = next(
            a for a in answers if a.WhichOneof("type") == kind
        ).file_urls_response.file_urls
        self._put(place.upload_url, name, data)
        state = WidgetState(id=element.id)
        info = state.file_uploader_state_value.uploaded_file_info.add()
        info.name, info.size, info.file_id = name, len(data), place.file_id
        info.file_urls.CopyFrom(place)
        self._widgets[element.id] = state
        message = BackMsg()
        message.rerun_script.fragment_id = self._fragments.get(element.id, "")
        self._run(message)
        return time.perf_counter() - began

    def _put(self, url: str, name: str, data: bytes) -> None:
        """Send a file to the server, with the token it asks of forms."""
        with urllib.request.urlopen(f"{self.address}/_stcore/health") as healthy:
            cookie = healthy.headers["Set-Cookie"].partition(";")[0]
        mark = "-----visitor"
        body = (
            f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: text/plain\r\n\r\n"
        ).encode() + data
        request = urllib.request.Request(
            self.address + url,
            method="PUT",
            data=body + f"\r\n--{mark}--\r\n".encode(),
            headers={
                "Cookie": cookie,
                "X-Xsrftoken": cookie.partition("=")[2],
                "Content-Type": f"multipart/form-data; boundary={mark}",
            },
        )
        urllib.request.urlopen(request, timeout=self.patience).close()

    def _run(self, message: BackMsg) -> float:
        """Send a run of the script and take in what it draws."""
        assert self._wire is not None
        state = message.rerun_script
        state.query_string = self._query
        state.page_script_hash = self._page
        state.widget_states.widgets.extend(self._widgets.values())
        self._kept = {name: self._kept[name] for name in self._drawn}
        state.cached_message_hashes.extend(self._kept)
        began = time.perf_counter()
        self._wire.send(message.SerializeToString())
        started = False
        for answer in self._answers(began):
            kind = answer.WhichOneof("type")
            if kind == "new_session":
                started = True
                self._session = answer.new_session.initialize.session_id or self._session
                if not answer.metadata.run.fragment_ids:
                    self._drawn.clear()
                    self.elements.clear()
                    self._fragments.clear()
            elif kind == "navigation":
                self._pages = {
                    page.url_pathname if not page.is_default else "": page.page_script_hash
                    for page in answer.navigation.app_pages
                }
            elif kind in ("delta", "ref_hash"):
                self._take_in(answer)
            elif kind == "page_info_changed":
                self._query = answer.page_info_changed.query_string
            elif (
                kind == "script_finished"
                and started
                and answer.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
            ):
                break
        took = time.perf_counter() - began
        self._raise_what_the_page_raised()
        return took

    def _answers(self, began: float) -> Iterator[ForwardMsg]:
        assert self._wire is not None
        while True:
            left = self.patience - (time.perf_counter() - began)
            data = self._wire.recv(timeout=max(left, 0.001))
            assert isinstance(data, bytes)
            self.bytes_received += len(data)
            self.hear(data)
            message = ForwardMsg()
            message.ParseFromString(data)
            yield message

    def _take_in(self, message: ForwardMsg) -> None:
        place = tuple(message.metadata.delta_path)
        if message.ref_hash:
            message = self._kept[message.ref_hash]
            self._drawn.add(message.hash)
        elif message.metadata.cacheable:
            self._kept[message.hash] = message
            self._drawn.add(message.hash)
        if message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            kind = element.WhichOneof("type")
            if kind is not None:
                shown = getattr(element, kind)
                self.elements[place] = shown
                self._fragments[getattr(shown, "id", "")] = message.delta.fragment_id

    def _raise_what_the_page_raised(self) -> None:
        for element in self.elements.values():
            if type(element).__name__ == "Exception":
                raise AppError(f"{element.type}: {element.message}")

    def find(self, key: str) -> Any:
        """The widget of that key."""
        for element in self.elements.values():
            # An id is a sign, a hash and the key.
            if getattr(element, "id", "").split("-", 2)[2:] == [key]:
                return element
        keys = sorted(getattr(each, "id", "")[-30:] for each in self.elements.values())
        raise AssertionError(f"no widget with the key {key!r} among {[k for k in keys if k]}")

    def shown(self) -> str:
        """All that the page sends, as text: to look for what should, or should not, be there."""
        return "\n".join(str(element) for element in self.elements.values())
