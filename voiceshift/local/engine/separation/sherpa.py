"""The vocals by a network of the user's choice, run by the package sherpa-onnx.

It runs the MDX networks of Ultimate Vocal Remover and Spleeter, as the ONNX files with metadata
that the project sherpa-onnx offers. It is a plug-in as anyone may write one: the name ``sherpa`` in
the entry points ``voiceshift.separators`` leads to :func:`make_sherpa`.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import onnx
from attrs import frozen

from voiceshift.errors import SettingsError
from voiceshift.util.files import expand_user, is_file, is_folder

if TYPE_CHECKING:
    from pathlib import Path

    import sherpa_onnx

    from voiceshift.local.engine.samples import Samples

EDGE = 4096
"""Samples at both ends that sherpa-onnx divides by a window that is next to zero there."""

FOR_ALL = ("model_type", "sample_rate", "stems")
"""Metadata that each file needs: without it, sherpa-onnx ends the whole process."""

FOR_UVR = ("n_fft", "center", "window_type", "win_length", "hop_length", "dim_t", "dim_f", "dim_c")
"""Metadata that a network of Ultimate Vocal Remover needs, too."""


def make_sherpa(model: str = "") -> Sherpa:
    """Make the separator for a model.

    Args:
        model: The file of a network of Ultimate Vocal Remover; or a folder with the two files of
            Spleeter, ``vocals*.onnx`` and ``accompaniment*.onnx``.

    Raises:
        SettingsError: sherpa-onnx is not installed, or there is no such model.
    """
    if find_spec("sherpa_onnx") is None:
        raise SettingsError(
            "the separator sherpa needs sherpa-onnx; install it with: "
            'pip install "voiceshift[separators]"'
        )
    path = expand_user(model).absolute()
    if not model or not (is_file(path) or is_folder(path)):
        raise SettingsError(
            f"the separator sherpa needs a model, and there is none at {model!r}: name it as "
            "sherpa:MODEL.onnx, or sherpa:FOLDER with the two files of Spleeter"
        )
    if is_folder(path):
        stems = [_only(path, f"{stem}*.onnx") for stem in ("vocals", "accompaniment")]
        return Sherpa(tuple(_checked(stem, "spleeter", FOR_ALL) for stem in stems))
    return Sherpa((_checked(path, "UVR", FOR_ALL + FOR_UVR),))


@frozen
class Sherpa:
    """A separator that runs ONNX files by sherpa-onnx, in one thread.

    Attributes:
        models: One file for a network of Ultimate Vocal Remover, or Spleeter's two, the vocals
            first.
    """

    models: tuple[Path, ...]

    def __call__(self, mix: Samples, rate: int) -> Samples:
        """Return the vocals in ``mix``, ``(frames, 2)``.

        Raises:
            ValueError: The network is for another ``rate``.
        """
        # At its end Spleeter's output is cut to whole steps, too.
        padded = np.pad(mix.T, ((0, 0), (EDGE, 2 * EDGE)))
        found = _separation(self.models).process(rate, np.ascontiguousarray(padded))
        if found.sample_rate != rate:
            raise ValueError(f"{self.models[0]} is for {found.sample_rate} Hz, not for {rate}")
        vocals = np.asarray(found.stems[0].data, np.float32)
        return vocals[:, EDGE : EDGE + len(mix)].T.copy()


def _only(folder: Path, pattern: str) -> Path:
    paths = list(folder.glob(pattern))
    if len(paths) != 1:
        raise SettingsError(f"in {folder} there should be one file {pattern}, not {len(paths)}")
    return paths[0]


def _checked(path: Path, kind: str, keys: tuple[str, ...]) -> Path:
    """Return ``path`` if its file is of the kind, with the metadata that sherpa-onnx needs."""
    try:
        model = onnx.load(path, load_external_data=False)
    except Exception as error:
        raise SettingsError(f"{path} is not an ONNX file: {error}") from error
    metadata = {prop.key: prop.value for prop in model.metadata_props}
    missing = [key for key in keys if key not in metadata]
    if missing or metadata["model_type"] != kind:
        what = f"lacks {', '.join(missing)}" if missing else f"is of {metadata['model_type']!r}"
        raise SettingsError(
            f"{path} is not a model of kind {kind!r} for sherpa-onnx: its metadata {what}; the "
            "releases of sherpa-onnx, source-separation-models, have such files"
        )
    return path


@cache
def _separation(models: tuple[Path, ...]) -> sherpa_onnx.OfflineSourceSeparation:
    import sherpa_onnx

    paths = [str(path) for path in models]
    if len(paths) == 1:
        model = sherpa_onnx.OfflineSourceSeparationModelConfig(
            uvr=sherpa_onnx.OfflineSourceSeparationUvrModelConfig(*paths)
        )
    else:
        model = sherpa_onnx.OfflineSourceSeparationModelConfig(
            spleeter=sherpa_onnx.OfflineSourceSeparationSpleeterModelConfig(*paths)
        )
    config = sherpa_onnx.OfflineSourceSeparationConfig(model)
    return sherpa_onnx.OfflineSourceSeparation(config)
