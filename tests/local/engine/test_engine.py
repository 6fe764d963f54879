"""The engine as the service sees it."""

from __future__ import annotations

import pickle
import subprocess
import sys

from voiceshift.local.engine import Engine, WorldEngine
from voiceshift.local.engine.separation.harmonic_mask import comb


def test_the_engine_is_one() -> None:
    """WorldEngine is what the service asks for."""
    engine: Engine = WorldEngine(comb)
    assert callable(engine.cover)


def test_the_engine_can_be_sent_to_a_process() -> None:
    """It survives pickling, so that covers can be made elsewhere."""
    assert pickle.loads(pickle.dumps(WorldEngine(comb))) == WorldEngine(comb)


def test_importing_it_loads_no_audio_library() -> None:
    """The service starts without waiting for numpy and its like."""
    heavy = "numpy", "soundfile", "soxr", "pyworld", "swift_f0", "onnxruntime"
    modules = (
        "voiceshift.local.engine, voiceshift.local.library.songs, voiceshift.local.library.voices"
    )
    code = f"import sys, {modules}; print(sorted(set({heavy}) & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == "[]"
