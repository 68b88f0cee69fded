"""What the text of a document says of itself: each slip is found, and the right words beside it are not."""

from __future__ import annotations

import pytest

from udfs.foreign import Passage, Published
from udfs.published.plausible import text_is_plausible

_ITEM = "“城乡社区支出（类）城乡社区管理事务（款）{name}（项）”{amount}万元，主要用于{use}。主要原因是：{why}经费减少。"


def said(*texts: str) -> list[str]:
    """What is found in a document of these paragraphs."""
    passages = tuple(Passage(text, 1, number) for number, text in enumerate(texts, 1))
    return [found.finding.message for found in text_is_plausible(Published("公开.docx", 1, passages, ()))]


def two_items(use: str, why: str) -> tuple[str, ...]:
    """Two items, the second with its use and its reason."""
    first = _ITEM.format(name="行政运行", amount="12.00", use="行政运行", why="行政运行")
    return first, _ITEM.format(name="城管执法", amount="9.00", use=use, why=why)


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (("本局设4个内设机构，包括：办公室、财务科、法规科。",), "4个内设机构，所列的有3个"),
        (("局机关内设五个科室：办公室、财务科（审计科）、法规科、市场科。",), "五个科室，所列的有4个"),
        (("建筑面积约为13459平方米，其中地上建筑面积8013平方米，地下建筑面积5356平方米。",), "之和为13369"),
        (("办公用房500平方米，其中自有300平方米，租用210平方米。",), "之和为510"),
        (two_items("行政运行", "城管执法"), "用途写的是“行政运行”，这一条说的是“城管执法”"),
        (two_items("城管执法", "行政运行"), "原因写的是“行政运行”，这一条说的是“城管执法”"),
        (("公务用车运行费32.20万元，与上年持平。", "共有车辆0辆。"), "32.20万元，而“车辆0辆”"),
        (("建成后作为万里街道社区事物受理的场所。", "建成后作为万里街道社区事务受理的场所。"), "社区事物受理"),
    ],
)
def test_what_cannot_be_is_found(texts: tuple[str, ...], says: str) -> None:
    (message,) = said(*texts)
    assert says in message


@pytest.mark.parametrize(
    "texts",
    [
        ("本局设3个内设机构，包括：办公室、财务科、法规科（政策研究室、信访室）。",),
        ("设4个内设机构，包括：办公室、财务科、机关党委和机关纪委。",),
        ("设12个内设机构，包括：办公室、财务科、法规科等。",),
        ("有38个处室，编制338名，其中行政编制200名、行政附属编制104名、事业编制34名。",),
        ("建筑面积约为13459平方米，其中地上建筑面积8103平方米，地下建筑面积5356平方米。",),
        ("房屋面积500平方米，其中地上面积300平方米，另有地上停车场210平方米。",),
        two_items("城管执法", "城管执法"),
        two_items("城乡社区管理事务城管执法", "人员"),
        ("公务用车运行费0.00万元，与上年持平。", "共有车辆0辆。"),
        ("公务用车运行费32.20万元，与上年持平。", "共有车辆10辆。"),
        ("第一季度完成项目招标和合同签订工作。", "第二季度完成项目招标和合同签订工作。"),
        ("一般公共预算当年拨款收入比上年有所增长。", "一般公共预算当年拨款收入与上年有所增长。"),
    ],
)
def test_what_can_be_is_left_alone(texts: tuple[str, ...]) -> None:
    assert said(*texts) == []
