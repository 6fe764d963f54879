"""Demo material that is always there: one song and two voices, all of them synthetic.

LICENSES.md beside this file says what they are made of, docs/demo/make_demo.py made them.
"""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent

SONG = _FOLDER / "song.ogg"
SONG_TITLE = "Amazing Grace"

VOICE, PITCH = "tenor", -1
"""Of the cover that ``voiceshift demo`` makes: the one that differs most from the song.

By speaker embeddings it is 0.18 nearer to the voice than the song is. The baritone gains 0.13 an
octave lower; either gains 0.02 at the singer's own pitch.
"""

VOICES = {
    "baritone": _FOLDER / "voices" / "baritone.ogg",
    "tenor": _FOLDER / "voices" / "tenor.ogg",
}
"""Recordings of the demo voices by name."""
