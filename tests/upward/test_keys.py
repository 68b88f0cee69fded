"""Who has signed, and for whom: known keys are demanded, other units' refused, and one unit is counted once."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from addin.upward.cache import Cache
from addin.upward.examine import examine
from addin.upward.receive import receive_folder
from addin.upward.submit import submit_workbook
from addin.upward.verify import known_keys
from addin.xlsx.files import Workbook
from tests.support.books import parts_of
from tests.support.command import run_command
from tests.support.hostile import packed
from tests.support.keys import key_files
from tests.support.many import unit_parts
from tests.support.sealed import set_number, set_text, tampered
from udfs.base import InputProblems
from udfs.upward import Received, Summary, receipt, sealed_when, summary_of

ZONE = datetime.timezone(datetime.timedelta(hours=8))


def finished(folder: Path, number: int, key: Path | None, day: int = 1) -> Path:
    """The finished workbook of a unit, signed and sealed on a day of March."""
    folder.mkdir(exist_ok=True, parents=True)
    (folder / f"{number}-{day}.xlsx").write_bytes(packed(unit_parts(0, number)))
    moment = datetime.datetime(2024, 3, day, 9, 0, tzinfo=ZONE)
    return submit_workbook(folder / f"{number}-{day}.xlsx", folder / f"out{day}", key, moment).path


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Keys of two units and of a stranger, and what they have signed."""
    folder = tmp_path_factory.mktemp("keys")
    one = key_files(folder / "k", "one.pem", "known/900001-商务局.pem")
    two = key_files(folder / "k", "two.pem", "known/900002.pem")
    other = key_files(folder / "k", "other.pem", "900009.pem")
    return {
        "known": folder / "k" / "known",
        "stranger": folder / "k" / "900009.pem",
        "one": finished(folder, 1, one),
        "two": finished(folder, 2, two),
        "bare": finished(folder / "bare", 1, None),
        "forged": finished(folder / "forged", 1, other),
        "swapped": finished(folder / "swapped", 1, two),
        "later": finished(folder, 1, one, day=9),
    }


def stripped(source: Path, target: Path) -> Path:
    """A signed workbook without its signature."""
    labels = [line[0] for line in Workbook(source).grids["定稿信息"]]
    rows = [labels.index("签名公钥") + 1, labels.index("签名", 15) + 1]
    return tampered(source, target, *(set_text("定稿信息", f"B{row}", lambda _: "") for row in rows))


def test_verify_demands_a_known_key(office: dict[str, Path], tmp_path: Path) -> None:
    known = office["known"] / "900001-商务局.pem"
    assert run_command("verify", office["one"], "--known", known).code == 0
    done = run_command("verify", office["one"], "--known", office["stranger"])
    assert done.code == 1
    assert "不在所给公钥之中" in done.out
    assert "要求由所给公钥签名" in done.out
    for name in ("bare", "forged"):
        assert run_command("verify", office[name], "--known", known).code == 1
        assert run_command("verify", office[name]).code == 0
    done = run_command("verify", stripped(office["one"], tmp_path / "a.xlsx"), "--known", known)
    assert done.code == 1
    assert "没有数字签名" in done.out


def test_a_key_of_another_unit_is_no_key(office: dict[str, Path]) -> None:
    done = run_command("verify", office["swapped"], "--known", office["known"] / "900002.pem")
    assert done.code == 1
    assert "签名的密钥登记为“900002”，不能为本单位签名" in done.out


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("bare", "没有数字签名"),
        ("forged", "不在已登记的公钥之中"),
        ("swapped", "登记为“900002”，不能为单位编码900001签名"),
    ],
)
def test_receive_takes_only_what_known_keys_have_signed(
    office: dict[str, Path], tmp_path: Path, name: str, says: str
) -> None:
    where = tmp_path / "in"
    where.mkdir()
    (where / "好.xlsx").write_bytes(office["two"].read_bytes())
    (where / "疑.xlsx").write_bytes(office[name].read_bytes())
    done = receive_folder(where, tmp_path / "汇总.xlsx", known=office["known"])
    states = {f.file: (f.state, f.remark) for f in done.receipt.files}
    assert states["好.xlsx"][0] == "已汇总"
    assert states["疑.xlsx"][0] == "签名不认可"
    assert says in states["疑.xlsx"][1]
    assert not done.good


def test_a_changed_or_forged_workbook_does_not_displace_the_signed_one(office: dict[str, Path], tmp_path: Path) -> None:
    where = tmp_path / "in"
    where.mkdir()
    (where / "真.xlsx").write_bytes(office["one"].read_bytes())
    tampered(office["later"], where / "改.xlsx", set_number("表三", "C8", lambda v: v + 1))
    stripped(office["later"], where / "去签名.xlsx")
    done = receive_folder(where, tmp_path / "汇总.xlsx", known=office["known"])
    states = {f.file: f.state for f in done.receipt.files}
    assert states == {"真.xlsx": "已汇总", "改.xlsx": "签名不认可", "去签名.xlsx": "签名不认可"}


def test_a_folder_of_keys_without_one(office: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.xlsx").write_bytes(office["one"].read_bytes())
    done = run_command("receive", tmp_path / "in", "-o", tmp_path / "o.xlsx", "--known", tmp_path / "in")
    assert done.code == 2
    assert "没有找到公钥" in done.err


def test_one_key_for_two_units_is_asked_about(tmp_path: Path) -> None:
    key_files(tmp_path, "one.pem", "known/900001.pem", "known/900002.pem")
    with pytest.raises(InputProblems) as raised:
        known_keys(tmp_path / "known")
    assert "“900002.pem”：与“900001.pem”是同一个公钥" in str(raised.value.problems[0])


# ---- one unit once


def test_of_two_sealed_ones_the_later_is_taken_and_it_is_said(office: dict[str, Path], tmp_path: Path) -> None:
    where = tmp_path / "in"
    where.mkdir()
    (where / "a.xlsx").write_bytes(office["one"].read_bytes())
    (where / "b.xlsx").write_bytes(office["later"].read_bytes())
    done = receive_folder(where, tmp_path / "汇总.xlsx")
    by_name = {f.file: f for f in done.receipt.files}
    assert by_name["b.xlsx"].state == "已汇总"
    assert by_name["a.xlsx"].state == "重复，未采用"
    assert "采用定稿较晚的，2024-03-09 09:00，本份2024-03-01 09:00" in by_name["a.xlsx"].remark


def test_an_older_version_in_a_later_run_is_named(
    office: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, out = tmp_path / "in", tmp_path / "汇总.xlsx"
    where.mkdir()
    (where / "a.xlsx").write_bytes(office["later"].read_bytes())
    assert receive_folder(where, out).good
    # Another version of the program asks every workbook again, and still knows what was taken.
    monkeypatch.setattr("addin.upward.cache.engine", lambda *_: "0" * 16)
    (where / "a.xlsx").write_bytes(office["one"].read_bytes())
    done = run_command("receive", where, "-o", out)
    assert done.code == 1
    assert "以前收到过该单位定稿于2024-03-09 09:00的，本份定稿于2024-03-01 09:00，可能是旧文件" in done.out
    (where / "a.xlsx").write_bytes(packed(unit_parts(0, 1)))
    assert "本份没有完好的封印，可能是旧文件" in run_command("receive", where, "-o", out).out
    (where / "a.xlsx").write_bytes(office["later"].read_bytes())
    assert "以前收到过" not in run_command("receive", where, "-o", out).out


NAIVE, NO_TIME = '{"2024/码900001": "2024-03-09T09:00:00"}', '{"2024/码900001": "x"}'


@pytest.mark.parametrize("written", ["", "[1]", '{"2024/码900001": 3}', "\0\0", NO_TIME, NAIVE, '{"2024/码9'])
def test_a_damaged_memory_is_kept(tmp_path: Path, written: str) -> None:
    (tmp_path / "收过的定稿.json").write_text(written, "utf-8")
    assert Cache(tmp_path).past() == {}
    assert [path.name for path in tmp_path.glob("*.json")] == ["收过的定稿-损坏.json"]
    assert (tmp_path / "收过的定稿-损坏.json").read_text("utf-8") == written


def test_a_damaged_memory_is_said_until_somebody_has_looked(office: dict[str, Path], tmp_path: Path) -> None:
    where, out, kept = tmp_path / "in", tmp_path / "汇总.xlsx", tmp_path / "汇总.xlsx.收表缓存"
    where.mkdir()
    kept.mkdir()
    (where / "a.xlsx").write_bytes(office["one"].read_bytes())
    (kept / "收过的定稿.json").write_text("{", "utf-8")
    done = run_command("receive", where, "-o", out)
    assert done.code == 0, done
    says = "“收过的定稿.json”已损坏，原件改名为“收过的定稿-损坏.json”，留在“汇总.xlsx.收表缓存”中"
    assert says in done.out
    assert says in str(Workbook(out).grids["收表情况"][1][0])
    cache = Cache(kept)
    assert next(iter(cache.past())) == "2024/名示例单位000001"
    assert says in cache.set_aside()
    (kept / "收过的定稿-损坏.json").unlink()
    assert cache.set_aside() == ""


def test_a_memory_that_is_damaged_once_more_displaces_nothing(tmp_path: Path) -> None:
    for text in ("一", "二"):
        (tmp_path / "收过的定稿.json").write_text(text, "utf-8")
        assert Cache(tmp_path).past() == {}
    assert {path.read_text("utf-8") for path in tmp_path.glob("*.json")} == {"一", "二"}


def test_a_memory_that_cannot_be_read_stops_the_run(office: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.xlsx").write_bytes(office["one"].read_bytes())
    place = tmp_path / "o.xlsx.收表缓存" / "收过的定稿.json"
    place.mkdir(parents=True)
    done = run_command("receive", tmp_path / "in", "-o", tmp_path / "o.xlsx")
    assert done.code == 2
    assert "“收过的定稿.json”：记着各单位采用过的定稿时间，无法读取" in done.err
    assert not (tmp_path / "o.xlsx").exists()


@pytest.fixture(scope="module")
def examined(office: dict[str, Path]) -> dict[str, Summary]:
    return {name: summary_of(examine(name, office[name].read_bytes())) for name in ("one", "later")}


@pytest.mark.parametrize(
    "sealed_at", ["9999-12-31T23:00:00-10:00", "0001-01-01T00:00:00+14:00", "2101-01-01T00:00:00", ""]
)
def test_a_time_that_cannot_be_displaces_nothing(examined: dict[str, Summary], sealed_at: str) -> None:
    """Whoever has the program may seal with any time; that neither stops the run nor wins over the true one."""
    found = [Received(name, name, examined[name]) for name in ("one", "later")]
    seal = found[1].summary.seal
    assert seal is not None
    found[1] = replace(found[1], summary=replace(found[1].summary, seal=replace(seal, sealed_at=sealed_at)))
    decided = receipt(found)
    states = {file.file: file for file in decided.files}
    assert states["one"].state == "已汇总"
    assert states["later"].state == "重复，未采用"
    assert "采用定稿时间可信的" in states["later"].remark
    alone = receipt(found[1:])
    assert "不可能在那时定稿" in alone.files[0].remark
    assert not alone.good
    assert sealed_when(alone) == {}


@pytest.mark.parametrize(
    ("code", "name"), [("0900001", "示例单位000001"), ("900001", "另一个名称"), ("911111", "示例单位 000001")]
)
def test_one_name_or_one_code_without_zeros_is_one_unit(tmp_path: Path, code: str, name: str) -> None:
    where = tmp_path / "in"
    where.mkdir()
    one = unit_parts(0, 1)
    (where / "a.xlsx").write_bytes(packed(one))
    twin = {part: data.replace(b">900001<", f">{code}<".encode()) for part, data in one.items()}
    twin = {part: data.replace("示例单位000001".encode(), name.encode()) for part, data in twin.items()}
    (where / "b.xlsx").write_bytes(packed(twin))
    done = receive_folder(where, tmp_path / "汇总.xlsx")
    states = sorted(f.state for f in done.receipt.files)
    assert "重复，未采用" in states, [(f.file, f.state, f.remark) for f in done.receipt.files]
    assert len(done.receipt.taken) == 1
    assert not done.good
    assert parts_of(tmp_path / "汇总.xlsx")


def test_a_listed_unit_is_found_without_its_zeros(tmp_path: Path) -> None:
    where = tmp_path / "in"
    where.mkdir()
    (where / "a.xlsx").write_bytes(packed(unit_parts(0, 1)))
    (where / "应报单位.csv").write_text("单位编码,单位名称\n0900001,示例单位000001\n", "utf-8-sig")
    done = receive_folder(where, tmp_path / "汇总.xlsx")
    assert done.receipt.missing == ()
    assert done.receipt.notes == ()
