"""Make the demo song and the demo voices of voiceshift.

The song is the first half of the first verse of "Amazing Grace" (text: John Newton, 1779; melody:
"New Britain", 1829; both in the public domain), sung by a synthetic voice over plucked strings. The
voices are two other synthetic speakers who read the opening of "Alice's Adventures in Wonderland"
(Lewis Carroll, 1865; public domain). Nobody's recording is in any of them.

Needs flite 2.2 with the voices slt, awb and kal16 (Debian: ``apt-get install flite``) and
``pip install "voiceshift[local]"``. Then::

    python docs/demo/make_demo.py voiceshift/local/demo

The same samples come out every time; the files differ in the serial number that every Ogg stream
draws at random.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyworld
import soundfile
import soxr  # type: ignore[import-untyped]
import swift_f0

Samples = npt.NDArray[np.float64]

SINGER = "slt"
SPEAKERS = {"tenor": "awb", "baritone": "kal16"}

LYRICS = "Amazing grace, how sweet the sound, that saved a wretch like me."
STORY = (
    "Alice was beginning to get very tired of sitting by her sister on the bank, and of having "
    "nothing to do. Once or twice she had peeped into the book her sister was reading, but it had "
    "no pictures or conversations in it. And what is the use of a book, thought Alice, without "
    "pictures or conversations? So she was considering in her own mind, as well as she could, "
    "whether to get up and pick the daisies."
)

SONG_RATE = 44_100
SPEECH_RATE = 16_000  # what flite's voices speak at
# 0 is Vorbis' best quality, 1 its smallest file; from 0.8 on it drops bands between the formants.
SPEECH_COMPRESSION = 0.7
FRAME = 0.005  # seconds between two WORLD frames
BEAT = 60 / 132  # seconds
PICK_UP = 2 * BEAT  # the guitar begins before the voice

VOWELS = frozenset(
    ["aa", "ae", "ah", "ao", "aw", "ax", "ay", "eh", "er", "ey", "ih", "iy", "ow", "oy", "uh", "uw"]
)

# One entry for each sung syllable: its notes as (MIDI number, beats). Two syllables are sung on two
# notes each. 3/4 time, D major.
MELODY: list[list[tuple[int, float]]] = [
    [(57, 1)],  # A-
    [(62, 2)],  # ma-
    [(66, 0.5), (62, 0.5)],  # -zing
    [(66, 2)],  # grace,
    [(64, 1)],  # how
    [(62, 2)],  # sweet
    [(59, 1)],  # the
    [(57, 2)],  # sound,
    [(57, 1)],  # that
    [(62, 2)],  # saved
    [(66, 0.5), (62, 0.5)],  # a
    [(66, 2)],  # wretch
    [(64, 1)],  # like
    [(69, 3)],  # me
]

# One chord for each bar after the one-beat upbeat, from the bass up.
CHORDS = [
    (38, 57, 62, 66),  # D
    (38, 57, 62, 66),  # D
    (43, 59, 62, 67),  # G
    (38, 57, 62, 66),  # D
    (38, 57, 62, 66),  # D
    (47, 59, 62, 66),  # B minor
    (45, 57, 61, 64),  # A
    (38, 57, 62, 66),  # D, which rings after the voice
]


class Phone(NamedTuple):
    """One sound of flite's speech and when it begins and ends, in seconds."""

    name: str
    start: float
    end: float


class Syllable(NamedTuple):
    """One sung syllable: when its vowel sounds in the speech and in the song, in seconds."""

    spoken_start: float
    spoken_end: float
    sung_start: float
    sung_end: float


def speak(voice: str, text: str) -> tuple[Samples, list[Phone]]:
    """Let flite speak ``text``; return the speech at 16 kHz and its phones."""
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder, "speech.wav")
        command = ["flite", "-voice", voice, "-psdur", "-t", text, str(wav)]
        printed = subprocess.run(  # noqa: S603 - the arguments are this script's own
            command, check=True, capture_output=True, text=True
        ).stdout
        speech, rate = soundfile.read(wav)
    if rate != SPEECH_RATE:
        raise SystemExit(f"flite's voice {voice} speaks at {rate} Hz, not at {SPEECH_RATE} Hz")
    phones: list[Phone] = []
    for item in printed.split():  # "name:end"
        name, end = item.split(":")
        phones.append(Phone(name, phones[-1].end if phones else 0.0, float(end)))
    return speech, phones


def syllables(phones: list[Phone]) -> list[Syllable]:
    """Lay the vowels of ``phones`` on the notes of the melody."""
    vowels = [phone for phone in phones if phone.name in VOWELS]
    lengths = [BEAT * sum(beats for _, beats in notes) for notes in MELODY]
    starts = PICK_UP + np.concatenate([[0.0], np.cumsum(lengths)])
    result = []
    for index, vowel in enumerate(vowels):
        following = vowels[index + 1].start if index + 1 < len(vowels) else phones[-1].end
        # The consonants up to the next vowel keep the time they take in speech.
        sung_end = starts[index + 1] - min(following - vowel.end, 0.45 * lengths[index])
        result.append(Syllable(vowel.start, vowel.end, float(starts[index]), float(sung_end)))
    return result


def melody(times: Samples) -> Samples:
    """Return the fundamental frequency of the melody at ``times``, in hertz."""
    notes = [note for syllable in MELODY for note in syllable]
    starts = PICK_UP + BEAT * np.cumsum([0.0] + [beats for _, beats in notes])
    index = np.clip(np.searchsorted(starts, times, side="right") - 1, 0, len(notes) - 1)
    semitones = np.array([number for number, _ in notes], dtype=float)[index]
    glide = np.hanning(17) / np.hanning(17).sum()  # singers take some 80 ms from note to note
    semitones = np.convolve(np.pad(semitones, 8, mode="edge"), glide, mode="valid")
    held = times - starts[index]
    vibrato = 0.3 * np.clip((held - 0.35) / 0.3, 0, 1) * np.sin(2 * np.pi * 5.5 * times)
    frequency: Samples = 440 * 2 ** ((semitones + vibrato - 69) / 12)
    return frequency


def analyse(speech: Samples) -> tuple[Samples, Samples, Samples]:
    """Return WORLD's F0, spectral envelope and aperiodicity of ``speech``, 5 ms a frame."""
    times = np.arange(0, len(speech) / SPEECH_RATE, FRAME)
    pitch = swift_f0.SwiftF0(threads=1).detect(speech, SPEECH_RATE)
    voiced = pitch.confidence > 0.3
    f0 = np.interp(times, pitch.timestamps[voiced], pitch.pitch_hz[voiced])
    f0[np.interp(times, pitch.timestamps, voiced) < 0.5] = 0
    envelope = pyworld.cheaptrick(speech, f0, times, SPEECH_RATE)
    aperiodicity = pyworld.d4c(speech, f0, times, SPEECH_RATE)
    return f0, envelope, aperiodicity


def even(envelope: Samples, voiced: npt.NDArray[np.bool_]) -> Samples:
    """Give the voiced frames of a power spectrum nearly one level, as a singer would."""
    window = np.hanning(21) / np.hanning(21).sum()  # 100 ms: no clicks where voicing changes

    def smooth(values: Samples) -> Samples:
        return np.convolve(np.pad(values, 10, mode="edge"), window, mode="valid")

    level = smooth(envelope.mean(axis=1))
    gain = np.minimum((np.median(level[voiced]) / level) ** 0.8, 10)
    gain = smooth(np.where(voiced, gain, 1.0))
    return np.asarray(envelope * gain[:, None])


def sing(speech: Samples, phones: list[Phone]) -> Samples:
    """Sing ``speech``: hold its vowels and give them the melody; 44.1 kHz."""
    f0, envelope, aperiodicity = analyse(speech)
    anchors = [(0.0, 0.0)]
    for syllable in syllables(phones):
        anchors.append((syllable.sung_start, syllable.spoken_start))
        anchors.append((syllable.sung_end, syllable.spoken_end))
    end = anchors[-1][0] + phones[-1].end - anchors[-1][1]
    anchors.append((end, phones[-1].end))
    times = np.arange(0, end, FRAME)
    spoken = np.interp(times, *np.array(anchors).T)
    frames = np.clip(np.rint(spoken / FRAME).astype(int), 0, len(f0) - 1)
    sung_f0 = np.where(f0[frames] > 0, melody(times), 0.0)
    sung_envelope = even(envelope[frames], sung_f0 > 0)
    song = pyworld.synthesize(sung_f0, sung_envelope, aperiodicity[frames], SPEECH_RATE)
    return np.asarray(soxr.resample(song, SPEECH_RATE, SONG_RATE))


def pluck(midi: int, seconds: float, random: np.random.Generator) -> Samples:
    """Return one plucked string (Karplus and Strong 1983)."""
    period = SONG_RATE / (440 * 2 ** ((midi - 69) / 12))
    delay = int(period - 0.5)  # the averaging below delays by half a sample
    cycle = np.convolve(random.uniform(-1, 1, delay), np.ones(4) / 4, mode="same")
    string = np.zeros(int(seconds * SONG_RATE) + 2 * delay)
    string[:delay] = cycle - cycle.mean()
    for start in range(delay, len(string) - delay, delay):
        last = string[start - delay : start]
        before = string[start - delay - 1] if start > delay else 0.0
        string[start : start + delay] = 0.498 * (last + np.concatenate([[before], last[:-1]]))
    # A period of whole samples is a little out of tune; reading it at the true speed is not.
    true = np.arange(int(seconds * SONG_RATE)) * (delay + 0.5) / period
    return np.asarray(np.interp(true, np.arange(len(string)), string))


def backing(samples: int) -> Samples:
    """Return a waltz on plucked strings, the bass left of the centre, the chords right of it."""
    random = np.random.default_rng(1829)
    stereo = np.zeros((samples, 2))
    bar_starts = PICK_UP + BEAT + 3 * BEAT * np.arange(len(CHORDS))
    strums = [(0.0, CHORDS[0]), *zip(bar_starts, CHORDS, strict=True)]
    for start, (bass, *chord) in strums:
        add(stereo, pluck(bass, 3 * BEAT, random), start, pan=0.1, gain=0.2)
        for beat in (1, 2):
            for string, midi in enumerate(chord):
                when = start + beat * BEAT + 0.012 * string  # the fingers pass over the strings
                add(stereo, pluck(midi, 1.5 * BEAT, random), when, pan=0.9, gain=0.35)
    return stereo


def add(stereo: Samples, sound: Samples, start: float, *, pan: float, gain: float) -> None:
    """Add ``sound`` to ``stereo`` from ``start`` seconds on; pan 0 is left, 1 is right."""
    first = round(start * SONG_RATE)
    sound = sound[: len(stereo) - first]
    fade = np.minimum(1, np.arange(len(sound))[::-1] / (0.03 * SONG_RATE))
    # Equal power, so that a sound is as loud wherever it stands.
    sides = np.array([np.cos(pan * np.pi / 2), np.sin(pan * np.pi / 2)])
    stereo[first : first + len(sound)] += gain * (sound * fade)[:, None] * sides


def make_song(path: Path) -> None:
    """Sing the song over its backing and write it to ``path``."""
    vocals = sing(*speak(SINGER, LYRICS))
    vocals = np.pad(vocals, (0, round(3 * BEAT * SONG_RATE)))  # the last bar is the guitar's
    mix = backing(len(vocals)) + (vocals / np.abs(vocals).max())[:, None]
    write(path, 0.8 * mix / np.abs(mix).max(), SONG_RATE)


def make_voice(path: Path, speaker: str) -> None:
    """Let ``speaker`` read the story and write it to ``path``."""
    speech, _ = speak(speaker, STORY)
    write(path, 0.7 * speech / np.abs(speech).max(), SPEECH_RATE, SPEECH_COMPRESSION)


def write(path: Path, samples: Samples, rate: int, compression: float | None = None) -> None:
    """Write ``samples`` as Ogg Vorbis and say how large the file became."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(
        path, samples, rate, format="OGG", subtype="VORBIS", compression_level=compression
    )
    size = path.stat().st_size / 1000
    print(f"{path}: {len(samples) / rate:.1f} s, {size:.0f} kB")  # noqa: T201 - a script prints


def main() -> None:
    """Read the target folder from the command line and fill it."""
    parser = argparse.ArgumentParser(description="Make the demo song and voices of voiceshift.")
    parser.add_argument("folder", type=Path, help="where song.ogg and voices/ are written")
    folder: Path = parser.parse_args().folder
    make_song(folder / "song.ogg")
    for name, speaker in SPEAKERS.items():
        make_voice(folder / "voices" / f"{name}.ogg", speaker)


if __name__ == "__main__":
    main()
