"""What the quality of covers is measured with gives known answers; no quality is asserted here."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from attrs import evolve

from tests.benchmarks.cover_quality import files, installed, mixes, separation
from tests.benchmarks.cover_quality.__main__ import main
from tests.benchmarks.cover_quality.covers import cover, everything, vocals_in
from tests.benchmarks.cover_quality.findings import Findings
from tests.benchmarks.cover_quality.goals import LEAKAGE, MUSIC_SDR, VOCAL_SDR
from tests.benchmarks.cover_quality.installed import Unavailable
from tests.benchmarks.cover_quality.listeners import WordListener, as_voice, pitches_of, similarity
from tests.benchmarks.cover_quality.material import Backing, Collection, Speaker
from tests.benchmarks.cover_quality.metrics import (
    decibels,
    level_steps,
    near_in_any_octave,
    shares_in_key,
    signal_to_distortion,
)
from tests.benchmarks.cover_quality.mixes import as_song, mix
from tests.benchmarks.cover_quality.readers import VOCABULARY
from tests.benchmarks.cover_quality.resources import PROCESSES, peak_memory_of
from tests.benchmarks.cover_quality.scale import QUICK
from tests.benchmarks.cover_quality.singing import sing
from tests.benchmarks.cover_quality.songs import Score
from tests.benchmarks.cover_quality.ultrastar import Note, read_folder, read_notes
from tests.support.odd_files import DAMAGED, FFMPEG, PLAIN
from tests.support.tools import needs_tool
from voiceshift.local import demo
from voiceshift.local.engine.reader import read_blocks
from voiceshift.local.engine.samples import VOICE_RATE, Samples, to_mono
from voiceshift.local.engine.voices.knn.voice import Voice

if TYPE_CHECKING:
    from pathlib import Path

SONG_TEXT = """#TITLE:Lied
#MP3:lied.ogg
#BPM:150,0
#GAP:1500
: 0 4 0 Es
* 10 5 -3 war
F 20 5 0 (ein)
- 26
: 30 10 12 mal
E
"""


@pytest.fixture
def noise() -> Samples:
    """A second of noise, mono."""
    return np.random.default_rng(1).normal(0, 0.1, 16_000).astype(np.float32)


@pytest.fixture(scope="module")
def speech() -> Samples:
    """Four seconds of a demo voice, mono at 16 kHz."""
    blocks = read_blocks(demo.VOICES["tenor"], VOICE_RATE)
    return to_mono(np.concatenate(list(blocks)))[: 4 * VOICE_RATE]


# ---- metrics


def test_distortion_of_a_hundredth_is_20_db(noise: Samples) -> None:
    """An error with a hundredth of the power."""
    assert signal_to_distortion(noise, np.float32(1.1) * noise) == pytest.approx(20, abs=0.01)


def test_another_level_is_distortion_too(noise: Samples) -> None:
    """Half the level is half an error; some definitions of SDR would forgive it."""
    assert signal_to_distortion(noise, np.float32(0.5) * noise) == pytest.approx(6.02, abs=0.01)


def test_silence_is_far_below_music(noise: Samples) -> None:
    """A separator that finds no vocals at all leaves a finite number."""
    assert decibels(np.zeros_like(noise), noise) < -150


def test_shares_in_key() -> None:
    """In key counts where both are voiced, voiced where there truly is a voice."""
    true = np.array([100, 100, 100, 100, 0.0])
    found = np.array([100, 100 * 2 ** (40 / 1200), 100 * 2 ** (60 / 1200), 0, 100.0])
    assert shares_in_key(found, true) == pytest.approx((2 / 3, 3 / 4))


def test_a_voice_that_is_lost_is_not_in_key() -> None:
    """Nothing found is no division by zero."""
    assert shares_in_key(np.zeros(3), np.full(3, 100.0)) == (0, 0)


def test_octaves_do_not_matter_to_notes() -> None:
    """A4 is nine semitones above C4; so is any A. Silence and other notes are not."""
    found = np.array([440, 110, 440 * 2 ** (60 / 1200), 0, 466.2])
    near = near_in_any_octave(found, np.array([9, 21, 9, 9, 9.0]))
    assert near.tolist() == [True, True, False, False, False]


def test_level_step_is_what_the_song_does_not_have(noise: Samples) -> None:
    """A step that was made counts in full, one of the song's own does not."""
    louder = noise * np.where(np.arange(len(noise)) < 8_000, 1, 2).astype(np.float32)
    here, elsewhere = level_steps(louder, noise, np.array([8_000, 4_000]), 16_000)
    assert here == pytest.approx(6.02, abs=0.05)
    assert elsewhere == pytest.approx(0, abs=0.05)
    assert level_steps(louder, louder, np.array([8_000]), 16_000) == pytest.approx([0])


# ---- songs with notes


def test_notes_are_read() -> None:
    """Beats are a quarter of the tempo's and begin after the gap; what is spoken has no pitch."""
    headers, notes = read_notes(SONG_TEXT)
    assert headers["TITLE"] == "Lied"
    assert notes == [
        Note(1.5, 1.9, 0),
        Note(2.5, 3.0, -3),
        Note(3.5, 4.0, None),
        Note(4.5, 5.5, 12),
    ]


@pytest.mark.parametrize("line", ["#RELATIVE:YES\n", "P2\n"])
def test_other_forms_of_notes_are_refused(line: str) -> None:
    """Their times or singers would be misread."""
    with pytest.raises(ValueError, match="one singer"):
        read_notes(SONG_TEXT.replace(": 0", f"{line}: 0"))


def test_folders_of_songs_are_found(tmp_path: Path) -> None:
    """In any depth, whatever the text's encoding; the recording lies beside the text."""
    folder = tmp_path / "Jemand - Lied"
    folder.mkdir()
    (folder / "song.txt").write_bytes(SONG_TEXT.replace("Lied", "Für").encode("cp1252"))
    (song,) = read_folder(tmp_path)
    assert (song.title, song.audio, len(song.notes)) == ("Für", folder / "lied.ogg", 4)


def test_score_leaves_a_margin_around_notes() -> None:
    """Near a note somebody may still sing; only far from all of them is silence."""
    score = Score.of(read_notes(SONG_TEXT)[1], 8)
    at = [round(seconds / 0.005) for seconds in (0.1, 1.3, 1.6, 2.1, 2.6, 3.6, 7)]
    assert score.sung[at].tolist() == [False, False, True, False, True, False, False]
    assert score.silent[at].tolist() == [True, False, False, False, False, False, True]
    assert score.semitones[at[2]] == 0
    assert score.semitones[at[4]] == -3


# ---- material


def test_mix_is_even(noise: Samples) -> None:
    """Both are as loud as each other, and together they do not clip."""
    vocals, music = mix(as_song(0.01 * noise), as_song(20 * noise[::-1]))
    assert decibels(vocals, music) == pytest.approx(0, abs=0.01)
    assert np.abs(vocals + music).max() <= 0.901


def test_speech_sings_the_tune(speech: Samples) -> None:
    """Its pitches are those that it says it has."""
    singing = sing(speech)
    in_key, voiced = shares_in_key(pitches_of(singing.samples), singing.pitches)
    assert in_key > 0.95
    assert voiced > 0.9


def test_speech_sings_an_octave_higher(speech: Samples) -> None:
    """The pitches are twice as high, and nothing else is."""
    assert sing(speech, 1).pitches == pytest.approx(2 * sing(speech).pitches)


@pytest.mark.slow
def test_cover_of_a_voice_alone(speech: Samples) -> None:
    """The cover at another octave is as long as the song, and sings an octave higher."""
    singing = sing(speech)
    song = as_song(singing.samples)
    voice = Voice.from_recordings("baritone", [demo.VOICES["baritone"]])
    covered = cover(song, voice, 1, everything)
    in_key, _ = shares_in_key(pitches_of(as_voice(covered)), 2 * singing.pitches)
    assert covered.shape == song.shape
    assert in_key > 0.7


def test_vocals_are_as_long_as_the_song(noise: Samples) -> None:
    """Windows are joined again after the separation."""
    song = as_song(noise)
    assert vocals_in(song).shape == song.shape


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And how to get it."""
    monkeypatch.setattr(installed, "SHARE", tmp_path)
    with pytest.raises(Unavailable, match="apt-get install some-package"):
        installed.files("*.ogg", "some-package")
    with pytest.raises(Unavailable, match="apt-get install no-such-program"):
        installed.program("no-such-program")


def test_too_little_speech_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A speaker with few recordings is left out, not repeated."""
    monkeypatch.setattr(installed, "SHARE", demo.SONG.parent)
    with pytest.raises(Unavailable, match=r"the demo has only \d+ s"):
        Speaker("tenor", "the demo", "voices/tenor.ogg").speech(20, 20)


# ---- listeners


def test_everybody_sounds_like_themselves(speech: Samples) -> None:
    """The cosine of a voice to itself is 1, to another part of it less."""
    pytest.importorskip("resemblyzer", reason="needs the extra 'quality'")
    half = len(speech) // 2
    assert similarity(speech, speech) == pytest.approx(1, abs=1e-5)
    assert similarity(speech[:half], speech[half:]) < 0.999


def test_listener_hears_one_of_its_words(noise: Samples) -> None:
    """Noise is none of them, or any."""
    pytest.importorskip("pocketsphinx", reason="needs the extra 'quality'")
    assert WordListener(list(VOCABULARY)).hear(noise) in {"", *VOCABULARY}


# ---- memory


@pytest.mark.slow
@pytest.mark.skipif(not (PROCESSES / "self" / "smaps_rollup").exists(), reason="only Linux tells")
def test_memory_of_workers_counts() -> None:
    """What a process started by the process holds is in the peak.

    The memory is looked at ten times a second: it has to be held for longer than that.
    """
    worker = "import time; held = bytes(range(1, 251)) * 800_000; time.sleep(1)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {worker!r}])"
    with subprocess.Popen([sys.executable, "-c", parent], text=True) as process:
        assert peak_memory_of(process) > 200_000_000


# ---- files


@needs_tool("ffmpeg", FFMPEG)
def test_worst_file_of_each_kind_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its name; after damage only the length is compared."""
    whole = {name: PLAIN[name] for name in ("plain.wav", "plain.flac")}
    damaged = {"cut.wav": DAMAGED["cut.wav"]}
    for name, makers in {"PLAIN": whole, "MISLEADING": whole, "DAMAGED": damaged}.items():
        monkeypatch.setattr(files, name, makers)
    findings = Findings()
    files.measure_files(findings)
    assert [figure.verdict for figure in findings.results.figures] == ["pass"] * 5
    assert [figure.case for figure in findings.results.figures].count("damaged") == 1


# ---- the command


def test_theme_keeps_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """A theme, with the demo's voices and song for material, comes to figures for each mix."""
    monkeypatch.setattr(installed, "SHARE", demo.SONG.parent)
    monkeypatch.setattr(mixes, "SINGING_START", 0.0)
    monkeypatch.setattr(mixes, "MUSIC_START", 0.0)
    monkeypatch.setattr(separation, "MUSIC_START", 0.0)
    material = Collection(
        "demo",
        (Speaker("tenor", "the demo", "voices/tenor.ogg"),),
        (Backing("strings", "the demo", "song.ogg"),),
        (),
        (),
    )
    findings = Findings()
    separation.measure_separation(material, evolve(QUICK, mix_seconds=5), findings)
    figures = findings.results.figures
    assert [figure.measure for figure in figures] == [
        measure.name for measure in (VOCAL_SDR, MUSIC_SDR, LEAKAGE)
    ]
    assert list(findings.left_out) == ["separation, demo, with the network"]
    assert all(np.isfinite(figure.median) for figure in figures)


@pytest.mark.slow
def test_command_says_what_it_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without any material nothing is measured, and every reason is given."""
    monkeypatch.setattr(installed, "SHARE", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    status = main(["--quick", "--songs", str(tmp_path), "--json", "numbers.json"])
    printed = capsys.readouterr().out
    assert status == 0
    assert "left out: separation, held out: fillets-ng-data-cs is not installed" in printed
    assert "left out: songs: there is no song with sung notes" in printed
    assert json.loads((tmp_path / "numbers.json").read_text(encoding="utf-8"))["figures"] == []
