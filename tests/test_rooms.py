"""The rooms of the house: each has a door that says what it is for, and arrows between them run one way."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from tests.support.live import Steps

ROOT = Path(__file__).resolve().parents[1]

#: The rooms, and which others each may import. A module beside the rooms of a house may import all of them.
ROOMS: dict[str, str] = {
    "workbook_templates.reading": "",
    "workbook_templates.template": "reading",
    "udfs.base": "",
    "udfs.ledgers": "base",
    "udfs.tables": "base ledgers",
    "udfs.reconciliation": "base tables",
    "udfs.narrative": "base ledgers tables reconciliation",
    "udfs.performance": "base ledgers tables reconciliation",
    "udfs.audit": "base narrative",
    "udfs.checks": "base ledgers tables reconciliation narrative performance audit",
    "udfs.foreign": "base ledgers tables reconciliation",
    "udfs.drafting": "base tables foreign reconciliation",
    "udfs.published": "base tables performance foreign audit checks",
    "udfs.upward": "base ledgers tables",
    "addin.ribbon": "",
    "addin.xlsx": "",
    "addin.excel": "xlsx verbs",
    "addin.document": "",
    "addin.setup": "xlsx ribbon excel",
    "addin.verbs": "xlsx document setup",
    "addin.upward": "xlsx document verbs",
    "addin.published": "xlsx document verbs upward",
    "addin.desk": "xlsx ribbon document verbs upward published",
}

#: Rooms whose modules are commands or checks, one each, and are imported by their own names.
OPEN = {"addin.verbs", "addin.upward", "addin.published", "udfs.checks"}

HOUSES = ("workbook_templates", "udfs", "addin")


def _modules() -> Iterator[tuple[str, Path]]:
    for house in HOUSES:
        for path in sorted((ROOT / house).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def _room(module: str) -> str | None:
    room = ".".join(module.split(".")[:2])
    return room if room in ROOMS else None


def _arrows(path: Path) -> Iterator[str]:
    """Every module of ours that a file imports from, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in HOUSES:
            handed_out = getattr(import_module(node.module), "__all__", ()) if node.module in ROOMS else ()
            for name in node.names:
                if name.name in handed_out:
                    yield node.module
                    continue
                full = f"{node.module}.{name.name}"
                inner = (ROOT / (full.replace(".", "/") + ".py")).exists() or (ROOT / full.replace(".", "/")).is_dir()
                yield full if inner else node.module
        elif isinstance(node, ast.Import):
            yield from (n.name for n in node.names if n.name.split(".")[0] in HOUSES)


MODULES = dict(_modules())


@pytest.mark.parametrize("module", MODULES)
def test_arrows_run_one_way_and_go_through_doors(module: str) -> None:
    room, house = _room(module), module.split(".", maxsplit=1)[0]
    for target in _arrows(MODULES[module]):
        assert HOUSES.index(target.split(".")[0]) <= HOUSES.index(house), f"{module} imports {target}"
        there = _room(target)
        if there is None or there == room:
            continue
        assert target == there or there in OPEN, f"{module} imports {target} past the door of {there}"
        if room and there.split(".")[0] == house:
            allowed = {f"{house}.{name}" for name in ROOMS[room].split()}
            assert there in allowed, f"{room} must not import {there} ({module})"


#: What stands on the ground floor: any room may use it.
GROUND = {
    "addin.enciphered",
    "addin.patterns",
    "addin.places",
    "workbook_templates.addresses",
    "workbook_templates.archive",
    "workbook_templates.defined_names",
    "workbook_templates.kept",
}


def test_a_module_in_a_room_imports_none_beside_the_rooms() -> None:
    """What stands beside the rooms stands above them."""
    for module, path in MODULES.items():
        if _room(module):
            beside = {t for t in _arrows(path) if _room(t) is None and t.split(".")[0] == module.split(".")[0]}
            assert not beside - GROUND, f"{module}: {beside}"


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_a_door(room: str) -> None:
    door = import_module(room)
    assert door.__doc__
    for name in getattr(door, "__all__", ()):
        assert hasattr(door, name)


def test_every_folder_of_code_is_a_room() -> None:
    folders = {".".join(p.relative_to(ROOT).parent.parts) for p in MODULES.values()}
    assert folders - set(HOUSES) == set(ROOMS)


def test_no_test_module_imports_from_another() -> None:
    """What tests share stands in tests/support, so that each module can be moved or left out by itself."""
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if isinstance(node, ast.Import | ast.ImportFrom):
                names += [name.name for name in node.names] if not names or names[0].startswith("tests") else []
            borrowed = [n for n in names if any(part.startswith("test_") for part in n.split("."))]
            assert not borrowed, f"{path.relative_to(ROOT)}: {borrowed}"


def test_a_command_does_not_wait_for_libraries_that_few_workbooks_need(steps: Steps) -> None:
    slow = "{'openpyxl', 'urllib.request', 'docx', 'pdfplumber', 'pandas', 'highspy', 'numpy.ma'}"
    work = "import sys; from addin.cli import main; main(['validate', sys.argv[1]])"
    code = f"{work}; print(*{slow} & set(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code, str(steps.narrated)], capture_output=True, text=True, check=True)
    assert done.stderr.split() == []


#: The most lines of a module of code: more is more than one thing.
_MOST_LINES = 400


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_short(module: str) -> None:
    assert len(MODULES[module].read_text(encoding="utf-8").splitlines()) <= _MOST_LINES
