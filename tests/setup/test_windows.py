"""The offline installer on Windows' own Python: installed, checked, used and taken out again (`make evidence`)."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from addin.setup.bundle import bundle
from tests.support import wine
from tests.support.command import run_command
from tests.support.desk import visited
from tests.support.evidence import LONG
from tests.support.live import differences, file_cells
from tests.support.tools import ROOT

pytestmark = LONG
LOCK = ROOT / "requirements-windows.lock"


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[wine.Windows]:
    reason = wine.missing()
    if reason:
        pytest.skip(reason)
    made = wine.Windows(tmp_path_factory.mktemp("wine"))
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def unpacked(machine: wine.Windows, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle, unpacked by the user into a folder of hers."""
    wheels, python = wine.fetched(LOCK)
    out = tmp_path_factory.mktemp("bundle") / "yusuan-windows.zip"
    digest = hashlib.sha256(python.read_bytes()).hexdigest()
    options = ("--wheels", wheels, "--lock", LOCK, "--python", python, "--python-sha256", digest)
    done = run_command("addin", "bundle", "-o", out, *options)
    assert done.code == 0, done.err
    folder = machine.user / "下载 文件" / "预算公开 安装包"
    with zipfile.ZipFile(out) as archive:
        archive.extractall(folder)
    wine.supply_what_wine_lacks(folder / "app" / "site", folder / "app" / "python")
    return folder


def _cd(machine: wine.Windows, folder: Path) -> str:
    return f'cd /d "{machine.path(folder)}"'


def test_the_clerks_machine_from_installing_to_leaving_nothing(
    machine: wine.Windows, unpacked: Path, tmp_path: Path
) -> None:
    before = _files(machine.user, unpacked)
    code, said = machine.batch([_cd(machine, unpacked), "call 安装.bat"])
    assert code == 0, said
    assert "加载项：" in said
    assert "重新打开" in said
    local, roaming = machine.user / "AppData" / "Local", machine.user / "AppData" / "Roaming"
    app = local / "yusuan" / "app"
    assert (roaming / "Microsoft" / "Excel" / "XLSTART" / "yusuan.xlam").exists()
    python = machine.path(app / "python" / "python.exe")
    assert (machine.user / ".yusuan" / "yusuan.conf").read_bytes() == (
        f'"INTERPRETER_WIN","{python}"\r\n'.encode("gbk")
    )

    code, said = machine.batch([_cd(machine, unpacked), "call 检查.bat"])
    assert code == 0, said
    assert "一切正常" in said
    assert "×" not in said

    code, said = machine.batch([_cd(machine, machine.user), f'"{python}" -m addin.cli demo -o "输出 文件"'], 900)
    assert code == 0, said
    made = machine.user / "输出 文件" / "示例市商务局-2024年预算公开.xlsx"
    done = run_command("demo", "-o", tmp_path / "out")
    assert done.code == 0
    assert differences(file_cells(made), file_cells(tmp_path / "out" / made.name)) == []

    log = local / "yusuan" / "yusuan.log"
    command = "import addin.buttons; addin.buttons.run('about')"
    code, said = machine.batch(_as_run_python(machine, app, command))
    assert code == 0, said
    assert "关于和日志" in log.read_text(encoding="utf-8")
    assert "ModuleNotFoundError" not in said

    probe = "import xlwings, atexit, addin.excel; addin.excel.disarm(); import xlwings._xlwindows as w; "
    probe += "n = atexit._ncallbacks(); atexit.unregister(w.cleanup); "
    probe += "print('disarmed' if atexit._ncallbacks() == n else 'armed', w.N_COM_ATTEMPTS)"
    code, said = machine.batch([f'"{python}" -c "{probe}"'])
    assert said.split() == ["disarmed", "1"]

    probe = "import addin.functions as f; print(f.YS_RMB.__xlfunc__['category'], f.YS_RMB(12.5))"
    code, said = machine.batch([f'"{python}" -c "{probe}"'])
    assert code == 0, said
    assert said.split() == ["预算公开", "壹拾贰元伍角整"]

    shutil.rmtree(machine.user / "输出 文件")
    code, said = machine.batch([_cd(machine, unpacked), "call 卸载.bat"])
    assert code == 0, said
    assert _files(machine.user, unpacked) == before


#: Stands for Python: says where it was started and with what, and ends as its first argument's last letter says.
_STUB = """#include <stdio.h>
#include <windows.h>
int wmain(int count, wchar_t **words) {
    wchar_t here[400], line[2000]; char out[4000]; DWORD done;
    GetCurrentDirectoryW(400, here);
    wsprintfW(line, L"<%s>", here);
    for (int n = 1; n < count; n++) { lstrcatW(line, L"<"); lstrcatW(line, words[n]); lstrcatW(line, L">"); }
    int size = WideCharToMultiByte(936, 0, line, -1, out, 4000, 0, 0);
    WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), out, size - 1, &done, 0);
    return count > 4 && words[4][lstrlenW(words[4]) - 1] == L'm' ? 2 : 0;
}
"""


def test_the_desk_is_started_with_the_workbook_dropped_on_it(machine: wine.Windows, tmp_path: Path) -> None:
    wheels, lock, out = tmp_path / "wheels", tmp_path / "lock.txt", tmp_path / "a.zip"
    wheels.mkdir()
    lock.touch()
    bundle(out, wheels, lock, None, None)
    folder = machine.user / "下载 文件" / "工作台 安装包"
    with zipfile.ZipFile(out) as archive:
        archive.extractall(folder)
    code, said = machine.batch([_cd(machine, folder), "call 工作台.bat"])
    assert (code != 0, "请先双击“安装.bat”" in said) == (True, True), (
        said
    )  # Wine makes 1 of any exit code of a batch file
    python = machine.user / "AppData" / "Local" / "yusuan" / "app" / "Scripts" / "python.exe"
    python.parent.mkdir(parents=True)
    (tmp_path / "stub.c").write_text(_STUB, encoding="ascii")
    compiler = ["x86_64-w64-mingw32-gcc", "-municode", "-o", str(python), str(tmp_path / "stub.c")]
    subprocess.run(compiler, check=True)
    home = machine.path(machine.user)
    code, said = machine.batch([_cd(machine, folder), "call 工作台.bat"])
    assert (code, f"<{home}><-m><addin.cli><desk>" in said) == (0, True), said
    for name, fails in (("我的 单位.xlsx", False), ("打不开 的.xlsm", True)):
        dropped = f"{home}\\{name}"
        code, said = machine.batch([_cd(machine, folder), f'call 工作台.bat "{dropped}"'])
        assert (code != 0, f"<-m><addin.cli><desk><{dropped}>" in said) == (fails, True), said
    shutil.rmtree(python.parents[2])


def test_the_installed_desk_shows_its_page_and_does_what_the_command_line_does(
    machine: wine.Windows, sample_book: Path, tmp_path: Path
) -> None:
    app = wine.installed(machine, LOCK, tmp_path)
    book = Path(shutil.copy(sample_book, machine.user / "我的 单位.xlsx"))
    before, python = book.read_bytes(), machine.path(app / "python" / "python.exe")
    started = f'"{python}" -m addin.cli desk "{machine.path(book)}" --no-browser'
    with machine.started([_cd(machine, machine.user), started]) as process:
        assert process.stdout is not None
        with visited(process.stdout.readline().decode().strip()) as page:
            assert "各表尚未生成" in page.get("/view/overview").text
            assert page.post("/press", json={"command": "generate"}).status_code == 200
            while page.post("/press", json={"command": "about"}).status_code == 400:
                time.sleep(0.5)
            assert "可以上报" in page.get("/view/overview").text
            assert "预算明细第2行" in page.get("/view/sources", params={"name": "表三", "cell": "C6"}).text
        assert process.wait(120) == 0, "the page is closed"
    run_command("fill", book, "-o", tmp_path / "1.xlsx")
    run_command("narrate", tmp_path / "1.xlsx", "-o", tmp_path / "2.xlsx")
    run_command("validate", tmp_path / "2.xlsx", "-o", tmp_path / "3.xlsx")
    assert differences(file_cells(book.with_name("我的 单位-结果.xlsx")), file_cells(tmp_path / "3.xlsx")) == []
    assert book.read_bytes() == before


def _files(folder: Path, without: Path) -> set[str]:
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and without not in path.parents and "Temp" not in path.parts
    }


def _as_run_python(machine: wine.Windows, app: Path, command: str) -> list[str]:
    """What xlwings' RunPython hands to cmd.exe for a workbook with a Chinese name, no Excel answering."""
    python = machine.path(app / "python" / "python.exe")
    folder = python.rpartition("\\")[0]
    places = ";".join(["false", machine.path(machine.user / "我的 预算.xlsx"), "yusuan.xlam", "", "", "", ""])
    escaped = places.replace("\\", "\\\\")
    line = f'C: & cd "{folder}" & "{python}" -B -c "import xlwings.utils;'
    line += f'xlwings.utils.prepare_sys_path(\\"{escaped}\\"); {command}" '
    line += '--wb="我的 预算.xlsx" --from_xl=1 --app="C:\\Office\\Microsoft Excel" --hwnd="1"'
    return [f"cmd.exe /C {line}"]
