"""Proofreading: what is wrong with a text whatever it speaks of, from a left-over placeholder to a doubled word.

>>> [slip.kind for slip in proofread("主要原因是XX，收入增加增加。")]
['placeholder', 'typing']
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from udfs.base import squeezed

#: Kinds of slip: what can only be a left-over of a template; what a reader stumbles over; what is a matter of habit.
PLACEHOLDER, TYPING, HABIT = "placeholder", "typing", "habit"


class Slip(Struct, frozen=True):
    """A slip in a text, from `start` to `end`; the message says what it is and what to do."""

    kind: str
    start: int
    end: int
    message: str


_HAN = r"[\u4e00-\u9fff]"
_NUMERAL = "一二三四五六七八九十百〇零"
_UNITS = "亿元|万元|元|年|个|家|辆|人|项|台|%|％|平方米"
_TURNS = "增加|增长|上升|提高|减少|下降|降低|减"
_CHOICES = (
    rf"(?:{_TURNS})\s*[（(]\s*(?:{_TURNS}|持平)[^）)，。；\d]{{0,6}}[）)](?![额率数幅情变])"
    rf"|(?:{_TURNS})[/／](?:{_TURNS}|持平)(?![额率数幅])|[（(](?:{_TURNS})[、或/／](?:{_TURNS})[）)]"
    r"|(?:增加?|减少?|上升|下降)[（(/／或]{1,2}者?(?:增加?|减少?|上升|下降)[）)]?(?=\s*\d)"
)
_NO_UNIT = "“{found}”后面缺少金额单位，请核对"
_END = "。；，、：！？"

_RULES: tuple[tuple[str, str, str], ...] = (
    (PLACEHOLDER, r"[XxＸｘ×✕ⅹⅩ]{2,}", "“{found}”是没有填写的占位符，请填写实际内容"),
    (
        PLACEHOLDER,
        rf"[XxＸｘ×✕](?={_UNITS}|[月日])|(?<=第)[XxＸｘ×](?=[节页章条])|(?<=附[件表])[XxＸｘ×]|(?<![A-Za-z\d])(?![OoIl])[A-Za-z](?=亿元|万元|[%％])",
        "“{found}”是没有填写的占位符，请填写实际内容",
    ),
    (
        PLACEHOLDER,
        rf"(?<![{_NUMERAL}])(?:[〇○◯□]{{2,}}|〇(?={_UNITS}))|[○◯□](?={_UNITS})",
        "“{found}”是没有填写的占位符，请填写实际内容",
    ),
    (TYPING, r"^[ \t　]*[*]{2}[^*\n]{2,40}[*]{2}", "“{found}”带有排版用的星号，请删去"),
    (PLACEHOLDER, r"[_＿]{2,}|[*＊]{2,}", "“{found}”是没有填写的空位，请填写实际内容"),
    (
        PLACEHOLDER,
        (
            rf"(?:\.{{3,}}|…+)\s*(?={_UNITS})|(?:原因|用于|包括|如下|[为是])[：:]?\s*(?:…+|\.{{3,}}|。{{3,}})|[?？]{{3,}}"
            r"|(?:(?:预算|支出|收入|经费|合计|[为共])\s*[-—–/／]{1,2}|^\s*[-—–]{1,2})(?=亿元|万元)|[（(]\s*[）)]"
        ),
        "“{found}”是没有填写的空位，请填写实际内容",
    ),
    (
        PLACEHOLDER,
        (
            r"错误\s*[！!]\s*(?:未找到|未定义|链接|超链接|书签|文档)[^。，\n]{0,8}|Error!\s*(?:Reference|Bookmark|Hyperlink)[^.\n]{0,24}"
        ),
        "“{found}”是 Word 找不到所引内容的提示，请更新域或改为实际文字",
    ),
    (
        PLACEHOLDER,
        r"(?:单击|点击)(?:或点击)?此处[^，。\n]{0,8}|请输入[^，。\n]{0,6}|Click (?:or tap )?here to enter \w+",
        "“{found}”是模板中的提示，请填写实际内容",
    ),
    (
        PLACEHOLDER,
        r"^\s*示?例[：:]|[（(](?:示例|样例|样本|模板|范本)[）)]|请?(?:在)?[^，。；\n]{0,6}(?:请删[除去]|删[除去][本此该][段句行条]?(?:说明|内容)?)",
        "“{found}”是模板中的文字，请改为实际内容或删去",
    ),
    (
        PLACEHOLDER,
        r"#(?:REF!|DIV/0!|VALUE!|NAME\?|N/A|NUM!|NULL!)|1\.#(?:INF|IND|QNAN)",
        "“{found}”是公式的错误值，请填写实际内容",
    ),
    (
        PLACEHOLDER,
        r"(?<![A-Za-z])(?:NaN|nan|None|null|NULL|undefined|[Ii]nf(?:inity)?)(?![A-Za-z])",
        "“{found}”是空值，请填写实际内容",
    ),
    (PLACEHOLDER, r"某某|请?在?此处(?:填写|填列|说明|补充|插入)", "“{found}”是模板中的提示，请填写实际内容"),
    (
        PLACEHOLDER,
        r"[\[【［〔{<](?:单位|部门|年份|年度|金额|数字|项目|日期)(?:名称)?[\]】］〕}>](?![：:])|([#$@])\1?[\w\u4e00-\u9fff]{1,12}\1{1,2}",
        "“{found}”是没有填写的占位符，请填写实际内容",
    ),
    (
        PLACEHOLDER,
        (
            r"(?<![有尚亟仍])待(?:补充|填写|填列|完善|补填|更新(?!改|换)|核实(?!的)|核(?=[。；，、）)\s]|对|$)|确认(?!的))|(?:稍|随)后补充(?=[。；，、）)]|$)|(?:^|(?<=[，。；：（(]))后补(?=[。；，、）)]|$)|待[^，。；]{1,8}后补充|(?:待定|暂缺)(?=[。，；、）)\s]|$)"
            r"|(?<![A-Za-z])(?:TBD|TODO|tbd|todo)(?![A-Za-z])|占位符?(?=[。，；、）)\s]|$)"
        ),
        "“{found}”说明内容还没有写完，请补写",
    ),
    (
        PLACEHOLDER,
        (
            rf"(?<![A-Za-z\d])[*＊?？NnＮ](?={_UNITS})|{{{{?[^{{}}\n]{{1,30}}}}}}?|□[^□\n]{{1,6}}□"
            r"|(?:预算|支出|收入|安排|经费|费用?|[为有共]|车辆|购置|合计|增加|减少)[ 　\u00a0]+"
            r"(?=亿元|万元|元|个|家|辆)"
        ),
        "“{found}”是没有填写的空位，请填写实际内容",
    ),
    (
        PLACEHOLDER,
        (
            r"[（(\[【](?:请|此处|在此|待|需|需要)?(?:填(?!表)写?|填列|填报|补充|注明|修改|核实|更新|完善|(?:简要?)?说明原因|简述|简要说明|概述|[写列]明|可?删除|根据实际)[^）)\]】]*[）)\]】]"
            r"|[（(](?:如无|如有|没有的?)(?:请|填|应|则|的)[^）)]{0,10}[）)]|[（(](?:如|若)?(?:没有|无)?[^）)]{0,6}(?:可删除?|删除(?:[本此该][段条项])?)[）)]|[（(](?:以下|以上|本段|此段)[^）)]{0,14}(?:填写|修改|删除|实际)[^）)]{0,6}[）)]|[（(](?:不超过|限)\d+字[^）)]{0,4}[）)]|[（(](?:具体|主要)?原因(?:说明)?[）)]|[（(](?:选填|必填|可选填?|单位名称)[）)]"
        ),
        "“{found}”是模板中的提示，请填写内容后删去",
    ),
    (PLACEHOLDER, r"【\s*】|\[\s*\]|《\s*》", "“{found}”中没有内容，请填写"),
    (
        PLACEHOLDER,
        _CHOICES,
        "“{found}”是模板中供选择的文字，请按实际情况保留一个",
    ),
    (
        PLACEHOLDER,
        r"原因(?:主要)?(?:(?:是|为|系|在于)[：:]?\s*等?(?=[。；，、！？]|$)|[：:]\s*等?(?=[。；]))",
        "“{found}”后面没有写原因，请补写",
    ),
    (
        TYPING,
        r"[（(][如若](?:有|适用|涉及)[）)]",
        "“{found}”是模板中的文字，有这项内容的请删去这几个字，没有的请写明没有",
    ),
    (
        TYPING,
        r"[（(]略[）)]|此处略|(?<=原因[是为])(?:暂?无|略|不详|同上)(?=[。；，]|$)",
        "“{found}”没有写出内容，请补写",
    ),
    (TYPING, r"^\s*填[写报]说明[：:]", "“{found}”是模板中的说明，请删去"),
    (
        TYPING,
        r"本(?:部门|单位)(?:[（(](?:部门|单位)[）)]|[/／]本?(?:部门|单位))|[（(](?:是[/／]否|有[/／]无)[）)]",
        "“{found}”是模板中供选择的文字，请按实际情况保留一个",
    ),
    (TYPING, r"(?<!\d)20\d年(?!限|来|间|以|历史|寿)", "年份“{found}”少了一位数字，请核对"),
    (TYPING, r"(?<!\d)20\d{3}年|\d年(?:年(?![初底末中度])|度度)", "年份“{found}”多写了，请核对"),
    (TYPING, rf"({_HAN}{{2,8}})\1", "“{found}”重复，请删去一个"),
    (TYPING, r"([的和与为比占是了也均由在将从较至])\1", "“{found}”重复，请删去一个"),
    (TYPING, r"([，。；：、！？])\1+|[，、；：][，。；、：]|。[，、；：]", "标点“{found}”重复或多余，请核对"),
    (TYPING, r"[、；：]\s*等(?=[。；，]|支出|费用|方面)", "“{found}”前面缺少内容，请补写"),
    (
        TYPING,
        rf"(?:(?<![\d.])\d{{1,2}}[.．、]|[（(][{_NUMERAL}]{{1,3}}[）)])\s*(?=[；;。])",
        "“{found}”后面没有内容，请补写或删去",
    ),
    (TYPING, rf"([（(][{_NUMERAL}]{{1,3}}[）)])\s*\1", "“{found}”重复，请删去一个"),
    (TYPING, r"(?:包括|用于|其中|如下|分别为|分别是)[：:]?\s*。", "“{found}”后面没有内容，请补写"),
    (TYPING, r"\ufffd|锟斤拷|烫烫|屯屯|[\ue000-\uf8ff]|[ÃÂ][\x80-\xbf]|â€", "“{found}”是乱码，请重新输入"),
    (
        TYPING,
        rf"(?:{_TURNS})(?:为|了)?\s*0(?:\.0+)?\s*(?:万元|%|％)[^。；]{{0,12}}持平",
        "“{found}”既写增减又写持平，请保留一个",
    ),
    (
        TYPING,
        rf"持平，?(?:{_TURNS})(?:为|了)?\s*\d[\d,.]*",
        "“{found}”既写持平又写增减，请保留一个",
    ),
    (
        TYPING,
        r"(?:增[加长]|上升|提高)了?(?:减少|下降|降低)\s*\d|(?:减少|下降|降低)了?(?:增[加长]|上升|提高)\s*\d",
        "“{found}”既写增又写减，请保留一个",
    ),
    (
        TYPING,
        r"\d\s*(?:平方(?!米|公里|千米|厘米)|平方米米|万元元|元元|万万元|亿亿元|[%％]{2,})",
        "“{found}”的计量单位写错，请核对",
    ),
    (
        TYPING,
        r"\d\.{2,}\d+|(?<![\d.])\.\d+(?=\s*(?:万元|[%％]))|\d\.(?=\s*(?:万元|[%％]))|\d,\d{1,2}(?=\.\d|万元)|(?<=\d)[OoIl](?=[\d.万元%％])|(?<![A-Za-z])[OIl](?=[\d.]*(?:万元|[%％]))",
        "数字“{found}”写错，请核对",
    ),
    (
        TYPING,
        r"(?:预算|支出|收入|经费|资金|合计|总计|增加|减少|增长|下降|(?<!单位)(?<!单位均)为)\s*(?:万元|[%％])(?!以)",
        "“{found}”缺少数字，请填写",
    ),
    (TYPING, rf"占\s*\d+(?:\.\d+)?(?=[{_END}]|$)", "“{found}”后面缺少百分号，请核对"),
    (
        TYPING,
        rf"(?:预算|支出|收入|经费|费|资金|金额|总计|合计|共计|总额)数?(?:为|共|是|合计)?[^\S\t]*(?!0+(?:\.0+)?[{_END}])\d[\d,]*(?:\.\d+)?万?(?=[，。；、]|$)",
        _NO_UNIT,
    ),
    (
        HABIT,
        rf"(?<={_HAN})[,;:?!](?={_HAN})|(?<=[元%％\u4e00-\u9fff])\.(?=\s*$|{_HAN})",
        "中文里用了英文标点“{found}”，建议改为中文标点",
    ),
    (HABIT, r"[０-９]+", "“{found}”是全角数字，建议改为半角数字"),
)
_PAIRS = {"“": "”", "‘": "’", "（": "）", "(": ")", "《": "》", "【": "】", "「": "」", "〔": "〕"}
_CLOSING = {right: left for left, right in _PAIRS.items()}
#: A bracket after a number or numeral at the beginning of a paragraph marks a list.
_LIST_MARK = re.compile(rf"\s*(?:\d+|[{_NUMERAL}]+|[a-zA-Z])[)）]")
#: Sentences end so; a paragraph of fewer characters without a comma is a heading.
_FINISHED = re.compile(r"[。！？；：;:”）)…\]】》]\s*$")
_HEADING = 30
#: So ends a heading however long: 五、……支出预算表情况说明.
_TITLE = re.compile(r"(?:表|说明)$")


def proofread(text: str) -> tuple[Slip, ...]:
    """Every slip of a text, in its order; of slips at one place only the gravest."""
    found: list[Slip] = []
    given = (
        re.search("单位[：:]?均?为?[：:]?(?:万元|元)|[（(]万元[）)]", text) is not None
    )  # for all amounts: （单位：万元）
    for kind, pattern, message in _RULES:  # compiled when first used: most commands read no text back
        if given and message is _NO_UNIT:
            continue
        for match in re.finditer(pattern, text, re.MULTILINE):
            if not any(slip.start < match.end() and match.start() < slip.end for slip in found):
                shown = match[0].strip()
                found.append(Slip(kind, match.start(), match.end(), message.format(found=shown)))
    at = 0
    for paragraph in text.split("\n"):
        found += _unpaired(paragraph, at)
        found += _unfinished(paragraph, at)
        at += len(paragraph) + 1
    return tuple(sorted(found, key=lambda slip: slip.start))


def _unpaired(paragraph: str, at: int) -> Iterator[Slip]:
    """Quotes and brackets that nothing opens or closes; a half-width bracket may stand for a full-width one."""
    mark = _LIST_MARK.match(paragraph)
    first = mark.end() if mark else 0
    waiting: list[tuple[int, str]] = []
    for n, character in enumerate(paragraph[first:], first):
        plain = {"(": "（", ")": "）"}.get(character, character)
        if plain in _PAIRS:
            waiting.append((n, plain))
        elif plain in _CLOSING:
            if waiting and waiting[-1][1] == _CLOSING[plain]:
                waiting.pop()
            else:
                yield Slip(TYPING, at + n, at + n + 1, f"“{character}”没有与它成对的前一半，请核对")
    for n, character in waiting:
        yield Slip(TYPING, at + n, at + n + 1, f"“{character}”没有与它成对的后一半，请核对")


def _unfinished(paragraph: str, at: int) -> Iterator[Slip]:
    """A paragraph that is a sentence and has no end."""
    text = paragraph.rstrip()
    if not text or "\t" in text or _FINISHED.search(text) or (_TITLE.search(text) and "。" not in text):
        return
    if len(text) > _HEADING or "，" in text or text.endswith(("，", "、")):
        yield Slip(TYPING, at + len(text) - 1, at + len(text), "段落末尾没有句号，请核对这句话是否写完")


#: Terms that a document which uses them explains, however they are written there.
_TERMS = {
    "基本支出": "基本支出",
    "项目支出": "项目支出",
    "“三公”经费": "三公",
    "机关运行经费": "机关运行经费",
}


def unexplained(text: str, explained: str, more: Iterable[str] = ()) -> list[str]:
    """The main terms (and `more`) that a text uses and that are not among what is explained."""
    terms = {name: name for name in more} | _TERMS
    text, explained = (squeezed(x).replace("“", "").replace("”", "") for x in (text, explained))
    keys = {name: key.replace("“", "").replace("”", "") for name, key in terms.items()}
    return [name for name, key in keys.items() if key in text and key not in explained]


#: How a name is marked as that of something which must not be published.
SECRET = re.compile(r"[（(【\[](?:涉密|绝密|机密|秘密|不予?公开|不宜公开)(?:项目)?[）)】\]]")
