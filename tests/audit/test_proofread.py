"""Proofreading: every kind of slip is found in any sentence, and nothing in sentences that are right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.check_cases import sample_book
from tests.support.narrate_cases import CASES, Case, changed
from udfs.audit import HABIT, PLACEHOLDER, proofread
from udfs.audit.proofread import TYPING

WRONG = {
    PLACEHOLDER: (
        "主要原因是XX。",
        "与上年相比减少×万元。",
        "主要原因是：。",
        "收入增加，原因是，人员增加。",
        "本单位预算为____万元。",
        "主要原因是待补充。",
        "（请填写单位名称）收入预算100万元。",
        "【】",
        "收入比上年增加（减少）5万元。",
        "比上年增长/下降5%。",
        "比上年增加（持平）。",
        "共有〇〇个项目。",
        "共有○辆车。",
        "2024年**项目，共**万元。",
        "共有〇辆车。",
        "收入预算...万元。",
        "收入预算#REF!万元。",
        "某某项目5万元。",
        "[单位名称]收入预算5万元。",
        "主要原因：。",
        "支出ⅹⅹ万元。",
        "【待填】",
        "【需核实】",
        "（请核实）",
        "{{ unit }}收入预算5万元。",
        "{单位}收入预算5万元。",
        "支出预算*万元。",
        "支出预算？万元。",
        "支出预算N万元。",
        "支出预算 万元。",
        "项目数待定。",
        "TODO",
        "□有□无国有资产。",
        "（单位名称）2024年收入预算5万元。",
        "增加5万元（如无请删除）。",
        "待上级批复后补充。",
        "数据待更新。",
        "数据待核，请核对。",
        "支出-万元。",
        "收入为/万元。",
        "共有车辆 辆。",
        "共有车辆（）辆。",
        "支出预算A万元。",
        "2026年X月X日批复。",
        "第X节",
        "详见附件X。",
        "较上年增（减）12.3万元。",
        "比上年增/减12.3万元。",
        "增加或减少5万元。",
        "示例：本单位收入预算5万元。",
        "（示例）本单位收入预算5万元。",
        "填报时请删除本说明。",
        "（如没有，删除本段）",
        "（以下内容根据实际情况填写）",
        "（说明原因）",
        "（不超过200字）",
        "［单位名称］收入预算5万元。",
        "##单位##收入预算5万元。",
        "点击此处输入文字。",
        "错误！未找到引用源。",
        "错误!未定义书签。",
        "Error! Reference source not found.",
        "主要原因是……。",
        "稍后补充。",
        "收入预算1.#INF万元。",
        "????",
    ),
    TYPING: (
        "202年度收入预算100万元。",
        "**基本支出：**指为保障运转发生的支出。",
        "收入增加增加5万元。",
        "一般公共预算一般公共预算支出5万元。",
        "收入的的预算。",
        "收入增加5万元。。",
        "收入增加，，支出减少。",
        "用于基本工资、奖金、。",
        "主要用于。",
        "“三公经费预算5万元。",
        "（一收入预算5万元。",
        "收入预算5万元）。",
        "本年收入比上年增加5万元，支出比上年减少",
        "收入锟斤拷预算。",
        "增加0万元，与上年持平。",
        "公务接待费与上年持平，减少0.5万元。",
        "比上年增加减少5万元。",
        "办公用房建筑面积2885.79平方，均为自有。",
        "收入预算5万元元。",
        "收入预算695.96万，支出预算5万元。",
        "主要用于办公费、印刷费、等。",
        "包括：1.办公费；2.；3.印刷费。",
        "其中：基本支出万元，项目支出71.85万元。",
        "2024年年收入5万元。",
        "收入695..96万元。",
        "减少O万元。",
        "比上年增长5.47%%。",
        "支出也也没有。",
        "政府性基金预算（如有）支出情况",
        "绩效目标表（略）",
        "主要原因是无。",
        "填写说明：按实际支出编列。",
        "本部门（单位）收入预算5万元。",
        "一般公共服务支出5万元，占50.01，为最大。",
    ),
    HABIT: ("收入增加,支出减少。", "收入预算５万元。", "收入预算5万元."),
}
RIGHT = (
    "（一）车辆",
    "基本支出主要用于以下各项人员和公用方面的开支，其中:",
    "1）车辆情况。",
    "一、收入预算说明",
    "2024年度，示例市商务局收入预算总计695.96万元，与2023年预算持平。",
    "根据财办〔2021〕12号、《预算法》（2018年修正）等规定，主要原因是人员增加。",
    "二〇二四年收入预算5万元。",
    "“三公”经费增减变动原因说明",
    "增减率、增减变动额见附表。",
    "办公用房建筑面积2885.79平方米。",
    "行政运行（单位：万元）327.37，其他支出19.85。",
    "金额单位为万元。",
    "主要用于办公费、印刷费等支出。",
    "增加（减少）额按表列示。",
    "用于一般公共服务支出348.07万元（占50.01%）、社会保障和就业支出240.67万元（占34.58%）等。",
    "2010年建成，200年来保存完好。",
    "比上年减少0.50万元，公务接待费与上年持平。",
    "制度有待完善，老旧设备待更新改造。",
    "支出 5 万元。",
    "完成待遇核定工作。",
    "待核查问题线索已经办结，前款所列人员随后补充到位。",
    "购置X光机，预算5-10万元，单位为元/万元。",
    "比上年减少-5.00万元，变动情况（填表说明见附件）详见附件1。",
    "较上年增加（减少）情况如下表所列。",
    "（如有违规，依法处理）",
)


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in WRONG.items() for text in texts])
def test_a_slip_is_found_and_named(kind: str, text: str) -> None:
    found = proofread(text)
    assert kind in {slip.kind for slip in found}, found
    assert all(0 <= slip.start < slip.end <= len(text) and slip.message for slip in found)


@pytest.mark.parametrize("text", RIGHT)
def test_nothing_is_found_in_what_is_right(text: str) -> None:
    assert proofread(text) == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_is_found_in_the_programs_own_text(case: Case) -> None:
    case.change(sample_book())
    assert [slip.message for section in changed(case) for slip in proofread(section.text)] == []


@given(st.text(max_size=80), st.sampled_from([t for texts in WRONG.values() for t in texts]), st.text(max_size=80))
def test_any_text_can_be_read(before: str, slip: str, after: str) -> None:
    proofread(f"{before}{slip}{after}")
