"""Networks run by ONNX Runtime: on which processor, and by how many threads."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
from attrs import field, frozen

from voiceshift.errors import CoverError, SettingsError
from voiceshift.util.text import format_names

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt
    from attrs import Attribute

AUTOMATIC = "auto"
"""The name that takes the fastest provider there is."""

PROVIDERS = {
    "cuda": "CUDAExecutionProvider",
    "directml": "DmlExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
"""The providers of ONNX Runtime by the names that users give them, the fastest first."""

MAX_SESSIONS = 4
"""Networks that a process keeps open: a content encoder and a few voices, some 100 MB each."""


def _check_provider(_: object, __: Attribute[str], value: str) -> None:
    available = ["cpu", *(name for name in PROVIDERS if name != "cpu" and _is_available(name))]
    if value != AUTOMATIC and value not in PROVIDERS:
        names = format_names([AUTOMATIC, *PROVIDERS])
        raise SettingsError(f"there is no provider {value!r}; the providers are {names}")
    if value != AUTOMATIC and value not in available:
        raise SettingsError(
            f"the onnxruntime that is installed does not offer {value}, only "
            f"{format_names(available)}; the documentation's page on RVC voices says how to change "
            "that"
        )


@frozen
class Hardware:
    """What networks are run on.

    Attributes:
        provider: ``cuda``, ``directml``, ``coreml``, ``cpu``, or ``auto`` for the first of these
            that there is.
        threads: Threads of each network on the CPU.

    Raises:
        SettingsError: There is no such provider.
    """

    provider: str = field(default=AUTOMATIC, validator=_check_provider)
    threads: int = 1

    def providers(self) -> list[str]:
        """Return ONNX Runtime's names of what is tried, the CPU last."""
        wanted = PROVIDERS if self.provider == AUTOMATIC else [self.provider]
        names = [PROVIDERS[name] for name in wanted if _is_available(name)]
        return list(dict.fromkeys([*names, PROVIDERS["cpu"]]))


def run(
    session: onnxruntime.InferenceSession, output: str, inputs: dict[str, npt.NDArray[Any]]
) -> npt.NDArray[np.float32]:
    """Return an output of a network, and give the memory that it took back."""
    options = onnxruntime.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    (values,) = session.run([output], inputs, options)
    return np.asarray(values)


def open_session(path: Path, hardware: Hardware, remedy: str) -> onnxruntime.InferenceSession:
    """Return the network in a file, which each process reads once.

    Args:
        path: The file.
        hardware: What to run it on.
        remedy: What the error says to do where it cannot be read.

    Raises:
        CoverError: It is missing or damaged.
    """
    try:
        return _session(path, path.stat().st_mtime_ns, hardware)
    except Exception as error:
        # Clients get this: no path, no details.
        raise CoverError(remedy) from error


@lru_cache(maxsize=MAX_SESSIONS)
def _session(path: Path, _: int, hardware: Hardware) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = hardware.threads
    options.enable_mem_pattern = False  # one block for all tensors takes more memory
    # Weights in another form would be a copy; as they are, they can be shared by all processes.
    options.add_session_config_entry("session.disable_prepacking", "1")
    return onnxruntime.InferenceSession(path, options, providers=hardware.providers())


def _is_available(name: str) -> bool:
    return PROVIDERS[name] in onnxruntime.get_available_providers()
