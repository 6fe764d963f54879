"""ZIP files are read as far as they are what voices come in; nothing in them is trusted."""

from __future__ import annotations

import struct
import zipfile
from typing import TYPE_CHECKING

import pytest

from voiceshift.local.engine.voices.rvc.zip_members import read_members

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A ZIP file with a stored member, a deflated one and a comment."""
    path = tmp_path / "archive.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.comment = b"a comment"
        file.writestr("stored", b"as it is")
        file.writestr("folder/packed", b"again " * 1000, compress_type=zipfile.ZIP_DEFLATED)
    return path


def test_members_are_read(archive: Path) -> None:
    """Stored ones without a copy, deflated ones unpacked."""
    members = read_members(memoryview(archive.read_bytes()))
    assert list(members) == ["stored", "folder/packed"]
    assert bytes(members["stored"].content(100)) == b"as it is"
    assert bytes(members["folder/packed"].content(10_000)) == b"again " * 1000


def test_a_member_beyond_the_limit_is_not_unpacked(archive: Path) -> None:
    """Its size is told."""
    members = read_members(memoryview(archive.read_bytes()))
    with pytest.raises(ValueError, match=r"'folder/packed' of 6,000 bytes, which is too big"):
        members["folder/packed"].content(5_999)


def test_a_member_that_would_fill_the_memory_is_not_unpacked(tmp_path: Path) -> None:
    """Few bytes that say they are many: 17 million zeros are some 16,000."""
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("zeros", bytes(2**24))
        file.writestr("bomb", bytes(2**24 + 1))
    members = read_members(memoryview(path.read_bytes()))
    assert len(members["zeros"].content(2**30)) == 2**24
    with pytest.raises(ValueError, match=r"'bomb' that unpacks to 16,777,217 bytes from 16,3\d\d"):
        members["bomb"].content(2**30)


def test_members_that_overlap_are_refused(tmp_path: Path) -> None:
    """Each of them would be read and checked again, however big it is."""
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w") as file:
        file.writestr("00", bytes(1000))
    content = (tmp_path / "bomb.zip").read_bytes()
    start, end = content.index(b"PK\1\2"), content.index(b"PK\5\6")
    entries = b"".join(content[start:end].replace(b"00", b"%02d" % i) for i in range(100))
    fields = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 100, 100, len(entries), start, 0)
    with pytest.raises(ValueError, match="files in it that overlap"):
        read_members(memoryview(content[:start] + entries + fields))


def test_a_member_that_says_less_than_it_unpacks_to_is_refused(archive: Path) -> None:
    """No more is unpacked than it says."""
    content = bytearray(archive.read_bytes())
    place = content.index(struct.pack("<I", 6000), content.index(b"PK\1\2"))
    content[place : place + 4] = struct.pack("<I", 10)
    members = read_members(memoryview(content))
    with pytest.raises(ValueError, match="is damaged"):
        members["folder/packed"].content(100)


def test_damage_is_found(archive: Path) -> None:
    """By the checksum."""
    content = archive.read_bytes().replace(b"as it is", b"as it iz")
    with pytest.raises(ValueError, match="is damaged, perhaps by its download"):
        read_members(memoryview(content))["stored"].content(100)


def test_a_file_that_is_cut_off_is_refused(archive: Path) -> None:
    """Wherever that is."""
    content = memoryview(archive.read_bytes())
    for length in range(len(content) - len(b"a comment") - 1):
        with pytest.raises(ValueError, match="download it again"):
            read_members(content[:length])


def test_too_many_members_are_refused() -> None:
    """Before the list of them is read."""
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0, 10_001, 0, 0, 0)
    with pytest.raises(ValueError, match="has 10,001 files in it"):
        read_members(memoryview(b"PK\3\4" + end))


def test_an_encrypted_member_is_refused(archive: Path) -> None:
    """It could not be read."""
    content = bytearray(archive.read_bytes())
    content[content.index(b"PK\1\2") + 8] |= 1
    with pytest.raises(ValueError, match="'stored' that is encrypted"):
        read_members(memoryview(content))
