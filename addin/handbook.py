"""The handbook: Markdown pages of docs/handbook → offline HTML, with the ribbon drawn from its table and the rule book.

Made where the bundle is made; on the clerk's machine only the finished pages lie.
"""

from __future__ import annotations

import html
import re
from pathlib import Path

from addin.ribbon import ribbon
from udfs.functions import functions
from udfs.problems import InputProblems, Problem

SOURCES = Path(__file__).parent.parent / "docs" / "handbook"
RULES = SOURCES.parent / "checks.md"

_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
_RULE_ROW = re.compile(r"<tr>\s*<td>([A-F]\d[\w-]*)</td>")
_LINK = re.compile(r'href="([\w-]+)\.md(#[^"]*)?"')

_STYLE = """
body{font-family:"Microsoft YaHei","Noto Sans CJK SC",sans-serif;line-height:1.75;color:#222;margin:0;display:flex}
nav{width:15em;min-height:100vh;background:#f3f6fa;padding:1.5em 1em;box-sizing:border-box;flex:none}
nav a{display:block;color:#1f4e79;text-decoration:none;padding:.2em .4em;border-radius:4px}
nav a.here{background:#1f4e79;color:#fff}main{max-width:52em;padding:1.5em 2.5em 4em}
h1{color:#1f4e79;font-size:1.6em;border-bottom:2px solid #1f4e79;padding-bottom:.3em}
h2{font-size:1.2em;margin-top:1.8em}
img{max-width:100%;border:1px solid #ccd;box-shadow:0 1px 4px #0002}table{border-collapse:collapse;margin:1em 0}
td,th{border:1px solid #ccd;padding:.35em .6em;vertical-align:top;text-align:left}th{background:#eef3f8}
code{background:#f3f3f3;padding:.1em .3em}blockquote{border-left:4px solid #e0a030;background:#fff8ea;margin:1em 0;
padding:.3em 1em}
.tab{border:1px solid #ccd;border-radius:6px;margin:1em 0;overflow:auto}.tab b{display:inline-block;
background:#1f4e79;color:#fff;padding:.2em 1em}.groups{display:flex;background:#f8f9fb}
.group{border-right:1px solid #ccd;padding:.5em .6em;text-align:center;flex:none}
.group small{display:block;color:#778;margin-top:.5em}.group span{
display:inline-block;border:1px solid #ccd;border-radius:4px;background:#fff;padding:.15em .5em;margin:.12em}
.group span.large{font-weight:bold;padding:.5em .6em}@media(max-width:50em){body{display:block}nav{width:auto;
min-height:0}}
"""


def handbook_pages() -> dict[str, bytes]:
    """Every file of the finished handbook by its name."""
    sources = sorted(SOURCES.glob("*.md"))
    if not sources:
        raise InputProblems([Problem("docs/handbook", "没有手册的源文件，请在源代码目录中制作安装包")])
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sources}
    texts["findings"] = _findings(texts["findings"])
    titles = {name: _title(text) for name, text in texts.items()}
    order = sorted(titles, key=lambda name: (name != "index", _order(texts[name]), name))
    pages = {f"{name}.html": _page(name, texts[name], titles, order).encode() for name in texts}
    for path in sorted((SOURCES / "pictures").glob("*.png")):
        pages[f"pictures/{path.name}"] = path.read_bytes()
    return pages


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

    text = text.replace("{{ribbon}}", _ribbon()).replace("{{functions}}", _functions())
    body = markdown.markdown(text, extensions=["tables", "sane_lists"])
    body = _LINK.sub(lambda m: f'href="{m[1]}.html{m[2] or ""}"', body)
    body = _RULE_ROW.sub(lambda m: f'<tr id="{m[1]}"><td>{m[1]}</td>', body)
    links = "".join(
        f'<a href="{other}.html"{" class=here" if other == name else ""}>{html.escape(titles[other])}</a>'
        for other in order
    )
    head = f'<meta charset="utf-8"><title>{html.escape(titles[name])}</title><style>{_STYLE}</style>'
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


def _functions() -> str:
    """Every function of a cell with its arguments, as a table in Markdown."""
    lines = ["| 函数 | 作用 | 参数 |", "|---|---|---|"]
    for function in functions().values():
        shown = "<br>".join(f"{a.name}{'（可省略）' if a.optional else ''}：{a.help}" for a in function.arguments)
        lines.append(f"| {function.name} | {function.help} | {shown} |")
    return "\n".join(lines)


def _findings(page: str) -> str:
    """The page of all rules: its own words, then the rule book without its title."""
    rules = RULES.read_text(encoding="utf-8")
    return page + "\n\n" + _TITLE.sub("", rules, count=1)
