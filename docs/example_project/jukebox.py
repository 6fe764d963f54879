"""Makes covers of a list of wishes: ``python jukebox.py wishes.txt covers``.

Each line of the list is a song and a voice with a comma between: ``Amazing Grace, tenor``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from voiceshift import AuthError, Client, VoiceShiftError

LIMIT = 600.0
"""Seconds that a cover may take."""


def fulfil(wishes: list[str], folder: Path) -> list[str]:
    """Make a file of each wish; gives what could not be made, and why."""
    failures = []
    with Client() as client:
        for wish in wishes:
            song, voice = (word.strip() for word in wish.split(","))
            file = folder / f"{song} ({voice}).ogg"
            try:
                client.create_cover(song, voice, to=file, timeout=LIMIT)
            except AuthError:
                raise  # it would be the same with all the others
            except VoiceShiftError as error:
                failures.append(f"{wish}: {error}")
    return failures


def main(wishes: str, folder: str) -> int:
    """Fulfil the wishes in a file; gives the exit code."""
    lines = Path(wishes).read_text(encoding="utf-8").splitlines()
    Path(folder).mkdir(exist_ok=True)
    try:
        failures = fulfil(lines, Path(folder))
    except AuthError as error:
        print("Is VC_TOKEN right?", error)
        return 2
    print("\n".join(failures) or "All wishes are fulfilled.")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
