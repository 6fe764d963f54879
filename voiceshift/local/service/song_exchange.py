"""What the page asks for beside covers: which songs there are, and that one is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voiceshift.errors import CoverError
from voiceshift.local.library.uploaded_song import UploadedSong
from voiceshift.wire.messages import (
    Songs,
    SongsRequest,
    Uploaded,
    UploadReady,
    UploadRequest,
    parse_song_request,
    service_text,
)

if TYPE_CHECKING:
    from websockets.sync.server import ServerConnection

    from voiceshift.local.library.songs import SongLibrary


class SongExchange:
    """The songs of one session: those it may choose from, and the one that it sent.

    Args:
        connection: To the client.
        songs: What there is already.
        max_upload: Bytes of a song that a client sends, at most.
    """

    def __init__(self, connection: ServerConnection, songs: SongLibrary, max_upload: int) -> None:
        self._connection = connection
        self._songs = songs
        self._max_upload = max_upload
        self._upload: UploadedSong | None = None

    def answer(self, message: str | bytes) -> bool:
        """Do what a message asks for, and return whether it was for this.

        Raises:
            CoverError: The song is not taken.
            SettingsError: A field of the message is missing or wrong.
        """
        if self._upload and not self._upload.is_complete and isinstance(message, bytes):
            self._add(self._upload, message)
            return True
        match parse_song_request(message):
            case UploadRequest() as upload:
                self.close()
                self._upload = UploadedSong(upload.name, upload.size, self._max_upload)
                self._connection.send(service_text(UploadReady()))
            case SongsRequest():
                self._connection.send(service_text(Songs(self._songs.names())))
            case None:
                return False
        return True

    def find(self, name: str) -> UploadedSong | None:
        """Return the song that was sent, if it has that name.

        Raises:
            CoverError: Not all of it has come.
        """
        if self._upload is None or self._upload.name != name:
            return None
        if not self._upload.is_complete:
            raise CoverError("this song has not come to its end")
        return self._upload

    def close(self) -> None:
        """Remove the song that was sent."""
        if self._upload is not None:
            self._upload.remove()
            self._upload = None

    def _add(self, upload: UploadedSong, piece: bytes) -> None:
        try:
            upload.add(piece)
        except CoverError:
            self.close()
            raise
        if upload.is_complete:
            self._connection.send(service_text(Uploaded(upload.name)))
