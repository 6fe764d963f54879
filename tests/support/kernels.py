"""A real Jupyter kernel, and what a cell shows."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING, Any

from jupyter_client.manager import KernelManager
from jupyter_core.utils import ensure_event_loop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typing_extensions import Self

PATIENCE = 90.0
"""Seconds that a cell may take on a busy machine."""

WARNINGS = "error,ignore:There is no current event loop:DeprecationWarning"
"""What a kernel is told of warnings: they are errors, but for one of Python 3.12 and 3.13 about
tornado, with which no kernel would start."""


# jupyter_client keeps an event loop for the rest of the process. Made here, it is no test's leak.
ensure_event_loop()


class Cell:
    """What became of a cell.

    Attributes:
        messages: All that was sent about it, in order: kind and content.
        status: ``ok`` or ``error``.
        error: Name of the exception that ended it.
    """

    def __init__(self) -> None:
        self.messages: list[tuple[str, dict[str, Any]]] = []
        self.status = ""
        self.error = ""

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The messages of one kind."""
        return [content for name, content in self.messages if name == kind]

    @property
    def printed(self) -> str:
        """What went to standard output."""
        return self._stream("stdout")

    @property
    def warned(self) -> str:
        """What went to standard error."""
        return self._stream("stderr")

    @property
    def traceback(self) -> str:
        """What is shown of the exception that ended it, without colours."""
        (error,) = self.of("error")
        return re.sub(r"\x1b\[[\d;]*m", "", "\n".join(error["traceback"]))

    @property
    def shown(self) -> list[str]:
        """The texts that displays had one after the other."""
        kinds = ("display_data", "update_display_data")
        return [content["data"]["text/plain"] for kind, content in self.messages if kind in kinds]

    @property
    def displays(self) -> set[str]:
        """The identities of the displays; one is one line of the cell's output."""
        kinds = ("display_data", "update_display_data")
        return {
            content["transient"]["display_id"] for kind, content in self.messages if kind in kinds
        }

    def _stream(self, name: str) -> str:
        return "".join(part["text"] for part in self.of("stream") if part["name"] == name)


class Kernel:
    """A running kernel; as a context manager it is ended.

    Args:
        folder: Its home and working directory.
    """

    def __init__(self, folder: Path) -> None:
        self._manager = KernelManager(kernel_name="python3")
        self._manager.start_kernel(
            cwd=str(folder),
            env=environment(folder, PYTHONWARNINGS=WARNINGS),
            stderr=subprocess.DEVNULL,
        )
        self._client = self._manager.blocking_client()
        self._client.start_channels()
        try:
            self._client.wait_for_ready(timeout=PATIENCE)
        except BaseException:
            self._end()
            raise

    def run(self, code: str, meanwhile: Callable[[], object] = lambda: None) -> Cell:
        """Run a cell to its end.

        Args:
            code: Its source.
            meanwhile: Called while it runs.
        """
        cell = Cell()
        request = self._client.execute(code)
        meanwhile()
        while cell.messages[-1:] != [("status", {"execution_state": "idle"})]:
            message = _next(self._client.get_iopub_msg, request)
            cell.messages.append((message["msg_type"], message["content"]))
        reply = _next(self._client.get_shell_msg, request)["content"]
        cell.status, cell.error = reply["status"], reply.get("ename", "")
        return cell

    def interrupt(self) -> None:
        """What the stop button does."""
        self._manager.interrupt_kernel()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        self._manager.cleanup_resources()


def _next(receive: Callable[..., dict[str, Any]], request: str) -> dict[str, Any]:
    """The next message about ``request``; what is late of another is passed over."""
    while (message := receive(timeout=PATIENCE))["parent_header"].get("msg_id") != request:
        pass
    return message


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """For a kernel at home in ``folder``: no setting but ``settings``, no profile of the developer.

    Warnings are errors in it.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VC_")}
    homes = dict.fromkeys(("HOME", "USERPROFILE", "IPYTHONDIR"), str(folder))
    return kept | homes | settings
