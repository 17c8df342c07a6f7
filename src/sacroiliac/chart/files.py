"""Bytes from disk, and what can be wrong with them before anybody looks at their content."""

from __future__ import annotations

import codecs
from pathlib import Path

from sacroiliac.errors import InputError

LARGEST = 1 << 30
"""Bytes of one chart. A patient's whole record with scanned documents stays far below."""
_CHUNK = 1 << 20
GZIP = b"\x1f\x8b\x08"
_UTF8 = b"\xef\xbb\xbf"
_OTHER = ((codecs.BOM_UTF32_LE, "UTF-32"), (codecs.BOM_UTF32_BE, "UTF-32"), (codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16"))  # fmt: skip


def content(path: Path) -> bytes:
    """The bytes of a file, checked to be UTF-8, without a byte order mark.

    :raises InputError: when the file cannot be read, is too large, or is in another encoding
    """
    try:
        if path.exists() and not path.is_file():
            raise InputError(str(path), "is not a file", "Name a file, or a folder of FHIR files.")
        if path.stat().st_size > LARGEST:
            raise InputError(str(path), "is larger than 1 GiB", "Give the record of one patient only.")
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError(str(path), "there is no such file", "Check the name and the folder.") from None
    except PermissionError:
        raise InputError(str(path), "may not be read", "Change its permissions.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(str(path), f"cannot be read: {reason}", "Check the name and the disk.") from None
    return checked(data, str(path))


def looks_like_fhir(data: bytes) -> bool:
    """Whether a file holds FHIR resources, judged by its content."""
    return data[:64].lstrip()[:1] in (b"{", b"[") and b'"resourceType"' in data


def checked(data: bytes, file: str) -> bytes:
    """``data`` without a byte order mark.

    :raises InputError: when it is not UTF-8
    """
    for mark, name in _OTHER:
        if data.startswith(mark):
            raise InputError(file, f"not UTF-8 text ({name})", "Save the file as UTF-8.")
    if data.startswith(GZIP):
        raise InputError(file, "is packed (gzip)", "Unpack it.")
    if b"\x00" in data[:8]:
        raise InputError(file, "not UTF-8 text (it holds zero bytes)", "Save the file as UTF-8.")
    data = data.removeprefix(_UTF8)
    if not data.isascii():
        _check_utf8(data, file)
    return data


def _check_utf8(data: bytes, file: str) -> None:
    """Decode chunk by chunk, so that a large file is not held twice."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(data), _CHUNK):
        try:
            decoder.decode(data[start : start + _CHUNK], final=start + _CHUNK >= len(data))
        except UnicodeDecodeError as error:
            place = f"{file}: near byte {start + error.start}"
            raise InputError(place, "not UTF-8 text", "Save the file as UTF-8.") from None
