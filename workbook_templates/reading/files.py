"""The files of an edition and their schemas, each read from the edition's folder or from that of its base."""

import hashlib
import os
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from workbook_templates.reading.audit import AuditKeys
from workbook_templates.reading.document import DocumentKeys
from workbook_templates.reading.errors import EditionError
from workbook_templates.reading.form_files import FormKeys
from workbook_templates.reading.inputs import InputsKeys, LedgersKeys, SheetsKeys
from workbook_templates.reading.narrative import NarrativeKeys
from workbook_templates.reading.performance_keys import PerformanceKeys
from workbook_templates.reading.relations import RelationsKeys
from workbook_templates.reading.toml_files import Measure, Schema, faults, likely, place_of, read_toml

EDITIONS_FOLDER = Path(__file__).parents[1] / "editions"
HEAD = "edition.toml"
FORMS = "forms"
LEDGER = "ledger.toml"
INPUTS = "inputs.toml"
SHEETS = "sheets.toml"
GLOSSARY = "glossary.toml"
#: The file of an edition that holds its relations.
RELATIONS = "relations.toml"
NARRATIVE = "narrative.toml"
AUDIT = "audit.toml"
PERFORMANCE = "performance.toml"
DOCUMENT = "document.toml"
#: Begins a comment in an edition's files that asks the reader something.
QUESTION = "# 问"
#: Longest chain of editions that rest on one another.
_LONGEST_CHAIN = 8


class Term(Schema, frozen=True):
    """A term of the glossary."""

    term: str  #: the term
    text: str  #: its explanation, in which `words` may stand in braces


class GlossaryKeys(Schema, frozen=True):
    """名词解释."""

    terms: tuple[Term, ...]  #: the terms, in order
    words: Mapping[str, Mapping[str, str]] = {}  #: words that depend on 政府级次, by its values


class Entry(Schema, frozen=True):
    """An entry of a list of fixed rows."""

    label: str  #: the printed label
    code: str = ""  #: what stands for `{code}` in the rows' filters


class HeadKeys(Schema, frozen=True):
    """The edition as a whole."""

    name: str  #: its name, that of its folder
    title: str  #: what the clerk calls the form
    version: str  #: of the template; a workbook whose version begins with another number is refused
    year: int  #: the year that a new workbook is of, where none is said
    codes: str  #: the folder of its classifications in `workbook_templates/codes/`
    unit_of_measure: Measure  #: of the tables
    unit_name_line: str  #: the line above a table that names the unit: `{unit}`
    unit_of_measure_line: str  #: the line above a table that names the unit of measure: `{measure}`
    form_line: str  #: the line above a table that names its number: `{number}`
    empty_note: str  #: what stands under a table without data
    base: str = ""  #: the edition that this one rests on: what it lacks is the base's
    without: tuple[str, ...] = ()  #: what it does not have of the base: codes of tables, numbers of relations
    last_place: Literal["fixed", "own"] = "fixed"  #: two decimals, or the finest place that a table's amounts show
    document_words: Mapping[str, Mapping[str, str]] = {}  #: words of titles and notes, by the values of 公开口径
    groups: Mapping[str, tuple[str, ...]] = {}  #: values that filters name together, as `"@name"`
    lists: Mapping[str, tuple[Entry, ...]] = {}  #: fixed rows that several tables share


#: The files of an edition and their schemas.
SCHEMAS: Mapping[str, type[Schema]] = {
    HEAD: HeadKeys,
    f"{FORMS}/tNN.toml": FormKeys,
    RELATIONS: RelationsKeys,
    LEDGER: LedgersKeys,
    INPUTS: InputsKeys,
    SHEETS: SheetsKeys,
    NARRATIVE: NarrativeKeys,
    AUDIT: AuditKeys,
    PERFORMANCE: PerformanceKeys,
    DOCUMENT: DocumentKeys,
    GLOSSARY: GlossaryKeys,
}


_LARGEST_ZIP = 20_000_000
#: What a packed edition may hold: its files, in a folder of its name or not; nothing that leads out of it.
_ENTRY = re.compile(r"(?:[\w-]+/)?(?:(?:forms|narrative)/)?[\w-]+\.(?:toml|j2|xlsx|txt)")
#: A child process looks where its parent looks: folders, separated as the system separates them.
OUTSIDE = "YUSUAN_EDITIONS"
#: Folders besides the program's own in which editions lie: the user's, and those of the workbooks at hand.
_OUTSIDE: list[Path] = [Path(folder) for folder in os.environ.get(OUTSIDE, "").split(os.pathsep) if folder]


def look_in(folder: Path) -> None:
    """From now on the editions in that folder count too; one of the program's own name never does."""
    if (
        folder not in _OUTSIDE
        and folder.is_dir()
        and any(is_edition(path) for path in folder.iterdir() if path.is_dir())
    ):
        _OUTSIDE.append(folder)


def looked_in() -> str:
    """The folders that were told of, as a child process is told of them."""
    return os.pathsep.join(map(str, _OUTSIDE))


def available_editions() -> list[str]:
    """Names of the editions that come with the program, and of those in the folders that it was told to look in."""
    folders = [folder for folder in (EDITIONS_FOLDER, *_OUTSIDE) if folder.is_dir()]
    return sorted({path.name for folder in folders for path in folder.iterdir() if path.is_dir() and is_edition(path)})


def edition_folder(name: str) -> Path:
    """The folder of an edition by its name; that of the program goes before any other."""
    return next((f / name for f in (EDITIONS_FOLDER, *_OUTSIDE) if (f / name / HEAD).is_file()), EDITIONS_FOLDER / name)


def chain(folder: Path) -> tuple[Path, ...]:
    """An edition's folder and those of the editions it rests on (`base`), nearest first."""
    return tuple(_nearest_first(folder))


def _nearest_first(folder: Path) -> Iterator[Path]:
    """One folder after the other; what a folder rests on is read only where it is asked for."""
    found = [folder]
    yield folder
    while base := read_toml(found[-1] / HEAD).get("base"):
        if wrong := list(faults(base, str, "base")):
            raise EditionError(f"{place_of(HEAD)}：{wrong[0]}")
        beside = folder.parent / base
        following = beside if (beside / HEAD).is_file() else edition_folder(base)
        if not (following / HEAD).is_file():
            raise EditionError(f"版式目录 {found[-1].name}：base 所指的版式“{base}”不存在")
        if following in found or len(found) == _LONGEST_CHAIN:
            raise EditionError(f"版式目录 {folder.name}：base 互相引用，无法读取")
        found.append(following)
        yield following


def holder(folder: Path, name: str) -> Path:
    """The folder that a file of an edition is read from: its own, or the nearest base that has it."""
    return next((place for place in _nearest_first(folder) if (place / name).exists()), folder)


def edition_head(folder: Path) -> dict[str, Any]:
    """edition.toml over those of the bases; in groups, lists and words entry by entry."""
    result: dict[str, Any] = {}
    for place in reversed(chain(folder)):
        for key, value in read_toml(place / HEAD).items():
            old = result.get(key)
            result[key] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def form_files(folder: Path) -> dict[str, list[Path]]:
    """The files of the forms by name, each with those of the same name in the bases, the farthest first."""
    found: dict[str, list[Path]] = {}
    for place in reversed(chain(folder)):
        for path in (place / FORMS).glob("*.toml"):
            found.setdefault(path.name, []).append(path)
    return {name: found[name] for name in sorted(found)}


def fingerprint(folder: Path) -> str:
    """Twelve hex digits of an edition's tables, ledgers, fields and relations: another of its name has others."""
    said = hashlib.sha256()
    for place in chain(folder):
        paths = [place / name for name in (HEAD, RELATIONS, LEDGER, INPUTS)]
        for path in [*paths, *sorted((place / FORMS).glob("*.toml"))]:
            if path.is_file():
                said.update(path.name.encode() + path.read_bytes().replace(b"\r\n", b"\n"))
    return said.hexdigest()[:12]


def is_edition(path: Path) -> bool:
    """Whether a folder or a zip file is an edition's."""
    try:
        if path.is_dir():
            return (path / HEAD).is_file()
        with zipfile.ZipFile(path) as archive:
            return bool({HEAD, f"{path.stem}/{HEAD}"} & {*archive.namelist()})
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def in_zip(name: str) -> bool:
    """Whether a packed edition may hold a file of that name; nothing else of a folder is the edition's."""
    return _ENTRY.fullmatch(name) is not None


def unpacked(packed: Path, into: Path) -> Path:
    """The folder of an edition that came as a zip file, unpacked below `into` once for each content.

    Data alone is taken: tables, wording, the template. Raises EditionError where it is no such file.
    """
    data = packed.read_bytes() if packed.stat().st_size < _LARGEST_ZIP else b""
    target = into / hashlib.sha256(data).hexdigest()[:12] / packed.stem
    if (target / HEAD).is_file():
        return target
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = [e for e in archive.infolist() if not e.is_dir()]
            wrong = [e.filename for e in entries if not in_zip(e.filename)]
            if wrong or sum(e.file_size for e in entries) > _LARGEST_ZIP:
                raise EditionError(
                    f"“{packed.name}”不是版式文件：" + (f"不应含有“{wrong[0]}”" if wrong else "内容过大")
                )
            parts = {e.filename.removeprefix(f"{packed.stem}/"): archive.read(e) for e in entries}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError):
        raise EditionError(f"“{packed.name}”不是可用的 zip 文件") from None
    if HEAD not in parts:
        raise EditionError(f"“{packed.name}”不是版式文件：缺少 {packed.stem}/{HEAD}")
    for name, content in parts.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(content)
    return target


def open_questions(folder: Path) -> Iterator[str]:
    """What the files of an edition's own folder ask, a sentence each with its file and line."""
    for path in sorted(folder.rglob("*.toml")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            before, mark, asked = line.partition(QUESTION)
            if mark:
                what = f"{before.strip().rstrip(',')} " if before.strip() else ""
                yield f"{path.relative_to(folder).as_posix()} 第{number}行：{what}{asked}"


def stray_files(folder: Path) -> Iterator[str]:
    """A sentence for every file of an edition's own folder that nobody would read: its name is misspelt."""
    for path in sorted(folder.glob("*.toml")):
        if path.name not in SCHEMAS:
            near = likely(path.name, list(SCHEMAS))
            yield f"{place_of(path.name)}：没有这个名称的文件" + (f"，是否应为“{near}”？" if near else "")
