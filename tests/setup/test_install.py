"""Installing on a made-up Windows: what is put where, what the doctor says, what uninstalling leaves."""

from __future__ import annotations

import hashlib
import html
import re
import zipfile
from importlib.metadata import version
from pathlib import Path
from urllib.parse import unquote

import pytest

from addin.places import handbook, log_file
from addin.ribbon import ribbon
from addin.setup import handbook as handbook_room
from addin.setup import install
from addin.setup.build import build_addin
from addin.setup.bundle import bundle, own_wheel
from addin.setup.doctor import doctor
from addin.setup.handbook import handbook_pages, page_at_rule
from addin.setup.windows import Machine
from tests.support.command import run_command
from udfs.base.problems import InputProblems
from udfs.checks import registered
from udfs.functions import functions
from workbook_templates.reading import available_editions, load_edition


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    home = tmp_path / "李 会计"
    monkeypatch.setenv("YUSUAN_DATA", str(home / "AppData" / "Local" / "yusuan"))
    python = home / "python" / "python.exe"
    python.parent.mkdir(parents=True)
    python.write_bytes(b"")
    for bits in (32, 64):
        (python.parent / f"xlwings{bits}-{version('xlwings')}.dll").write_bytes(b"")
    monkeypatch.setattr(install, "interpreter", lambda: python)
    return Machine(home / "AppData" / "Roaming", home, "gbk")


@pytest.fixture(scope="module")
def xlam(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_addin(tmp_path_factory.mktemp("built") / "yusuan.xlam")


def _files(machine: Machine) -> set[Path]:
    return {p for p in machine.profile.rglob("*") if p.is_file() and "python" not in p.parts}


def _wrong(machine: Machine) -> dict[str, str]:
    return {check.subject: str(check) for check in doctor(machine) if check.advice}


def test_what_is_installed_works_and_goes_again_without_a_trace(machine: Machine, xlam: Path, tmp_path: Path) -> None:
    pages = tmp_path / "handbook"
    pages.mkdir()
    (pages / "index.html").write_text("手册", encoding="utf-8")
    said = install.install(machine, xlam, pages)
    assert (machine.start_folder / "yusuan.xlam").read_bytes() == xlam.read_bytes()
    settings = machine.settings_file.read_bytes().decode("gbk")
    assert settings == f'"INTERPRETER_WIN","{install.interpreter()}"\r\n'
    assert any("重新打开" in line for line in said)
    assert _wrong(machine) == {}
    log_file().write_text("x", encoding="utf-8")
    assert handbook().exists()
    install.uninstall(machine)
    assert _files(machine) == set()
    assert install.uninstall(machine) == ["没有找到已安装的内容。"]


def test_installing_twice_is_the_same_as_once(machine: Machine, xlam: Path) -> None:
    install.install(machine, xlam)
    once = {path: path.read_bytes() for path in _files(machine)}
    install.install(machine, xlam)
    assert {path: path.read_bytes() for path in _files(machine)} == once


def test_the_doctor_names_what_is_missing_and_what_to_do(machine: Machine, xlam: Path) -> None:
    wrong = _wrong(machine)
    assert {"加载项", "设置", "手册"} <= set(wrong)
    assert all("请" in text for text in wrong.values())
    install.install(machine, xlam)
    (machine.start_folder / "yusuan.xlam").write_bytes(b"PK broken")
    assert "已损坏" in _wrong(machine)["加载项"]
    machine.settings_file.write_bytes('"INTERPRETER_WIN","D:\\没有\\python.exe"\r\n'.encode("gbk"))
    assert "不存在" in _wrong(machine)["设置"]
    for dll in install.interpreter().parent.glob("*.dll"):
        dll.unlink()
    assert "缺少" in _wrong(machine)["xlwings 的 DLL"]


def test_an_add_in_of_another_xlwings_is_named(machine: Machine, xlam: Path, tmp_path: Path) -> None:
    install.install(machine, xlam)
    target = machine.start_folder / "yusuan.xlam"
    with zipfile.ZipFile(xlam) as source, zipfile.ZipFile(target, "w") as changed:
        for name in source.namelist():
            changed.writestr(name, source.read(name).replace(version("xlwings").encode(), b"0.30.0"))
    assert "版本须一致" in _wrong(machine)["加载项"]


@pytest.mark.parametrize(
    ("key", "name", "value", "word"),
    [
        ("Software\\Policies\\Microsoft\\Office\\16.0\\Excel\\Security", "VBAWarnings", 4, "单位的策略禁用了所有宏"),
        ("Software\\Microsoft\\Office\\16.0\\Excel\\Security", "VBAWarnings", 3, "只允许带签名的宏"),
        (
            "Software\\Microsoft\\Office\\15.0\\Excel\\Security\\Trusted Locations",
            "AllLocationsDisabled",
            1,
            "关闭了受信任位置",
        ),
    ],
)
def test_macro_policies_that_hinder_are_named(
    machine: Machine, xlam: Path, key: str, name: str, value: int, word: str
) -> None:
    install.install(machine, xlam)
    bound = Machine(machine.roaming, machine.profile, "gbk", {(key, name): value})
    assert word in _wrong(bound)["宏安全设置"]


def test_wps_is_named_with_its_limits(machine: Machine, xlam: Path) -> None:
    found = Machine(machine.roaming, machine.profile, "gbk", {("Software\\Kingsoft\\Office", ""): ""})
    assert any("WPS 个人版不带宏功能" in line for line in install.install(found, xlam))


def test_a_path_that_the_code_page_cannot_write_is_refused_with_advice(machine: Machine, xlam: Path) -> None:
    western = Machine(machine.roaming, machine.profile, "ascii")
    with pytest.raises(InputProblems, match=r"D:.yusuan"):
        install.install(western, xlam)


def test_the_verbs_say_so_where_there_is_no_windows() -> None:
    for verb in ("install", "uninstall", "doctor"):
        done = run_command("addin", verb)
        assert done.code == 2
        assert "只能安装到 Windows" in done.err


def _wheel(folder: Path, name: str, data: bytes = b"") -> str:
    path = folder / name
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("module.py", data)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_bundle_holds_what_it_should_the_same_every_time(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    digest = _wheel(wheels, "some_thing-1.0-py3-none-any.whl")
    lock = tmp_path / "lock.txt"
    lock.write_text(f"some-thing==1.0 \\\n    --hash=sha256:{digest}\n", encoding="utf-8")
    outs = [tmp_path / f"{n}.zip" for n in (1, 2)]
    for out in outs:
        bundle(out, wheels, lock, None, None)
    assert outs[0].read_bytes() == outs[1].read_bytes()
    with zipfile.ZipFile(outs[0]) as archive:
        names = set(archive.namelist())
        batch = archive.read("安装.bat")
        pinned = archive.read("wheels/requirements.txt").decode()
        own = archive.read(f"wheels/{own_wheel()[0]}")
        desk = archive.read("工作台.bat").decode("ascii").split("\r\n")
    wanted = {
        "安装.bat",
        "卸载.bat",
        "检查.bat",
        "工作台.bat",
        "安装说明.txt",
        "yusuan.xlam",
        "预算公开模板.xlsx",
        "handbook/index.html",
    }
    assert wanted <= names
    assert batch.isascii()
    assert b"\r\n" in batch
    # Nothing old is deleted before it could be moved aside, and it comes back where a step fails.
    lines = batch.decode().split("\r\n")
    moved = next(n for n, line in enumerate(lines) if 'move "%HOME_DIR%" "%OLD_DIR%"' in line)
    assert not any('rmdir /S /Q "%HOME_DIR%"' in line for line in lines[:moved])
    assert lines[moved + 1] == 'if exist "%HOME_DIR%" goto busy'
    assert 'move "%OLD_DIR%" "%HOME_DIR%"' in batch.decode().split(":failed")[1]
    assert {"busy.txt", "failed.txt", "notyet.txt"} <= names
    python = r'"%LOCALAPPDATA%\yusuan\app\Scripts\python.exe"'
    assert desk[1:3] == [f"if exist {python} goto installed", 'type "%~dp0notyet.txt"']
    assert f"{python} -m addin.cli desk %1" in desk
    assert hashlib.sha256(own).hexdigest() in pinned
    with zipfile.ZipFile(outs[0]) as archive, archive.open(f"wheels/{own_wheel()[0]}") as wheel:
        inside = zipfile.ZipFile(wheel).namelist()
    assert {"addin/vba/YsGuard.bas", "addin/ribbon/buttons.toml", "udfs/functions.py"} <= set(inside)
    assert "workbook_templates/editions/2024-shanxi/template.xlsx" in inside


def test_wheels_that_are_not_those_of_the_lock_are_refused(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    _wheel(wheels, "some_thing-1.0-py3-none-any.whl")
    _wheel(wheels, "stranger-2.0-py3-none-any.whl")
    lock = tmp_path / "lock.txt"
    lock.write_text(f"some-thing==1.0 \\\n    --hash=sha256:{'0' * 64}\nabsent==3 \\\n", encoding="utf-8")
    done = run_command("addin", "bundle", "-o", tmp_path / "out.zip", "--wheels", wheels, "--lock", lock)
    assert done.code == 2
    for word in ("散列值", "不在依赖清单中", "“absent”"):
        assert word in done.err
    assert not (tmp_path / "out.zip").exists()


def test_a_python_that_is_not_the_official_one_is_refused(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    digest = _wheel(wheels, "some_thing-1.0-py3-none-any.whl")
    lock = tmp_path / "lock.txt"
    lock.write_text(f"some-thing==1.0 \\\n    --hash=sha256:{digest}\n", encoding="utf-8")
    python = tmp_path / "python.zip"
    with zipfile.ZipFile(python, "w") as archive:
        for name in ("python.exe", "pythonw.exe", "python311.dll"):
            archive.writestr(name, b"MZ not signed")
    with pytest.raises(InputProblems, match="SHA-256"):
        bundle(tmp_path / "out.zip", wheels, lock, python, "0" * 64)
    digest = hashlib.sha256(python.read_bytes()).hexdigest()
    with pytest.raises(InputProblems, match="签名"):
        bundle(tmp_path / "out.zip", wheels, lock, python, digest)


def test_a_button_that_no_page_names_is_told_of_by_its_tip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for page in handbook_room.SOURCES.glob("*.md"):
        text = page.read_text(encoding="utf-8").replace("**校验**", "校验")
        (tmp_path / page.name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(handbook_room, "SOURCES", tmp_path)
    assert f"<td>{ribbon().buttons['validate'].more}</td>" in handbook_pages()["index.html"].decode()


def test_the_handbook_is_whole_and_links_lead_somewhere() -> None:
    pages = handbook_pages()
    assert {"index.html", "install.html", "findings.html", "check.html"} <= set(pages)
    texts = {name: data.decode() for name, data in pages.items() if name.endswith(".html")}
    used = set()
    for name, text in texts.items():
        for target, place in re.findall(r'(?:href|src)="([^"#]*)(?:#([^"]*))?"', text):
            used.add(target)
            assert target in pages, f"{name}: {target}"
            assert not place or f'id="{place}"' in texts[target], f"{name}: {target}#{place}"
        assert "http" not in re.sub(r"<!doctype[^>]*>", "", text)
        assert "{{" not in text
        assert not re.search(r"\*\*|python|2024-shanxi", text), name
    # Lines that are broken in the source are joined, those of an example are not.
    assert re.search(r"：\n预算明细 第\d+行", texts["trace.html"])
    # No picture lies there that no page shows.
    assert {name for name in pages if name.startswith("pictures/")} <= used
    for button in ribbon().buttons.values():
        assert f">{button.label}</span>" in texts["index.html"]
        assert f"<td>{button.label}</td>" in texts["index.html"]
    for function in functions():
        assert function in texts["functions.html"]


@pytest.mark.parametrize("edition", available_editions())
def test_every_finding_has_its_meaning_in_the_handbook_of_its_form(edition: str, tmp_path: Path) -> None:
    for name, data in handbook_pages().items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    numbers = [check.number for check in registered()] + [d.number for d in load_edition(edition).relations]
    for number in [*numbers, "覆盖", "封印"]:
        page = page_at_rule(tmp_path / "index.html", edition, number).read_text(encoding="utf-8")
        match = re.search(r'content="0;url=([^#]+)#([^"]+)"', page)
        assert match is not None
        text = (tmp_path / match[1]).read_text(encoding="utf-8")
        assert f'id="{unquote(match[2])}"' in text, number
    requirement = html.escape(load_edition(edition).relations[0].requirement)
    assert requirement in text
