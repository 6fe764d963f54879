"""A voice of RVC, as the engine knows voices of any kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import frozen

from voiceshift.errors import CoverError
from voiceshift.local.engine.voices.rvc.conversion import Conversion
from voiceshift.local.engine.voices.rvc.saved_voice import SavedVoice

if TYPE_CHECKING:
    from pathlib import Path

    from voiceshift.local.engine.onnx_sessions import Hardware
    from voiceshift.local.engine.vocoder import Features

SETUP = "run voiceshift setup contentvec"


@frozen(eq=False)
class Voice:
    """A voice of RVC; see :class:`voiceshift.local.engine.voices.Voice`.

    Attributes:
        saved: Its file.
        content_encoder: Where the content encoder is, once it has been set up.
        hardware: What networks are run on.
    """

    kind: ClassVar[str] = "rvc"
    median_f0: ClassVar[None] = None
    learning_frames: ClassVar[int] = 1
    is_slow: ClassVar[bool] = True

    saved: SavedVoice
    content_encoder: Path
    hardware: Hardware

    @property
    def name(self) -> str:
        """What the voice is called."""
        return self.saved.path.stem

    def facts(self) -> dict[str, Any]:
        """Return what is known of it, by name."""
        return {
            "version": self.saved.version,
            "sample_rate": self.saved.sample_rate,
            "pitch": self.saved.has_pitch,
            "index": str(self.saved.index_path) if self.saved.index_path.exists() else None,
            "index_rate": self.saved.index_rate,
            "protect": self.saved.protect,
            "info": self.saved.info,
            "needs": None if self.content_encoder.exists() else SETUP,
        }

    def summary(self) -> str:
        """Return what is known of it, in words."""
        index = f"index at {self.saved.index_rate:g}, protect {self.saved.protect:g}"
        return ", ".join(
            [
                f"RVC {self.saved.version}",
                f"{self.saved.sample_rate / 1000:g} kHz",
                "with the singer's pitch" if self.saved.has_pitch else "with a pitch of its own",
                index if self.saved.index_path.exists() else "no index",
                "ready" if self.content_encoder.exists() else f"not ready: {SETUP}",
            ]
        )

    def learn_conversion(self, _: Features) -> Conversion:
        """Return what sings in this voice; nothing is to be learned of the singer.

        Raises:
            CoverError: The content encoder has not been set up.
        """
        if not self.content_encoder.exists():
            raise CoverError(
                f"the voice {self.name!r} needs the content encoder ContentVec on the machine that "
                f"makes the cover; {SETUP} there (378 MB, once)"
            )
        return Conversion(self.saved, self.content_encoder, self.hardware)

    @classmethod
    def load(cls, path: Path, content_encoder: Path, hardware: Hardware) -> Voice:
        """Read a voice from its file; its name is that of the file.

        Raises:
            CoverError: The file is no voice, or was made by another version of voiceshift.
        """
        return cls(SavedVoice.load(path), content_encoder, hardware)
