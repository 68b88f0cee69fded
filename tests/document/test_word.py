"""The document laid out and made PDF by Word: a Word that is none stands in for it, with the members that are used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import docx
import pytest

from addin.document import Word
from addin.verbs import report
from tests.support.command import run_command
from tests.support.live import Steps

_PDF = b"%PDF-1.7 as Word prints it"


class Refused(Exception):
    """What Word raises."""


class FakeWord:
    """A Word application: what it was told, in order. `fails`: the member that refuses."""

    told: list[tuple[str, Any]]
    fails: str
    other: str  #: what its contents list besides

    def __init__(self, fails: str = "", other: str = "") -> None:
        self.__dict__.update(told=[], fails=fails, other=other, Documents=self)

    def __setattr__(self, name: str, value: Any) -> None:
        self.told.append((name, value))

    def start(self) -> FakeWord:
        self.tell("start")
        return self

    def tell(self, name: str, **options: Any) -> None:
        self.told.append((name, options))
        if name == self.fails:
            raise Refused(name)

    def Open(self, **options: Any) -> FakeDocument:  # noqa: N802 - Word's own names
        self.tell("Open", **options)
        return FakeDocument(self, Path(options["FileName"]))

    def Quit(self, **options: Any) -> None:  # noqa: N802
        self.tell("Quit", **options)


def _entries(document: Path) -> list[str]:
    """The lines of a document's contents."""
    paragraphs = docx.Document(str(document)).paragraphs
    return [p.text for p in paragraphs if p.style is not None and (p.style.name or "").startswith("toc")]


class FakeDocument:
    """A document open in it; its contents list the headings, each on a page of its own from 3 on."""

    def __init__(self, word: FakeWord, path: Path) -> None:
        self.word, self.path = word, path
        self.Range = self

    def TablesOfContents(self, number: int) -> FakeDocument:  # noqa: N802
        assert number == 1
        return self

    def Update(self) -> None:  # noqa: N802
        self.word.tell("Update")

    @property
    def Text(self) -> str:  # noqa: N802
        styled = (
            (p.style.name if p.style is not None else "", p.text) for p in docx.Document(str(self.path)).paragraphs
        )
        listed = [text.split("\t")[0] for style, text in styled if (style or "").startswith("toc")]
        return "".join(f"{text}\t{page}\r" for page, text in enumerate(listed, 3)) + self.word.other

    def ExportAsFixedFormat(self, **options: Any) -> None:  # noqa: N802
        self.word.tell("ExportAsFixedFormat", **options)
        Path(options["OutputFileName"]).write_bytes(_PDF)

    def Close(self, **options: Any) -> None:  # noqa: N802
        self.word.tell("Close", **options)


@pytest.fixture
def office_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "find_office", lambda: pytest.fail("LibreOffice is asked though there is a Word"))


def _with(word: FakeWord, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "find_word", lambda: Word(word.start, (Refused,)))


def test_the_contents_have_the_pages_of_word_and_the_pdf_is_words(
    steps: Steps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, office_is_not_asked: None
) -> None:
    word = FakeWord()
    _with(word, monkeypatch)
    report.report_files(steps.narrated, [tmp_path / "公开.docx", tmp_path / "公开.pdf"], lambda _: None)
    assert (tmp_path / "公开.pdf").read_bytes() == _PDF
    entries = _entries(tmp_path / "公开.docx")
    assert [entry.rpartition("\t")[2] for entry in entries] == [str(page) for page in range(3, 3 + len(entries))]
    one = ["start", "Visible", "DisplayAlerts", "AutomationSecurity", "Open"]
    assert [name for name, _ in word.told] == [
        *one,
        "Update",
        "Close",
        "Quit",
        *one,
        "ExportAsFixedFormat",
        "Close",
        "Quit",
    ]
    told = dict(word.told)
    assert (told["Visible"], told["DisplayAlerts"], told["AutomationSecurity"]) == (False, 0, 3)
    assert told["Open"]["ReadOnly"] is True
    assert told["ExportAsFixedFormat"]["CreateBookmarks"] == 1
    assert told["Close"] == told["Quit"] == {"SaveChanges": 0}


@pytest.mark.parametrize(
    ("fails", "other", "says"),
    [
        ("start", "", "Word 无法启动，请关闭已打开的 Word"),
        ("Open", "", "Word 没有完成排版"),
        ("Update", "", "Word 没有完成排版"),
        ("ExportAsFixedFormat", "", "Word 没有完成排版"),
        ("", "另一节\t9\r", "Word 排出的目录与各节标题不一致"),
    ],
)
def test_a_word_that_fails_is_a_sentence_and_ended_and_nothing_is_written(
    steps: Steps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str, other: str, says: str
) -> None:
    word = FakeWord(fails, other)
    _with(word, monkeypatch)
    done = run_command("report", steps.narrated, "-o", tmp_path / "公开.pdf")
    assert done.code == 2
    assert says in done.err
    assert list(tmp_path.iterdir()) == []
    names = [name for name, _ in word.told]
    assert names.count("Quit") == names.count("start") - (fails == "start")
    assert names.count("Close") == names.count("Open") - (fails == "Open")
