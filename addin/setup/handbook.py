"""The handbook: Markdown pages of docs/handbook → offline HTML, with the ribbon drawn from its table and the rule book.

Made where the bundle is made; on the clerk's machine only the finished pages lie.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from urllib.parse import quote

from addin.ribbon import ribbon
from udfs.base import InputProblems, Problem
from udfs.functions import functions
from workbook_templates.reading import Edition, available_editions, load_edition, title_of

SOURCES = Path(__file__).parents[2] / "docs" / "handbook"
#: The page of all rules; another form's rules stand on a page of their own, `findings-EDITION`.
FINDINGS = "findings"

_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
_LINK = re.compile(r'href="([\w-]+)\.md(#[^"]*)?"')
_BROKEN = re.compile(r"(?<=[\u3001-\u9fff\uff00-\uffef”])\n {0,3}(?=[\u4e00-\u9fff“（])")
_PICTURE = re.compile(r"<p>(<img [^>]*src=\"([^\"]+)\"[^>]*>)</p>")

_HEAD = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
_STYLE = """
body{font-family:"Microsoft YaHei","Noto Sans CJK SC",sans-serif;line-height:1.75;color:#222;margin:0;display:flex}
nav{width:13em;min-height:100vh;background:#f3f6fa;padding:1.5em 1em;box-sizing:border-box;flex:none}
nav a{display:block;color:#1f4e79;text-decoration:none;padding:.2em .4em;border-radius:4px}
nav a.here{background:#1f4e79;color:#fff}main{flex:1;max-width:84em;min-width:0;
padding:1.5em 2.5em 4em;box-sizing:border-box}
h1{color:#1f4e79;font-size:1.6em;border-bottom:2px solid #1f4e79;padding-bottom:.3em}
h2{font-size:1.2em;margin-top:1.8em}p,li{max-width:50em}p.picture{max-width:none}small{color:#566}
pre{background:#f6f6f6;border:1px solid #ddd;padding:.6em 1em;overflow:auto}pre code{background:none;padding:0}
img{max-width:100%;box-sizing:border-box;border:1px solid #ccd;box-shadow:0 1px 4px #0002}
table{border-collapse:collapse;margin:1em 0;overflow-wrap:break-word}
td,th{border:1px solid #ccd;padding:.35em .6em;vertical-align:top;text-align:left}
th{background:#eef3f8;white-space:nowrap}
td.name{white-space:nowrap}tr:target,span:target{background:#fff3c4}
code{background:#f3f3f3;padding:.1em .3em}blockquote{border-left:4px solid #e0a030;background:#fff8ea;margin:1em 0;
padding:.3em 1em}
.tab{border:1px solid #ccd;border-radius:6px;margin:1em 0}.tab b{display:inline-block;
background:#1f4e79;color:#fff;padding:.2em 1em}.groups{display:flex;flex-wrap:wrap;background:#f8f9fb}
.group{border-right:1px solid #ccd;border-bottom:1px solid #ccd;padding:.5em .6em;text-align:center}
.group small{display:block;color:#778;margin-top:.5em}.group span{
display:inline-block;border:1px solid #ccd;border-radius:4px;background:#fff;padding:.15em .5em;margin:.12em}
.group span.large{font-weight:bold;padding:.5em .6em}
@media screen and (max-width:50em){body{display:block}nav{width:auto;min-height:0;padding:.6em 1em}
nav a{display:inline-block}main{padding:.5em 1em 3em}}
@media print{body{display:block;font-size:10.5pt}nav{display:none}main{max-width:none;padding:0}
h1,h2,h3{break-after:avoid}tr,img,.tab{break-inside:avoid}thead{display:table-header-group}img{box-shadow:none}
a{color:inherit;text-decoration:none}}
"""


def handbook_pages() -> dict[str, bytes]:
    """Every file of the finished handbook by its name."""
    sources = sorted(SOURCES.glob("*.md"))
    if not sources:
        raise InputProblems([Problem("docs/handbook", "没有手册的源文件，请在源代码目录中制作安装包")])
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sources}
    texts |= _findings(texts[FINDINGS])
    titles = {name: _title(text) for name, text in texts.items()}
    order = sorted(titles, key=lambda name: (name != "index", _order(texts[name]), name))
    texts["index"] = texts["index"].replace("{{buttons}}", _buttons(texts, order))
    pages = {f"{name}.html": _page(name, texts[name], titles, order).encode() for name in texts}
    for path in sorted((SOURCES / "pictures").glob("*.png")):
        pages[f"pictures/{path.name}"] = path.read_bytes()
    return pages


def page_at_rule(index: Path, edition: str, rule: str) -> Path:
    """A page that leads on to a rule's meaning. Windows drops what follows `#` when it opens a file in a browser."""
    own = f"{FINDINGS}-{edition}.html"
    target = own if index.with_name(own).exists() else f"{FINDINGS}.html"
    page = index.with_name("rule.html")
    place = f"{target}#{quote(rule)}"
    head = (
        f'<meta charset="utf-8"><meta http-equiv="refresh" content="0;url={place}"><title>{html.escape(rule)}</title>'
    )
    text = f'<!doctype html><html lang="zh-CN"><head>{head}</head><body><a href="{place}">查看规则</a></body></html>'
    page.write_text(text, encoding="utf-8")
    return page


def _title(text: str) -> str:
    match = _TITLE.search(text)
    assert match is not None
    return match[1]


def _order(text: str) -> int:
    """The place in the contents: the number in the comment that opens a page."""
    match = re.match(r"<!-- (\d+) -->", text)
    return int(match[1]) if match else 99


def _page(name: str, text: str, titles: dict[str, str], order: list[str]) -> str:
    import markdown

    # A line that is broken in the source is none on the page: between Chinese characters there is no space.
    text = _BROKEN.sub("", text).replace("{{ribbon}}", _ribbon()).replace("{{functions}}", _functions())
    body = markdown.markdown(text, extensions=["tables", "sane_lists"])
    body = _LINK.sub(lambda m: f'href="{m[1]}.html{m[2] or ""}"', body)
    # A picture is smaller here than it is: a click shows it whole.
    body = _PICTURE.sub(lambda m: f'<p class="picture"><a href="{m[2]}" title="点击看大图">{m[1]}</a></p>', body)
    links = "".join(
        f'<a href="{other}.html"{" class=here" if other == name else ""}>{html.escape(titles[other])}</a>'
        for other in order
    )
    head = f"{_HEAD}<title>{html.escape(titles[name])}</title><style>{_STYLE}</style>"
    content = f"<nav>{links}</nav><main>{body}</main>"
    return f'<!doctype html><html lang="zh-CN"><head>{head}</head><body>{content}</body></html>'


def _ribbon() -> str:
    """The tab as it looks in Excel, from the same table."""
    groups = []
    for group in ribbon().groups:
        buttons = "".join(
            f'<span{" class=large" if b.large else ""} title="{html.escape(b.more)}">{html.escape(b.label)}</span>'
            for b in group.buttons
        )
        groups.append(f'<div class="group">{buttons}<small>{html.escape(group.label)}</small></div>')
    return f'<div class="tab"><b>{html.escape(ribbon().tab)}</b><div class="groups">{"".join(groups)}</div></div>'


def _buttons(texts: dict[str, str], order: list[str]) -> str:
    """Every button, what it does, and the page that names it in bold; where none does, what its tip adds."""
    lines = ["| 按钮 | 作用 | 看哪一页 |", "|---|---|---|"]
    for button in ribbon().buttons.values():
        page = next((name for name in order if name != "index" and f"**{button.label}**" in texts[name]), "")
        where = f"[{_title(texts[page])}]({page}.md)" if page else button.more
        lines.append(f"| {button.label} | {button.tip} | {where} |")
    return "\n".join(lines)


def _functions() -> str:
    """Every function of a cell with its arguments, as a table in Markdown."""
    lines = ["| 函数 | 作用 | 括号里依次填 |", "|---|---|---|"]
    for function in functions().values():
        shown = "<br>".join(f"{a.name}{'（可省略）' if a.optional else ''}：{a.help}" for a in function.arguments)
        lines.append(f"| {function.name} | {function.help} | {shown} |")
    return "\n".join(lines)


def _findings(page: str) -> dict[str, str]:
    """The page of all rules for each form that has its own: the page's words, then every rule."""
    default = load_edition()
    told = [default]
    pages = {FINDINGS: page.replace("{{rules}}", _rules(default))}
    for name in available_editions():
        edition = load_edition(name)
        if any(edition.relations == other.relations for other in told):
            continue
        told.append(edition)
        text = page.replace("{{rules}}", _rules(edition))
        pages[f"{FINDINGS}-{name}"] = _TITLE.sub(f"# \\1（{title_of(name)}）", text, count=1)
    return pages


def _rules(edition: Edition) -> str:
    """The rules of an edition as HTML tables; each row has its number for an address."""
    from udfs.checks.book import rules

    parts = []
    for family, found in rules(edition).items():
        parts += [f"## {family}", "", "<table><thead><tr><th>编号</th><th>级别</th><th>要求</th></tr></thead><tbody>"]
        for rule in found:
            number, grade, *texts = (html.escape("".join(text.split("\n"))) for text in rule)
            means = f"{texts[0]}<br><small>{texts[1]}</small>"
            parts.append(
                f'<tr id="{number}"><td class="name">{number}</td><td class="name">{grade}</td><td>{means}</td></tr>'
            )
        parts += ["</tbody></table>", ""]
    return "\n".join(parts)
