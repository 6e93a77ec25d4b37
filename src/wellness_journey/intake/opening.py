"""Files opened safely, and their text by lines."""

from __future__ import annotations

import codecs
import gzip
import os
import re
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from wellness_journey.errors import InputError
from wellness_journey.intake.sources import Source

_KINDS = {
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}
# How files begin that are no text.
_BINARY = {
    b"\x1f\x8b": ("compressed by gzip", ".csv.gz"),
    b"PK\x03\x04": ("a workbook or an archive", ".xlsx"),
    b"PAR1": ("of the format Parquet", ".parquet"),
    b"\xd0\xcf\x11\xe0": ("a workbook of the old format", ".xls"),
}
# No row of ours is as long; a line without an end must not fill the memory.
_LONGEST_LINE = 4 << 20
# Names of encodings that only decode; rot13, base64, unicode_escape and the like compute.
_ENCODINGS = re.compile(
    r"ascii|utf-(8|8-sig|16|16-le|16-be|32|32-le|32-be)|iso8859-\d+|cp\d+|mac-\w+|koi8-\w"
    r"|gb2312|gbk|gb18030|big5|big5hkscs|shift_jis\w*|euc_\w+|johab|tis-620|ptcp154|hp-roman8"
)


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading; nothing else is waited for or read.

    Raises:
        InputError: it is a FIFO, a device, a socket, a folder, or cannot be read.
    """
    try:
        # Opening alone can do something to a device, so it is asked before, and again after.
        _refuse_irregular(path, os.stat(path))
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        file = os.fdopen(descriptor, "rb")
        try:
            _refuse_irregular(path, os.fstat(descriptor))
        except InputError:
            file.close()
            raise
    except OSError as error:
        raise InputError(
            f"{path.name} cannot be read ({error.strerror}): mend that, then load again. "
            "Nothing was loaded"
        ) from None
    return file


def _refuse_irregular(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        what = _KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        raise InputError(
            f"{path.name} is {what}, not a file: write the rows to a regular file of that name, "
            "then load again. Nothing was loaded"
        )


def decoder_name(encoding: str) -> str | None:
    """Python's name of an encoding of characters; None where it knows none of that name."""
    try:
        name = codecs.lookup(encoding).name
    except (LookupError, ValueError):
        return None
    return name if _ENCODINGS.fullmatch(name) else None


def lines(source: Source, file: BinaryIO) -> Iterator[str]:
    """The lines of a delimited file with their ends, decoded strictly, without a BOM.

    A line ends with a line feed, in quotation marks or not.

    Raises:
        InputError: the characters are of another encoding, a line has no end, or the
            compression is broken.
    """
    compressed = source.ending.endswith(".gz")
    content: BinaryIO = gzip.GzipFile(fileobj=file) if compressed else file  # type: ignore[assignment]  # reads as one
    raw = _raw_lines(source, content)
    if decoder_name(source.encoding or "utf-8") in ("utf-8", "utf-8-sig"):
        return _utf8(source, raw)
    return _decoded(source, raw)


def _raw_lines(source: Source, content: BinaryIO) -> Iterator[bytes]:
    number = 0
    try:
        while line := content.readline(_LONGEST_LINE + 1):
            number += 1
            if number == 1:
                _refuse_binary(source, line)
            if len(line) > _LONGEST_LINE:
                raise InputError(
                    f"{source.path.name}, line {number}: longer than 4 MB, so this is no file of "
                    "rows. Nothing was loaded"
                )
            yield line
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        if isinstance(error, gzip.BadGzipFile) and not number:
            ending = source.ending.removesuffix(".gz")
            raise InputError(
                f"{source.path.name} is not compressed by gzip: if it is text, give it the ending "
                f"{ending}, then load again. Nothing was loaded"
            ) from None
        what = "ends too early" if isinstance(error, EOFError) else "is not whole"
        raise InputError(
            f"{source.path.name}: the compressed file {what}: compress or copy it again. "
            "Nothing was loaded"
        ) from None


def _refuse_binary(source: Source, line: bytes) -> None:
    for start, (what, ending) in _BINARY.items():
        if line.startswith(start):
            raise InputError(
                f"{source.path.name} is no text: it is {what}, whose ending is {ending}: give it "
                "that ending, or save it as CSV. Nothing was loaded"
            )


def _utf8(source: Source, raw: Iterator[bytes]) -> Iterator[str]:
    for number, line in enumerate(raw, start=1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            utf_16 = number == 1 and (line[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in line)
            raise _wrong_encoding(source, number, "utf-16" if utf_16 else "windows-1252") from None


def _decoded(source: Source, raw: Iterator[bytes]) -> Iterator[str]:
    """As `_utf8`, where a line feed can be more than a byte, or be a part of a character."""
    decoder = codecs.getincrementaldecoder(source.encoding or "utf-8")("strict")
    rest, number = "", 0
    try:
        for line in raw:
            rest += decoder.decode(line)
            if len(rest) > _LONGEST_LINE:
                raise InputError(
                    f"{source.path.name}, line {number + 1}: longer than 4 MB, so this is no file "
                    "of rows. Nothing was loaded"
                )
            while (end := rest.find("\n") + 1) > 0:
                number += 1
                yield rest[:end].removeprefix("\ufeff") if number == 1 else rest[:end]
                rest = rest[end:]
        rest += decoder.decode(b"", final=True)
    except UnicodeError:
        raise _wrong_encoding(source, number + 1, "") from None
    if rest:
        yield rest


def _wrong_encoding(source: Source, line: int, likely: str) -> InputError:
    where = f"{source.path.name}, line {line}"
    if source.encoding:
        return InputError(
            f"{where}: not {source.encoding}: name the file's own encoding in datapackage.json, or "
            "save it as UTF-8. Nothing was loaded"
        )
    meant = "UTF-16, it seems" if likely == "utf-16" else "perhaps a file of Windows"
    return InputError(
        f"{where}: not UTF-8 ({meant}): save the file as UTF-8, or declare its encoding in "
        f'datapackage.json: {{"resources": [{{"name": "{source.table}", '
        f'"path": "{source.path.name}", "encoding": "{likely}"}}]}}. Nothing was loaded'
    )
