"""What is tried, each under a name. The engine does not know of it: it is changed from outside."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest import mock

from attrs import evolve, frozen

from docs.trials import methods
from tests.benchmarks.cover_quality.covers import voice_of
from voiceshift.local.engine import loudness, vocoder
from voiceshift.local.engine.f0 import estimate_f0
from voiceshift.local.engine.voices.knn import (
    conversion,
    matching,
    spectral_filter,
    timbre,
    vtln,
)
from voiceshift.local.engine.voices.knn.conversion import Conversion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from tests.benchmarks.cover_quality.material import Speaker
    from voiceshift.local.engine.vocoder import Features
    from voiceshift.local.engine.voices.knn.voice import Voice
    from voiceshift.local.engine.windows import AnalysedWindow

__all__ = ["TRIES", "Try"]


@frozen
class Try:
    """One way to convert that differs from the engine's.

    Attributes:
        changes: Of the engine's modules: module, name, and what the name stands for in this try.
        prepare: What is done to each window after it was analysed.
        voice: How a voice is learned.
        learn: How the conversion is learned.
    """

    changes: tuple[tuple[ModuleType, str, Any], ...] = ()
    prepare: Callable[[AnalysedWindow], AnalysedWindow] = methods.as_it_is
    voice: Callable[[Speaker], Voice] = voice_of
    learn: Callable[[Features, Features], Conversion] = Conversion.learn

    @contextmanager
    def in_the_engine(self) -> Iterator[None]:
        """Change the engine, for as long as the context lasts."""
        with ExitStack() as stack:
            for module, name, value in self.changes:
                stack.enter_context(mock.patch.object(module, name, value))
            yield


def _with(module: ModuleType, name: str, value: Any) -> Try:
    return Try(changes=((module, name, value),))


def _compared(last: int) -> Try:
    return _with(matching, "COMPARED", slice(1, last + 1))


def _pitches(estimate: Callable[..., Any]) -> Try:
    changes = ((vocoder, "estimate_f0", estimate),)
    return Try(changes, methods.analysed_again, methods.learned_anew)


def _confident(confidence: float) -> Try:
    return _pitches(partial(estimate_f0, min_confidence=confidence))


def _learned_from(seconds: float) -> Try:
    return Try(
        ((matching, "MAX_FRAMES", round(seconds * vocoder.FRAMES_PER_SECOND)),),
        voice=partial(methods.learned_from, seconds=seconds),
    )


def _emphasis(factor: float, first: int = 0) -> Try:
    changes = (conversion, "GV_EMPHASIS", factor), (conversion, "SPECTRAL_TILT", slice(0, first))
    return Try(changes)


def _synthesised(attempt: Try) -> Try:
    changes = (*attempt.changes, (conversion, "sing", methods.synthesised))
    return evolve(attempt, changes=changes)


def _max_gain(decibels: float) -> Try:
    return _with(timbre, "MAX_GAIN", 10 ** (decibels / 20))


TRIES = {
    "engine": Try(),
    "unchanged": Try(learn=methods.Unchanged.learn),
    "synthesised": _synthesised(Try()),
    "synthesised, unchanged": _synthesised(
        Try(prepare=methods.analysed_again, learn=methods.Unchanged.learn)
    ),
    "raw warp": _with(vtln, "_standardised", methods.as_it_is),
    "no warp": _with(conversion, "find_warp", methods.no_warp),
    "mean and std": Try(learn=methods.Simple.learn),
    "1 neighbour": _with(matching, "TOP_K", 1),
    "2 neighbours": _with(matching, "TOP_K", 2),
    "8 neighbours": _with(matching, "TOP_K", 8),
    "best path": _with(matching, "_mean_of_nearest", methods.best_path),
    "share 1": _with(conversion, "KNN_WEIGHT", 1.0),
    "share 0.7": _with(conversion, "KNN_WEIGHT", 0.7),
    "9 compared": _compared(9),
    "12 compared": _compared(12),
    "39 compared": _compared(39),
    "near moments": _with(matching, "CONTEXT_FRAMES", (-4, -2, 0, 2, 4)),
    "emphasis 1": _emphasis(1.0),
    "emphasis 1.2 from 0": _emphasis(1.2),
    "emphasis 1.5 from 5": _emphasis(1.5, 5),
    "gains to 12 dB": _max_gain(12),
    "gains to 24 dB": _max_gain(24),
    "gains to 36 dB": _max_gain(36),
    "only voiced": _with(conversion, "sing", methods.only_voiced),
    "flat loudness": Try(
        (
            (conversion, "a_weighting", methods.all_alike),
            (loudness, "a_weighting", methods.all_alike),
            (spectral_filter, "a_weighting", methods.all_alike),
        )
    ),
    "at pitch": Try(learn=methods.learn_at_pitch),
    "clear sounds": Try(learn=methods.learn_clear),
    "25 s": _learned_from(25),
    "120 s": _learned_from(120),
    "60 coefficients": Try(
        ((vocoder, "COEFFICIENTS", 60),), methods.analysed_again, methods.learned_anew
    ),
    "confidence 0.2": _confident(0.2),
    "confidence 0.3": _confident(0.3),
    "runs": _pitches(partial(methods.pitches_in_runs, least=0.1, surest=0.4)),
    "synthesised, own breath": _synthesised(
        Try(prepare=methods.analysed_again, learn=methods.Breathing.learn)
    ),
    "synthesised, clearer": _synthesised(Try(learn=methods.Clearer.learn)),
    "long-term": Try(learn=methods.Evened.learn),
    "twice": Try(learn=methods.Twice.learn),
    "louder": _with(conversion, "sing", methods.louder),
    "drier": Try(prepare=methods.drier),
    "no echoes": Try(prepare=methods.without_echoes),
    "gated": Try(prepare=methods.gated),
    "no residue": Try(prepare=methods.without_residue),
    "separated twice": Try(prepare=methods.separated_twice),
}
