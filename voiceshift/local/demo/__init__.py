"""Demo material that is always there: one song and two voices, all of them synthetic.

LICENSES.md beside this file says what they are made of, docs/demo/make_demo.py made them.
"""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent

SONG = _FOLDER / "song.ogg"
SONG_TITLE = "Amazing Grace"

VOICE = "tenor"
"""Of the cover that ``voiceshift demo`` makes.

In the octave that ``pitch="auto"`` chooses, one below the song, it is by speaker embeddings 0.18
nearer to the voice than the song is. At the singer's own pitch either voice gains 0.02.
"""

VOICES = {
    "baritone": _FOLDER / "voices" / "baritone.ogg",
    "tenor": _FOLDER / "voices" / "tenor.ogg",
}
"""Recordings of the demo voices by name."""
