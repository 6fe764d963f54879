"""Draw the spectrograms of the demo song and of a cover of it.

Needs ``pip install "voiceshift[local]" matplotlib``, and ``voiceshift setup`` for the network that
separates the vocals. Then, in a checkout::

    python docs/pictures/make_spectrograms.py docs/pictures/spectrograms.png
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile
from matplotlib import mlab
from matplotlib.figure import Figure
from PIL import Image

from voiceshift import Client
from voiceshift.local.demo import SONG

if TYPE_CHECKING:
    import numpy.typing as npt

VOICE, PITCH = "baritone", -1
SECONDS = (0.9, 4.9)
HIGHEST = 3_500  # hertz; the first formants of a voice are below
WINDOW = 4096  # samples: harmonics apart, syllables still apart
FAINTEST = -55  # decibels below the loudest
TEXT = "0.85"  # light grey: all of the picture is dark, so it suits light and dark pages


def main() -> None:
    """Make the cover, and draw song and cover one below the other."""
    parser = argparse.ArgumentParser(description="Draw the demo song and a cover of it.")
    parser.add_argument("picture", type=Path, help="the PNG file to write")
    picture = parser.parse_args().picture
    with Client.local() as client:
        cover = client.create_cover("demo", voice=VOICE, pitch=PITCH)
    figure = Figure(figsize=(7.6, 5.6), layout="constrained", facecolor="black")
    above, below = figure.subplots(2, 1, sharex=True)
    draw(above, "The demo song", *soundfile.read(SONG))
    title = f"Its cover by “{VOICE}”, one octave lower"
    draw(below, title, *soundfile.read(io.BytesIO(cover.audio)))
    below.set_xlabel("seconds", color=TEXT)
    with io.BytesIO() as drawn:
        figure.savefig(drawn, dpi=110)
        # A palette halves the file, and nobody sees it.
        Image.open(drawn).convert("RGB").quantize(64).save(picture, optimize=True)


def draw(axes: Any, title: str, samples: npt.NDArray[np.float64], rate: int) -> None:
    """Draw one spectrogram; the brighter, the louder."""
    power, frequencies, times = mlab.specgram(
        samples.mean(axis=1), NFFT=WINDOW, Fs=rate, noverlap=WINDOW * 7 // 8, pad_to=2 * WINDOW
    )
    shown = power[frequencies <= HIGHEST][:, (SECONDS[0] <= times) & (times <= SECONDS[1])]
    level = 10 * np.log10(shown / shown.max() + 1e-12)
    axes.imshow(
        level,
        origin="lower",
        aspect="auto",
        cmap="magma",
        vmin=FAINTEST,
        vmax=0,
        extent=(*SECONDS, 0, HIGHEST / 1000),
    )
    axes.set_title(title, loc="left", fontsize=11, color=TEXT)
    axes.set_ylabel("kHz", color=TEXT)
    axes.tick_params(colors=TEXT)


if __name__ == "__main__":
    main()
