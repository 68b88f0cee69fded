"""Nobody but the one page gets anything from 工作台: a test for each way in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from wsgiref.util import setup_testing_defaults

import pytest
from lxml import html
from openpyxl import Workbook
from openpyxl.cell import Cell

from tests.support.books import edited
from tests.support.desk import HOST, OWN, OpenDesk


@pytest.fixture(scope="module")
def opened(sample_book: Path) -> OpenDesk:
    return OpenDesk(sample_book)


@pytest.mark.parametrize(
    "path", ["/", "/view/overview", "/events", "/static/desk.js", "/question", "/?token=", "/?token=x"]
)
def test_without_the_token_nothing_is_served(opened: OpenDesk, path: str) -> None:
    for other in (opened.stranger(), opened.neighbour()):
        response = other.get(path)
        assert response.status_code == 403
        assert "示例市" not in response.text
        assert other.post("/press", json={"command": "about"}, headers=OWN).status_code == 403


def test_the_token_opens_the_page_once(opened: OpenDesk) -> None:
    assert opened.stranger().get("/", params={"token": opened.guard.token}).status_code == 403


def test_the_cookie_alone_gets_no_data(opened: OpenDesk) -> None:
    """Who was shown it knows neither the place to which browsers send it nor the key that stands in the page."""
    assert opened.guard.place in opened.client.get("/static/desk.js").request.url.path
    (known,) = [cookie for cookie in opened.client.cookies.jar if cookie.name == opened.guard.cookie]
    assert known.path == opened.guard.place
    for other in (opened.stranger(), opened.neighbour()):
        other.headers["cookie"] = f"{opened.guard.cookie}={opened.cookie}"
        assert other.get("/view/overview").status_code == 403
        assert other.post("/press", json={"command": "about"}, headers=OWN).status_code == 403
    assert opened.stranger().get("/", headers={"cookie": f"{opened.guard.cookie}={opened.cookie}"}).status_code == 403
    assert opened.client.get("/view/overview").status_code == 200, "the page is still the one"


@pytest.mark.parametrize("others", ['a={"b": [1, 2]}; c', "yusuan-5001=x; yusuan=y", ";;=;"])
def test_cookies_of_other_programs_of_this_machine_do_no_harm(sample_book: Path, others: str) -> None:
    """Browsers send the cookies of all ports, so those of another desk and of anything else come along."""
    desk = OpenDesk(sample_book)
    assert desk.guard.cookie.endswith("-5000")
    own = f"{others}; {desk.guard.cookie}={desk.cookie}"
    desk.client.cookies.clear()
    for cookies, status in ((own, 200), (others, 403)):
        assert desk.client.get("/view/overview", headers={"cookie": cookies}).status_code == status


def test_a_cookie_in_another_encoding_does_no_harm(opened: OpenDesk) -> None:
    said = {"HTTP_HOST": HOST, "HTTP_COOKIE": f"a=\xd6\xd0; {opened.guard.cookie}={opened.cookie}"}
    request = {"PATH_INFO": f"{opened.guard.place}static/desk.js", **said}
    setup_testing_defaults(request)
    answers: list[str] = []
    assert opened.app(request, lambda status, _headers, _error=None: answers.append(status))
    assert answers == ["200 OK"]


def test_the_cookie_does_not_outlive_the_browser(sample_book: Path) -> None:
    desk = OpenDesk(sample_book)
    again = desk.client.get("/")
    said = again.headers["set-cookie"].lower()
    assert "httponly" in said
    assert "samesite=strict" in said
    assert "expires" not in said
    assert "max-age" not in said


@pytest.mark.parametrize("host", ["localhost:5000", "127.0.0.1", "127.0.0.1:80", "evil.example", "evil.example:5000"])
def test_another_name_for_this_machine_is_refused(opened: OpenDesk, host: str) -> None:
    """A page of another site whose name is suddenly said to be 127.0.0.1 still sends its own name."""
    assert opened.client.get("/view/overview", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:5001", f"https://{HOST}"])
def test_what_another_page_sends_is_refused(opened: OpenDesk, origin: str) -> None:
    for send in (opened.client.post, opened.client.get):
        assert send("/press", headers={"origin": origin}).status_code == 403
    assert opened.client.post("/press", json={"command": "fill"}).status_code == 403
    assert not opened.desk.last


def test_what_another_page_embeds_is_refused(opened: OpenDesk) -> None:
    for site in ("cross-site", "same-site"):
        assert opened.client.get("/view/overview", headers={"sec-fetch-site": site}).status_code == 403


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "HEAD"])
def test_other_methods_are_refused(opened: OpenDesk, method: str) -> None:
    assert opened.client.request(method, "/view/overview", headers=OWN).status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2f..%2fcli.py",
        "/static//etc/passwd",
        "/view/../app.py",
    ],
)
def test_paths_lead_nowhere_else(opened: OpenDesk, path: str) -> None:
    response = opened.client.get(path)
    assert "import" not in response.text
    assert "root:" not in response.text


def test_the_second_tab_is_told_where_the_first_is(sample_book: Path) -> None:
    desk = OpenDesk(sample_book)
    desk.is_watched()
    response = desk.client.get("/")
    assert response.status_code == 409
    assert "另一个标签页" in response.text
    assert desk.client.get("/view/overview").status_code == 200


def test_a_page_loaded_anew_makes_the_one_before_worthless(sample_book: Path) -> None:
    desk = OpenDesk(sample_book)
    assert desk.client.get("/").status_code == 200
    assert desk.client.get("/view/overview").status_code == 403


def test_a_huge_upload_is_not_taken(opened: OpenDesk, sample_book: Path) -> None:
    before = sorted(sample_book.parent.iterdir())
    said = {**OWN, "content-length": "500000000"}
    response = opened.client.post("/upload?name=a.xlsx", content=b"PK", headers=said)
    assert response.status_code == 413
    assert sorted(sample_book.parent.iterdir()) == before


@pytest.mark.parametrize("name", ["../../x.xlsx", "..\\..\\x.xlsx", "/etc/x.xlsx", "C:\\x.xlsx", ".xlsx", "x.sh", ""])
def test_the_name_of_what_is_dropped_leads_nowhere_else(tmp_path: Path, sample_book: Path, name: str) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    desk = OpenDesk(inner)
    for data in (b"PK", sample_book.read_bytes()[:9000], sample_book.read_bytes()):
        assert not list(inner.iterdir()), "what is no workbook is not kept"
        desk.client.post("/upload", params={"name": name}, content=data, headers=OWN)
        while desk.desk.is_busy:
            pass
    assert [p for p in tmp_path.rglob("*") if p.is_file() and p.parent != inner] == []
    assert {p.name for p in inner.iterdir()} <= {"x.xlsx"}


_SCRIPT = "<img src=x onerror=alert(1)>\"'&lt;<script>alert(1)</script>{{7*7}}"


def test_markup_in_a_workbook_is_text(tmp_path: Path, sample_book: Path) -> None:
    def change(book: Workbook) -> None:
        for sheet in book:
            if sheet.title not in ("基础信息", "预算明细"):
                for line in sheet.iter_rows(max_row=6):
                    for cell in line:
                        if isinstance(cell, Cell):
                            cell.value = _SCRIPT
        book["基础信息"]["B6"] = _SCRIPT
        book["预算明细"]["G2"] = _SCRIPT
        book.create_sheet("<script>alert(1)<").append([_SCRIPT])

    desk = OpenDesk(edited(sample_book, tmp_path / "a.xlsx", change))
    pieces = [desk.view("overview"), desk.view("findings")]
    pieces += [desk.view("sheet", name=name) for name in desk.desk.table.book.grids]
    assert any("&lt;script&gt;" in piece for piece in pieces)
    for piece in pieces:
        found = html.fragment_fromstring(piece, create_parent=True)
        assert not list(found.iter("script", "img"))
        assert not [name for node in found.iter() for name in node.attrib if name.startswith("on")]
        assert "49" not in re.findall(r"\{\{7\*7\}\}|\b49\b", piece)


def test_the_page_may_load_and_run_its_own_files_only(opened: OpenDesk) -> None:
    policy = opened.client.get("/static/desk.js").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    folder = Path(__file__).resolve().parents[2] / "addin" / "desk"
    for path in _page_files(folder):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?://|\son\w+=|style=|<script>|eval\(", text), path.name
        assert "|safe" not in text.replace(" ", ""), path.name


def _page_files(folder: Path) -> Iterator[Path]:
    yield from (folder / "templates").iterdir()
    yield from (folder / "static").iterdir()
