"""What is measured of covers and what each measure is held to, all in one place."""

from __future__ import annotations

from attrs import frozen

from tests.benchmarks.goals import Goal
from tests.benchmarks.results import TIMES


@frozen
class Measure:
    """One thing that is measured.

    Attributes:
        name: What it is.
        unit: Of its values.
        goal: The bound for the median, where there is one.
    """

    name: str
    unit: str
    goal: Goal | None = None


def _at_least(bound: float) -> Goal:
    return Goal(bound, is_floor=True)


def _at_most(bound: float) -> Goal:
    return Goal(bound, is_floor=False)


# Separation: vocals as loud as the accompaniment, and music alone.
VOCAL_SDR = Measure("SDR of the vocals", "dB", _at_least(8))
MUSIC_SDR = Measure("SDR of the accompaniment", "dB")
LEAKAGE = Measure("vocals found where nobody sings, to the music", "dB", _at_most(-35))

# Conversion: a singer without accompaniment. Cosines are of speaker embeddings.
GAIN_TO_SUNG = Measure("cosine gain to the target singing", "", _at_least(0.10))
GAIN_TO_SPOKEN = Measure("cosine gain to the target speaking", "")
COSINE_TO_SUNG = Measure("cosine to the target singing, after", "")
COSINE_TO_SINGER = Measure("cosine to the singer, after", "")
IN_KEY_CLEAN = Measure("in key within 50 cents", "%", _at_least(98))
IN_KEY_BEFORE = Measure("in key within 50 cents, unconverted", "%")
VOICED_CLEAN = Measure("voiced frames that stay voiced", "%")

# Seams: 1 is one that nothing tells from none; a twentieth is what chance does with so few.
SEAM_STEPS = Measure("largest level step at seams, to that there without", TIMES, _at_most(1.05))
SEAM_STEPS_IN_DECIBELS = Measure("largest level step at seams", "dB")

# Words: single words, sung, of a vocabulary of 47.
WORDS_LOST = Measure("words recognised before and not after", "%", _at_most(5))
WORDS_BEFORE = Measure("words recognised, unconverted in that octave", "%")
WORDS_AFTER = Measure("words recognised, converted", "%")

# Whole covers of mixes, separated once more.
IN_KEY_MIXED = Measure("in key within 50 cents", "%", _at_least(92))
IN_KEY_OWN_PITCH = Measure("in key within 50 cents, at the singer's pitch", "%", _at_least(92))
IN_KEY_SEPARATED = Measure("in key within 50 cents, separated and unconverted", "%")
VOICED_MIXED = Measure("voiced frames that stay voiced", "%")
GAIN_MIXED = Measure("cosine gain to the target singing", "")

# Covers an octave away from the song, alone, over music and separated once more, and of songs.
IN_KEY_MOVED = Measure("in key within 50 cents, alone", "%", _at_least(98))
GAIN_MOVED = Measure("cosine gain to the target singing, alone", "")
IN_KEY_MOVED_MIXED = Measure("in key within 50 cents, whole cover", "%", _at_least(92))
VOICED_MOVED_MIXED = Measure("voiced frames that stay voiced, whole cover", "%")
GAIN_MOVED_MIXED = Measure("cosine gain to the target singing, whole cover", "")
WORDS_LOST_MOVED = Measure("words recognised before and not after", "%", _at_most(8))
MELODY_LOST_MOVED = Measure("points of in-key frames that the cover loses", "points")
STRICT_OCTAVE = Measure("notes within 50 cents in the octave asked for", "%")
SONG_GAIN_MOVED = Measure("cosine gain to the target speaking", "")

# Time and memory.
SPEED = Measure("speed, to that of playing", TIMES, _at_least(12))
PROCESSOR = Measure("processor time for a minute of song", "s")
FIRST_SEGMENT = Measure("first audio, in a fresh process", "s", _at_most(4))
FIRST_SEGMENT_SERVED = Measure("first audio, through service and client", "s", _at_most(4))
PEAK_MEMORY = Measure("peak memory, workers included", "MB", _at_most(900))

# Odd files: the worst of each kind.
LENGTH_OFF = Measure("worst difference of length from FFmpeg's", "ms", _at_most(50))
CONTENT_OFF = Measure("worst difference of a sample from FFmpeg's", "", _at_most(0.01))

# The bundled song, in the voice and octave of ``voiceshift demo``, separated once more.
DEMO_GAIN = Measure("cosine gain to the target speaking", "", _at_least(0.13))
DEMO_TO_SINGER = Measure("cosine to the singer, after", "")

# Real songs. Octaves are not told apart.
MELODY_LOST = Measure("points of in-key frames that the cover loses", "points", _at_most(2))
MELODY_BEFORE = Measure("annotated frames within 50 cents, original", "%")
MELODY_AFTER = Measure("annotated frames within 50 cents, cover", "%")
VOICED_BEFORE = Measure("annotated frames that are voiced, original", "%")
VOICED_AFTER = Measure("annotated frames that are voiced, cover", "%")
OUTSIDE_BEFORE = Measure("voiced where nobody sings, original", "%")
OUTSIDE_AFTER = Measure("voiced where nobody sings, cover", "%")
SONG_GAIN = Measure("cosine gain to the target speaking", "", _at_least(0.10))
SONG_COSINE_BEFORE = Measure("cosine to the target speaking, before", "")
SONG_LEAKAGE = Measure("vocals found where nobody sings, to the music", "dB", _at_most(-35))
