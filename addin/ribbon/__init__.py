"""The ribbon as data: one table, from which its XML, the VBA callbacks and the buttons' functions follow."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import tomli
from msgspec import Struct

TABLE = Path(__file__).parent / "buttons.toml"
#: The older of the two namespaces: Excel 2007 and WPS read it, and so does every later Excel.
NAMESPACE = "http://schemas.microsoft.com/office/2006/01/customui"
#: Excel cuts longer tips off.
LONGEST_TIP = 1024


class Button(Struct, frozen=True):
    """One button. `book`: it needs an open workbook."""

    command: str
    callback: str
    label: str
    keytip: str
    image: str
    tip: str
    more: str
    large: bool = False
    book: bool = True


class Group(Struct, frozen=True):
    """Buttons under one heading."""

    id: str
    label: str
    buttons: tuple[Button, ...]


class Ribbon(Struct, frozen=True):
    """The tab."""

    tab: str
    keytip: str
    groups: tuple[Group, ...]

    @property
    def buttons(self) -> dict[str, Button]:
        """Every button by its command."""
        return {button.command: button for group in self.groups for button in group.buttons}


@cache
def ribbon() -> Ribbon:
    """The tab as the table says it."""
    data = tomli.loads(TABLE.read_text(encoding="utf-8"))
    groups = tuple(Group(g["id"], g["label"], tuple(Button(**b) for b in g["buttons"])) for g in data["groups"])
    return Ribbon(data["tab"], data["keytip"], groups)


def ribbon_xml() -> bytes:
    """The tab as Excel's customUI."""
    from lxml import etree

    made = ribbon()
    root = etree.Element(f"{{{NAMESPACE}}}customUI", nsmap={None: NAMESPACE})  # type: ignore[dict-item]
    root.set("onLoad", "YsLoad")
    tabs = etree.SubElement(etree.SubElement(root, f"{{{NAMESPACE}}}ribbon"), f"{{{NAMESPACE}}}tabs")
    tab = etree.SubElement(tabs, f"{{{NAMESPACE}}}tab", id="YsTab", label=made.tab, keytip=made.keytip)
    for group in made.groups:
        node = etree.SubElement(tab, f"{{{NAMESPACE}}}group", id=group.id, label=group.label)
        for button in group.buttons:
            etree.SubElement(
                node,
                f"{{{NAMESPACE}}}button",
                id=f"{button.callback}Id",
                label=button.label,
                keytip=button.keytip,
                screentip=button.tip,
                supertip=button.more,
                imageMso=button.image,
                size="large" if button.large else "normal",
                onAction=button.callback,
            )
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True, pretty_print=True)
