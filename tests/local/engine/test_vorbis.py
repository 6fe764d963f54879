"""The chunks of a stream, joined, are one file."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from voiceshift.local.engine.samples import SONG_RATE, Samples
from voiceshift.local.engine.vorbis import VorbisStream


def tone(frames: int) -> Samples:
    """Return 440 Hz at half of full scale, stereo."""
    wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(frames) / SONG_RATE)
    return np.repeat(wave.astype(np.float32)[:, None], 2, axis=1)


def encoded(samples: Samples, lengths: list[int]) -> list[bytes]:
    """Encode ``samples`` in pieces of the given lengths."""
    stream = VorbisStream()
    chunks, start = [], 0
    for length in lengths:
        chunks.append(stream.encode(samples[start : start + length]))
        start += length
    return [*chunks, stream.finish()]


@pytest.mark.parametrize("lengths", [[1], [0, 1000], [441_000, 99_999], [7] * 300])
def test_joined_chunks_have_every_sample(lengths: list[int]) -> None:
    """The length is exact, however the sound was handed over."""
    chunks = encoded(tone(sum(lengths)), lengths)
    assert soundfile.info(io.BytesIO(b"".join(chunks))).frames == sum(lengths)


def test_joined_chunks_hold_the_sound() -> None:
    """What is decoded is what was encoded, but for the loss of the format."""
    samples = tone(3 * SONG_RATE)
    chunks = encoded(samples, [SONG_RATE] * 3)
    decoded, rate = soundfile.read(io.BytesIO(b"".join(chunks)), dtype="float32")
    assert rate == SONG_RATE
    assert np.abs(decoded - samples).max() < 0.05


def test_bytes_come_while_it_is_made() -> None:
    """Most of the file has gone out before the end."""
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, (20 * SONG_RATE, 2)).astype(np.float32)
    chunks = encoded(samples, [10 * SONG_RATE, 10 * SONG_RATE])
    assert len(chunks[0]) > 0.4 * sum(map(len, chunks))
    assert len(chunks[-1]) < 0.2 * sum(map(len, chunks))


def test_a_stream_of_nothing_is_a_file() -> None:
    """A stream that ends at once can be opened."""
    with soundfile.SoundFile(io.BytesIO(VorbisStream().finish())) as file:
        assert (file.format, file.channels, file.samplerate) == ("OGG", 2, SONG_RATE)
