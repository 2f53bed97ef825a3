"""Tables in files: read from CSV, XLSX and ODS, and written so that a spreadsheet opens them safely."""

import csv
import io
import re
import zipfile
import zlib
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from itertools import chain
from typing import IO, BinaryIO
from xml.parsers.expat import ExpatError, ParserCreate
from xml.sax.saxutils import escape

from flask_babel import gettext as _

from core.errors import InputError
from core.text import fold, safe_cell

Cell = str | int | float
Row = tuple[int, list[str]]

DELIMITERS = (";", ",", "\t")
ROWS_SEARCHED_FOR_HEADER = 10
MAX_ROWS = 300_000
MAX_COLUMNS = 2_000
MAX_HEADING_CHARACTERS = 100
MAX_CELLS = 8_000_000
MAX_UNPACKED_BYTES = 256 * 1024 * 1024  # 100,000 attendees unpack to some 100 MiB
MAX_CELL_CHARACTERS = 32_767  # a cell of Excel takes no more, and what is longer would be lost without a word
_NARROWEST_COLUMN, _WIDEST_COLUMN = 8, 60  # in characters
_MOMENT = "yyyy-mm-dd hh:mm"  # read alike in every language
_CHUNK_BYTES = 64 * 1024
_ZIP_START = b"PK\x03\x04"
_COMPOUND_FILE_START = b"\xd0\xcf\x11\xe0"  # old XLS, and XLSX with a password
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # the stream of a compound file that holds a locked workbook
_CELL_PLACE = re.compile("([A-Z]{0,3})([0-9]{1,7})")
_EMPTY_CELL = frozenset({"table:number-columns-repeated", "table:style-name", "table:content-validation-name"})
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

csv.field_size_limit(64 * 1024 * 1024)  # the default of 128 KiB would end in an error without a row number


@dataclass(frozen=True)
class TableRow:
    """One row under the headings: `number` as the person sees it in the file, a value for every known column."""

    number: int
    values: dict[str, str]


def read_table(
    data: bytes,
    filename: str,
    columns: Mapping[str, Sequence[str]],
    required: Collection[str | tuple[str, ...]],
) -> list[TableRow]:
    """Give the rows of a file that hold something; the kind of file is told by its content, not by its name.

    `columns` gives each column the headings it is known by; those with other headings are passed over, and a column
    that the file lacks is an empty text in every row. A tuple in `required` asks for one of its columns.

    Raises `InputError`: nothing to read, unreadable, a required column missing or there twice, no rows.
    """
    if not data.strip():
        raise InputError([_("%(file)s is empty", file=filename)])
    names = {fold_heading(spelling): name for name, spellings in columns.items() for spelling in (name, *spellings)}
    if data.startswith((_ZIP_START, _COMPOUND_FILE_START)):
        rows = _read_workbook(data, filename)
    else:
        rows = _read_csv(data, filename, names)
    return _name_columns(rows, filename, columns, names, required)


def read_cells(data: bytes, filename: str) -> list[Row]:
    """Give every row of a file that holds something, whatever its headings, with its number as the person sees it.

    Raises `InputError`: nothing to read, unreadable.
    """
    if not data.strip():
        raise InputError([_("%(file)s is empty", file=filename)])
    if data.startswith((_ZIP_START, _COMPOUND_FILE_START)):
        rows = _read_workbook(data, filename)
    else:
        text = _decode(data, filename)
        rows = _parse_csv(text, _guess_delimiter(text), filename)
    if not rows:
        raise InputError([_("%(file)s is empty", file=filename)])
    return rows


def _guess_delimiter(text: str) -> str:
    """Choose what parts the first lines into most cells, and all of them into equally many."""
    head = "\n".join(text.splitlines()[:ROWS_SEARCHED_FOR_HEADER])

    def count_cells(delimiter: str) -> int:
        widths = Counter(len(row) for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter) if row)
        return max(((width - 1) * rows for width, rows in widths.items()), default=0)

    return max(DELIMITERS, key=count_cells)


def _name_columns(
    rows: list[Row],
    filename: str,
    columns: Mapping[str, Sequence[str]],
    names: Mapping[str, str],
    required: Collection[str | tuple[str, ...]],
) -> list[TableRow]:
    """Find the headings among the first rows and read what stands under them."""
    if not rows:
        raise InputError([_("%(file)s is empty", file=filename)])
    place = max(range(min(len(rows), ROWS_SEARCHED_FOR_HEADER)), key=lambda at: (_count_known(rows[at][1], names), -at))
    headings = [names.get(fold_heading(text)) for text in rows[place][1][:MAX_COLUMNS]]
    problems = [
        _("%(file)s has no column “%(column)s”", file=filename, column=_spell(choice, columns))
        for choice in required
        if not set(_alternatives(choice)) & set(headings)
    ]
    problems += [
        _("%(file)s has the column “%(column)s” twice", file=filename, column=_spell(name, columns))
        for name in columns
        if headings.count(name) > 1
    ]
    if problems:
        raise InputError(problems)
    if not rows[place + 1 :]:
        raise InputError([_("%(file)s has headings but no rows", file=filename)])
    problems = [
        _("Row %(number)d: it has more cells than there are headings", number=number)
        for number, cells in rows[place + 1 :]
        if any(cells[len(headings) :])
    ]
    if problems:
        raise InputError(problems)
    empty = dict.fromkeys(columns, "")
    return [
        TableRow(number, empty | {name: text for name, text in zip(headings, cells, strict=False) if name})
        for number, cells in rows[place + 1 :]
    ]


def fold_heading(text: str) -> str:
    """Give a heading as headings are compared: two spellings of one fold to the same text."""
    return fold(text[:MAX_HEADING_CHARACTERS].replace("_", " ").replace("*", ""))


def _count_known(cells: Sequence[str], names: Mapping[str, str]) -> int:
    return len({names[heading] for heading in map(fold_heading, cells[:MAX_COLUMNS]) if heading in names})


def _alternatives(choice: str | tuple[str, ...]) -> tuple[str, ...]:
    return (choice,) if isinstance(choice, str) else choice


def _spell(choice: str | tuple[str, ...], columns: Mapping[str, Sequence[str]]) -> str:
    return next((spelling for name in _alternatives(choice) for spelling in columns[name]), _alternatives(choice)[0])


def _read_csv(data: bytes, filename: str, names: Mapping[str, str]) -> list[Row]:
    text = _decode(data, filename)
    head = "\n".join(text.splitlines()[:ROWS_SEARCHED_FOR_HEADER])

    def known(delimiter: str) -> int:
        rows = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
        return max((_count_known(row, names) for row in rows), default=0)

    return _parse_csv(text, max(DELIMITERS, key=known), filename)


def _decode(data: bytes, filename: str) -> str:
    """Text in the encoding that its mark says, else UTF-8, else what Windows calls ANSI in Western Europe."""
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif data.startswith(BOM_UTF8):
        encodings = ["utf-8-sig"]
    else:
        encodings = ["utf-8", "cp1252"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _unreadable(filename)


def _parse_csv(text: str, delimiter: str, filename: str) -> list[Row]:
    """Rows with the line each starts on: a quoted line break inside a cell moves the lines after it."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[Row] = []
    first_line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((first_line, [_undo_safe_cell(cell.strip()) for cell in cells]))
            first_line = reader.line_num + 1
            _refuse_too_many(len(rows), filename)
    except csv.Error as error:
        problem = _("Row %(number)d: a quotation mark is not closed or stands inside a text", number=first_line)
        raise InputError([problem]) from error
    return rows


def _undo_safe_cell(text: str) -> str:
    """Take away the apostrophe that `safe_cell` put in front, so that an export comes back as it was."""
    return text[1:] if text.startswith("'") and safe_cell(text[1:]) == text else text


def _read_workbook(data: bytes, filename: str) -> list[Row]:
    from python_calamine import (  # noqa: PLC0415 - only importers of spreadsheets pay for it
        CalamineError,
        PasswordError,
        load_workbook,
    )

    if data.startswith(_COMPOUND_FILE_START):
        raise _locked(filename) if _ENCRYPTED in data else _unreadable(filename)
    try:
        with load_workbook(_pack_anew(data, filename)) as workbook:
            for name in workbook.sheet_names:
                sheet = workbook.get_sheet_by_name(name)
                _refuse_too_many(sheet.height, filename)
                rows = [
                    (number, [_text(value) for value in cells]) for number, cells in enumerate(sheet.iter_rows(), 1)
                ]
                filled = [(number, cells) for number, cells in rows if any(cells)]
                if filled:
                    return filled
    except PasswordError as error:
        raise _locked(filename) from error
    except CalamineError as error:
        raise _unreadable(filename) from error
    return []


def _locked(filename: str) -> InputError:
    return InputError([_("%(file)s is protected by a password", file=filename)])


def _unreadable(filename: str) -> InputError:
    return InputError([_("%(file)s is not a CSV, XLSX or ODS file that can be read", file=filename)])


def _too_large(filename: str) -> InputError:
    return InputError([_("%(file)s is too large", file=filename)])


def _refuse_too_many(count: int, filename: str) -> None:
    if count > MAX_ROWS:
        raise InputError([_("%(file)s has more than %(count)d rows", file=filename, count=MAX_ROWS)])


def _pack_anew(data: bytes, filename: str) -> BinaryIO:
    """Give the workbook again with nothing in it but XML that was read through, or refuse it when it is too large.

    calamine lays a sheet out as a full rectangle, and a process that asks for more memory than there is is ended, not
    told. Which part is a sheet, and how large, is the file's own word: so all of them are measured, and what was
    measured is all that calamine gets.
    """
    packed = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            if b":encryption-data" in _read_manifest(package):
                raise _locked(filename)
            parts = {part.filename: part for part in package.infolist() if _is_xml(part.filename)}
            if sum(part.file_size for part in parts.values()) > MAX_UNPACKED_BYTES:
                raise _too_large(filename)
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
                if "mimetype" in package.namelist():
                    copy.writestr("mimetype", ODS_TYPE)
                cells = 0
                for name, part in parts.items():
                    with package.open(part) as source, copy.open(name, "w") as target:
                        cells += _copy_counting(source, target)
                    if cells > MAX_CELLS:
                        raise _too_large(filename)
    except (zipfile.BadZipFile, zlib.error, ExpatError, EOFError, ValueError, RuntimeError) as error:
        raise _unreadable(filename) from error
    packed.seek(0)
    return packed


def _is_xml(name: str) -> bool:
    return name.lower().endswith((".xml", ".rels"))


def _read_manifest(package: zipfile.ZipFile) -> bytes:
    """Give the beginning of what says how the parts of an ODS are locked; nothing for another kind of file."""
    try:
        with package.open("META-INF/manifest.xml") as manifest:
            return manifest.read(_CHUNK_BYTES)
    except KeyError:
        return b""


def _copy_counting(source: IO[bytes], target: IO[bytes]) -> int:
    """Copy one part of a workbook and count the cells of the rectangle that the sheets in it span."""
    rectangle = _Rectangle()
    parser = ParserCreate()
    parser.StartElementHandler = rectangle.grow
    while chunk := source.read(_CHUNK_BYTES):
        parser.Parse(chunk, False)
        target.write(chunk)
    parser.Parse(b"", True)
    return rectangle.rows * rectangle.columns


class _Rectangle:
    """How far a sheet reaches: cells of XLSX say their place, those of ODS follow one another and repeat."""

    def __init__(self) -> None:
        self.rows = self.columns = 0
        self._row = self._column = 0

    def grow(self, name: str, attributes: dict[str, str]) -> None:
        """Take one element of the sheet into account."""
        if name in {"table:table-cell", "table:covered-table-cell"}:
            self._column += int(attributes.get("table:number-columns-repeated", 1))
            if not _EMPTY_CELL.issuperset(attributes):
                self._reach(self._row, self._column)
        elif name == "text:p":
            self._reach(self._row, self._column)
        elif name == "table:table-row":
            self._row += int(attributes.get("table:number-rows-repeated", 1))
            self._column = 0
        elif name == "table:table":
            self._row = self._column = 0
        elif "r" in attributes and name.rpartition(":")[2] in {"c", "row"}:
            place = _CELL_PLACE.fullmatch(attributes["r"])
            if place is None:
                raise ValueError("a cell at no place of a sheet")
            self._reach(int(place[2]), _column_number(place[1]))

    def _reach(self, row: int, column: int) -> None:
        self.rows = max(self.rows, row)
        self.columns = max(self.columns, column)


@cache
def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _text(value: object) -> str:
    """Give a cell as a person would type it: whole numbers without `.0`, dates as ISO 8601."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return str(value).strip()


def write_csv(
    header: Sequence[str], rows: Iterable[Sequence[Cell]], *, delimiter: str = ";", has_mark: bool = True
) -> Iterator[bytes]:
    """Give the table as CSV in pieces: UTF-8 with its mark, CRLF, no cell that a spreadsheet would run.

    Programs other than spreadsheets may want another delimiter, and take the mark for a part of the first heading.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n")
    if has_mark:
        yield BOM_UTF8
    for row in chain([header], rows):
        writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])
        if buffer.tell() >= _CHUNK_BYTES:
            yield _take(buffer)
    yield _take(buffer)


def at_row(number: int, reason: str) -> str:
    """Say in which row of a file something is wrong."""
    return str(_("Row %(number)d: %(reason)s", number=number, reason=reason))


def _take(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode(errors="replace")  # half a surrogate pair is no text in any encoding


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook; its name has letters, digits and spaces, 31 at most, and no other sheet has it."""

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell | datetime]]


def write_xlsx(header: Sequence[str], rows: Iterable[Sequence[Cell]], file: BinaryIO) -> None:
    """Write the table as XLSX, row by row; a text is always a text, whatever sign it starts with."""
    write_workbook([Sheet("", header, rows)], file)


def write_workbook(sheets: Iterable[Sheet], file: BinaryIO) -> None:
    """Write several tables as one XLSX, each on a sheet of its own, row by row; a moment is as clocks there show it.

    Each column is as wide as what stands in it, up to a width that can still be read on a screen.
    """
    import xlsxwriter  # noqa: PLC0415 - only exports of spreadsheets pay for it

    with xlsxwriter.Workbook(file, {"constant_memory": True}) as workbook:
        bold, moment = workbook.add_format({"bold": True}), workbook.add_format({"num_format": _MOMENT})
        for table in sheets:
            sheet = workbook.add_worksheet(table.name or None)
            sheet.freeze_panes(1, 0)
            widths = {column: max(len(text), _NARROWEST_COLUMN) for column, text in enumerate(table.header)}
            for column, text in enumerate(table.header):
                sheet.write_string(0, column, _fit(text), bold)
            for number, row in enumerate(table.rows, 1):
                for column, cell in enumerate(row):
                    if isinstance(cell, str):
                        if cell:  # an empty cell is none
                            sheet.write_string(number, column, _fit(cell))
                            widths[column] = max(widths.get(column, 0), len(cell))
                    elif isinstance(cell, datetime):
                        sheet.write_datetime(number, column, cell, moment)
                        widths[column] = max(widths.get(column, 0), len(_MOMENT))
                    else:
                        sheet.write_number(number, column, cell)
            for column, width in widths.items():
                sheet.set_column(column, column, min(width, _WIDEST_COLUMN) + 2)


def write_ods(header: Sequence[str], rows: Iterable[Sequence[Cell]], file: BinaryIO) -> None:
    """Write the table as ODS (OASIS OpenDocument 1.3), row by row; a text is always a text."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        # Part 2, 3.3: the type comes first and is not compressed.
        package.writestr("mimetype", ODS_TYPE, compress_type=zipfile.ZIP_STORED)
        package.writestr("META-INF/manifest.xml", _ODS_MANIFEST)
        with package.open("content.xml", "w", force_zip64=True) as content:
            content.write(_ODS_START)
            lines: list[str] = []
            for row in chain([header], rows):
                lines.append(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>")
                if len(lines) >= 200:
                    content.write("".join(lines).encode(errors="replace"))
                    lines.clear()
            content.write("".join(lines).encode(errors="replace") + _ODS_END)


def _ods_cell(cell: Cell) -> str:
    if isinstance(cell, str):
        paragraphs = "".join(f"<text:p>{_ods_text(line)}</text:p>" for line in _fit(cell).split("\n"))
        return f'<table:table-cell office:value-type="string">{paragraphs}</table:table-cell>'
    return (
        f'<table:table-cell office:value-type="float" office:value="{cell}"><text:p>{cell}</text:p></table:table-cell>'
    )


def _ods_text(line: str) -> str:
    """Escape the text of a paragraph; OpenDocument counts several spaces as one unless told."""
    return escape(line).replace("  ", " <text:s/>")


def _fit(text: str) -> str:
    """Make `text` fit a spreadsheet's cell: XML 1.0 has no place for control signs, and its length has a limit."""
    if not text.isprintable():
        text = _NOT_XML.sub("", text)
    return text if len(text) <= MAX_CELL_CHARACTERS else text[: MAX_CELL_CHARACTERS - 1] + "…"


def write_table(format_: str, header: Sequence[str], rows: Iterable[Sequence[Cell]], file: BinaryIO) -> None:
    """Write the table in one of `FORMATS`."""
    if format_ == "xlsx":
        write_xlsx(header, rows, file)
    elif format_ == "ods":
        write_ods(header, rows, file)
    else:
        file.writelines(write_csv(header, rows))


XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
CSV_TYPE = "text/csv; charset=utf-8"
FORMATS = {"csv": CSV_TYPE, "xlsx": XLSX_TYPE, "ods": ODS_TYPE}
"""The formats that tables are written in, by the ending of their files, with their media types."""

_ODS_MANIFEST = f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">
<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{ODS_TYPE}"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
</manifest:manifest>
"""
_ODS_START = b"""<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" \
xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" \
xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.3">\
<office:body><office:spreadsheet><table:table table:name="1">"""
_ODS_END = b"</table:table></office:spreadsheet></office:body></office:document-content>"
