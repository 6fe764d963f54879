"""The engine as the service sees it."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import TYPE_CHECKING

from voiceshift.local.engine.pipeline import WorldEngine
from voiceshift.local.engine.separation.harmonic_mask import separate_harmonics

if TYPE_CHECKING:
    from voiceshift.local.engine import Engine


def test_the_engine_is_one() -> None:
    """WorldEngine is what the service asks for."""
    engine: Engine = WorldEngine(separate_harmonics)
    assert callable(engine.cover)


def test_the_engine_can_be_sent_to_a_process() -> None:
    """It survives pickling, so that covers can be made elsewhere."""
    assert pickle.loads(pickle.dumps(WorldEngine(separate_harmonics))) == WorldEngine(
        separate_harmonics
    )


def test_importing_it_loads_no_audio_library() -> None:
    """The service starts without waiting for numpy and its like."""
    heavy = "numpy", "soundfile", "soxr", "pyworld", "swift_f0", "onnxruntime"
    modules = (
        "voiceshift.local.engine, voiceshift.local.library.songs, voiceshift.local.library.voices"
    )
    code = f"import sys, {modules}; print(sorted(set({heavy}) & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == "[]"
