"""Formats that are no tables, told by how a file begins, so that each is named instead of being read as CSV."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

OLD_EXCEL = "an old Excel workbook (.xls)"
LOCKED = "a workbook protected by a password"
_SIGNS: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0", OLD_EXCEL),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "compressed (gzip)"),
    (b"BZh", "compressed (bzip2)"),
    (b"\xfd7zXZ", "compressed (xz)"),
    (b"\x28\xb5\x2f\xfd", "compressed (zstd)"),
    (b"7z\xbc\xaf", "compressed (7z)"),
    (b"Rar!", "compressed (rar)"),
    (b"SQLite format 3", "a SQLite database"),
    (b"\x00\x01\x00\x00Standard", "an Access database"),
    (b"ARROW1", "an Arrow file"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"$FL2", "an SPSS file"),
    (b"$FL3", "an SPSS file"),
    (b"<stata_dta>", "a Stata file"),
    (b"HEADER RECORD*******", "a SAS transport file"),
    (b"\x89PNG", "an image (PNG)"),
    (b"\xff\xd8\xff", "an image (JPEG)"),
    (b"GIF8", "an image (GIF)"),
    (b"II*\x00", "an image (TIFF)"),
    (b"MM\x00*", "an image (TIFF)"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"MIME-Version:", "a web archive (MHTML)"),
)
_SAS = bytes(12) + b"\xc2\xea\x81\x60\xb3\x14\x11\xcf\xbd\x92\x08\x00\x09\xc7\x31\x8c"
_OLD_STATA = re.compile(rb"[\x6c-\x73][\x01\x02]\x01\x00")
_INSIDE = (("word/", "a Word document"), ("ppt/", "a PowerPoint document"))


NDJSON = "JSON, one object a line (NDJSON)"


def not_a_table(start: bytes, lines: bool = False) -> str:
    """What a file is, in words, that begins with these bytes and holds no table of cells; empty if it may. `lines`: its
    name says that it holds one JSON object a line."""
    for sign, what in _SIGNS:
        if start.startswith(sign) and (sign != b"ORC" or not start[3:4].isalpha()):
            # Of a protected workbook, too, Excel makes such a container, with parts that are named so.
            locked = what is OLD_EXCEL and "EncryptedPackage".encode("utf-16-le") in start
            return LOCKED if locked else what
    if start.startswith(_SAS):  # not anywhere near the start: a table may hold these bytes in a cell
        return "a SAS file (.sas7bdat)"
    if _OLD_STATA.match(start):
        return "a Stata file"
    return _text(_decoded(start).lstrip("\ufeff \t\r\n"), lines)


def _decoded(start: bytes) -> str:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return start.decode("utf-16", "replace")
    return start.decode("utf-8", "replace")


# Of a message without its first segment; a table parted by | has no two rows that begin so.
_SEGMENTS = re.compile(
    r"(?:pid|pv1|evn|orc|obr|dg1)\|\d*\|[^\r\n]*[\r\n]+(?:pid|pd1|pv[12]|orc|ob[rx]|dg1|in1|nk1|al1)\|"
)


def _text(text: str, lines: bool) -> str:
    low = text[:1000].lower()
    if re.match(r"isa[^a-z0-9\s,;|].{2}[^a-z0-9\s,;|]", low):
        return "an X12 message" + _transaction(low)
    if re.match(r"(gs\*[a-z]{2}|st\*\d{3})\*", low):  # without its envelope
        return "an X12 message" + _transaction(low)
    if re.match(r"(msh|fhs|bhs)\|[\^~\\\\&]", low) or _SEGMENTS.match(low):
        return "an HL7 v2 message"
    if low.startswith("<"):
        return _marked_up(low)
    if low.startswith(("{", "[")):
        return _json(text, lines)
    return ""


def _transaction(low: str) -> str:
    kind = re.search(r"\bst[^a-z0-9](\d{3})[^a-z0-9]", low)
    return f" ({kind[1]})" if kind else ""


def _marked_up(low: str) -> str:
    # A workbook in XML holds a <Table> and, in its first lines, the names of HTML.
    if "urn:schemas-microsoft-com:office:spreadsheet" in low or 'progid="excel.sheet"' in low:
        return "an Excel workbook in XML (2003)"
    if "http://hl7.org/fhir" in low:
        return "a FHIR resource in XML"
    if re.search(r"<(!doctype html|html|table|body|head)\b", low):
        return "an HTML page"
    return "XML" if re.match(r"<(\?xml|!--|[a-z_][\w:.-]*( [^>]*)?/?>\s*<)", low) else ""


def _json(text: str, lines: bool) -> str:
    """A first line that is one whole object, and a second that begins another, is one record a line."""
    first, _, rest = text.partition("\n")
    try:
        whole = isinstance(json.loads(first), dict)
        lines = whole and (rest.lstrip().startswith("{") or lines)
    except (ValueError, RecursionError):
        lines = lines and text.startswith("{") and rest.lstrip().startswith("{")
    if not lines and not re.match(r"[{\[]\s*([{\[\]}]|\"(?:[^\"\\]|\\.)*\"\s*[:,\]]|-?\d|$)", text):
        return ""
    fhir = '"resourceType"' in text
    if lines:
        return "FHIR, one resource a line (NDJSON)" if fhir else NDJSON
    return "a FHIR resource (JSON)" if fhir else "JSON"


def not_a_table_in_zip(path: Path) -> str:
    """What a zip file is, in words, unless it is a workbook (or broken, which opening it tells better)."""
    try:
        with zipfile.ZipFile(path) as packed:
            names = packed.namelist()[:10_000]
    except (OSError, zipfile.BadZipFile):  # of a workbook that is told where it is opened
        return "" if path.suffix.lower() in (".xlsx", ".xlsm") else "a broken zip file"
    if any(n.startswith("xl/") for n in names):
        return "an Excel workbook in binary form (.xlsb)" if "xl/workbook.bin" in names else ""
    if "mimetype" in names and "content.xml" in names:
        return "an OpenDocument file"
    inside = next((what for sign, what in _INSIDE if any(n.startswith(sign) for n in names)), "")
    return inside or "compressed (zip)"


def instead(kind: str) -> str:
    """What to do about a file of this kind."""
    if kind.startswith("compressed"):
        return "unpack it first"
    if kind == LOCKED:
        return "take the password away in Excel, or save it as CSV"
    if "FHIR" in kind or "message" in kind:
        return "make a table of it, one request a row, as CSV, .xlsx or Parquet"
    if kind == "JSON":
        return "write one object a line (.jsonl), or CSV, .xlsx or Parquet, one request a row"
    if kind.startswith("XML"):
        return "write it as CSV, .xlsx or Parquet, one request a row"
    return "save it as CSV, .xlsx or Parquet"
