"""A headless Chromium, driven over its DevTools protocol (https://chromedevtools.github.io)."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import threading
from collections import deque
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from websockets.sync.client import connect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typing_extensions import Self

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-breakpad",
    "--disable-dev-shm-usage",
    "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
    "--window-size=900,1000",
    "--remote-debugging-port=0",
)
"""Without a sandbox, since root can have none; the pages are our own. No request of its own."""

PATIENCE = 60.0
"""Seconds for anything it is asked, on a busy machine."""

ANNOUNCEMENT = "DevTools listening on "


def find_chromium() -> str | None:
    """The path of a Chromium, where there is one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    """A browser with one page; as a context manager it is closed at the end.

    Args:
        executable: Path of a Chromium.
        profile: A new folder for its data.
    """

    def __init__(self, executable: str, profile: Path) -> None:
        self._session: str | None = None
        self._events: deque[dict[str, Any]] = deque()
        with ExitStack() as stack:
            uri = stack.enter_context(_running(executable, profile))
            self._connection = stack.enter_context(
                connect(uri, max_size=None, compression=None, proxy=None)
            )
            self._stack = stack.pop_all()
        page = self._call("Target.createTarget", url="about:blank")["targetId"]
        session = self._call("Target.attachToTarget", targetId=page, flatten=True)
        self._session = session["sessionId"]
        self._call("Page.enable")

    def open(self, url: str) -> None:
        """Show a page, and wait until it is loaded."""
        self._events.clear()
        self._call("Page.navigate", url=url)
        while self._next_event()["method"] != "Page.loadEventFired":
            pass

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression; a promise is waited for."""
        answer = self._call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def choose_file(self, selector: str, file: Path) -> None:
        """Choose a file as a person does in the window of a file input."""
        document = self._call("DOM.getDocument")["root"]["nodeId"]
        element = self._call("DOM.querySelector", nodeId=document, selector=selector)["nodeId"]
        self._call("DOM.setFileInputFiles", nodeId=element, files=[str(file)])

    def download(self, link: str, folder: Path) -> Path:
        """Click a link and wait until what it leads to is a file in ``folder``."""
        self._call(
            "Browser.setDownloadBehavior",
            behavior="allow",
            downloadPath=str(folder),
            eventsEnabled=True,
        )
        self._events.clear()
        self.evaluate(f"document.querySelector('{link}').click()")
        name, state = "", ""
        while state != "completed":
            event = self._next_event()
            name = event["params"].get("suggestedFilename", name)
            state = event["params"].get("state", "") if "download" in event["method"] else ""
            assert state != "canceled"
        return folder / name

    def press(self, key: str) -> None:
        """Press a key that needs no letter, such as ``Tab``, ``Enter`` or ``Space``."""
        text = {"Enter": "\r", "Space": " "}.get(key, "")
        code = {"Tab": 9, "Enter": 13, "Space": 32}[key]
        facts = {"code": key, "key": text if key == "Space" else key, "windowsVirtualKeyCode": code}
        self._call("Input.dispatchKeyEvent", type="keyDown", text=text, **facts)
        self._call("Input.dispatchKeyEvent", type="keyUp", **facts)

    def type(self, text: str) -> None:
        """Type a text where the focus is."""
        self._call("Input.insertText", text=text)

    def emulate(self, *, language: str = "en", width: int = 900, theme: str = "light") -> None:
        """Be the browser of somebody else, for the pages that are opened from now on."""
        agent = self.evaluate("navigator.userAgent")
        self._call("Emulation.setUserAgentOverride", userAgent=agent, acceptLanguage=language)
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=1000,
            deviceScaleFactor=1,
            mobile=False,
        )
        feature = {"name": "prefers-color-scheme", "value": theme}
        self._call("Emulation.setEmulatedMedia", features=[feature])

    def screenshot(self, path: Path) -> None:
        """Write a picture of the page as PNG."""
        picture = self._call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(picture))

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        request = {"id": 1, "method": method, "params": parameters}
        self._connection.send(
            json.dumps(request | ({"sessionId": self._session} if self._session else {}))
        )
        while "id" not in (message := self._receive()):
            self._events.append(message)
        assert "error" not in message, message["error"]
        result: dict[str, Any] = message["result"]
        return result

    def _next_event(self) -> dict[str, Any]:
        """The next event, which may have come before the answer to a call."""
        return self._events.popleft() if self._events else self._receive()

    def _receive(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._connection.recv(timeout=PATIENCE))
        return message

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session = None
        with self._stack:
            self._call("Browser.close")


@contextmanager
def _running(executable: str, profile: Path) -> Iterator[str]:
    """A browser's process, as the address of its protocol."""
    with subprocess.Popen(
        [executable, *FLAGS, f"--user-data-dir={profile}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        address = next(line for line in process.stderr if ANNOUNCEMENT in line)
        # Whatever else it has to say would fill the pipe and stop it.
        drain = threading.Thread(target=process.stderr.read)
        drain.start()
        try:
            yield address.removeprefix(ANNOUNCEMENT).strip()
            process.wait(PATIENCE)
        finally:
            process.kill()
            drain.join()
