"""工作台 in a real browser: headless Chromium and its driver from Debian's packages, and axe-core from npm."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import ElementClickInterceptedException, StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.support.desk import served
from tests.support.evidence import EVIDENCE
from tests.support.tools import ROOT

AXE = ROOT / ".ci" / "node_modules" / "axe-core" / "axe.min.js"
#: A common notebook's screen, without the browser's own bars.
WIDTH, HEIGHT = 1366, 650
ZOOMS = (1.0, 1.25, 1.5, 2.0) if EVIDENCE else (1.0, 2.0)
_PATIENCE = 60
#: Tables and pictures scroll within their own frames; everything else has to fit.
_CRAMPED = """
const found = [], main = document.querySelector("main");
if (document.documentElement.scrollWidth > innerWidth) found.push("the page scrolls sideways");
if (main.scrollWidth > main.clientWidth) found.push("the view scrolls sideways");
const framed = (e) => {
  for (; e && e !== main; e = e.parentElement) if (/auto|scroll/.test(getComputedStyle(e).overflowX)) return true;
};
const typed = "input, select, textarea", shown = [];
for (const e of document.querySelectorAll(`button, a, h1, h2, h3, p, li, label, ${typed}`)) {
  if (e.getClientRects().length && !e.closest(".hidden") && !framed(e)) shown.push(e);
}
for (const e of shown) {
  const box = e.getBoundingClientRect(), start = e.outerHTML.slice(0, 120);
  if (box.right > innerWidth + 1 || box.left < -1) found.push("outside: " + start);
  if (e.matches(typed) || getComputedStyle(e).textOverflow === "ellipsis" || !e.clientWidth) continue;
  if (e.scrollWidth > e.clientWidth + 1) found.push("cut: " + start);
}
const boxes = shown.filter((e) => e.matches(`button, h1, h2, h3, ${typed}`)).map((e) => [e, e.getBoundingClientRect()]);
boxes.forEach(([one, a], n) => boxes.slice(n + 1).forEach(([two, b]) => {
  const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  const apart = wide <= 1 || high <= 1 || main.contains(one) !== main.contains(two);
  if (apart || one.contains(two) || two.contains(one)) return;
  found.push("over each other: " + one.outerHTML.slice(0, 80) + two.outerHTML.slice(0, 80));
}));
return found;
"""


def missing_browser() -> str:
    """Why there is no browser; empty where there is one."""
    gone = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    return f"not installed: {', '.join(gone)}" if gone else ""


class Browser:
    """A page of 工作台, used by clicks and keys."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver
        self._wait = WebDriverWait(driver, _PATIENCE, ignored_exceptions=[StaleElementReferenceException])

    def find(self, css: str) -> WebElement:
        """The first element, once it is there and can be clicked."""

        def found(driver: webdriver.Chrome) -> WebElement | bool:
            return next((e for e in driver.find_elements(By.CSS_SELECTOR, css) if e.is_displayed()), False)

        element: Any = self._wait.until(found, f"no {css}")
        return element  # type: ignore[no-any-return]

    def click(self, css: str) -> None:
        """Click an element."""

        def clicked(_: webdriver.Chrome) -> bool:
            try:
                self.find(css).click()
            except (StaleElementReferenceException, ElementClickInterceptedException):
                return False  # the view is just being shown anew
            return True

        self._wait.until(clicked, css)

    def press(self, command: str) -> None:
        """Click a button of the ribbon."""
        self.click(f"[data-press={command}]:enabled")

    def view(self, name: str) -> None:
        """Turn to a view."""
        self.click(f".tabs [data-view={name}]")
        self._settles(name)

    def _settles(self, what: str) -> None:
        """Wait until the view is no longer being shown anew."""
        self._wait.until(lambda d: not d.find_elements(By.CSS_SELECTOR, "main[aria-busy]"), what)

    def says(self, text: str) -> str:
        """What is said in the end, once it holds a text."""
        self._wait.until(lambda _: text in self.text("#said"), f"not said: {text}")
        self._settles(text)
        return self.text("#said")

    def text(self, css: str) -> str:
        """The text that an element shows."""
        return self.driver.find_element(By.CSS_SELECTOR, css).text

    def shows(self, text: str) -> None:
        """Wait until the view shows a text."""
        self._wait.until(lambda d: text in d.find_element(By.TAG_NAME, "main").text, f"not shown: {text}")

    def complaints(self) -> list[str]:
        """What the browser has noted against the page."""
        found: list[dict[str, Any]] = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [str(one["message"]) for one in found]

    def zoom(self, factor: float) -> None:
        """What the browser's own enlarging does: fewer points in the same window."""
        size = {"width": int(WIDTH / factor), "height": int(HEIGHT / factor)}
        metrics = {**size, "deviceScaleFactor": factor, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def cramped(self) -> list[str]:
        """What is cut off, lies over something else or makes the page scroll sideways, as it stands, at any zoom."""
        found = []
        for factor in ZOOMS:
            self.zoom(factor)
            found += [f"{factor:.0%} {one}" for one in self.driver.execute_script(_CRAMPED)]
        self.zoom(1)
        return found

    def unfit(self) -> list[str]:
        """What axe-core finds of grade serious or critical in the page as it stands; nothing where it is missing."""
        if not AXE.exists():
            return []
        self.driver.execute_script(AXE.read_text(encoding="utf-8"))
        found: list[dict[str, Any]] = self.driver.execute_async_script(
            "const done = arguments[0]; axe.run(document).then((r) => done(r.violations));"
        )
        return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found if v["impact"] in ("serious", "critical")]

    def says_instead(self, old: str, new: str) -> None:
        """Have the page show other words, for a picture."""
        self.driver.execute_script(
            "const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);"
            "while (walk.nextNode()) walk.currentNode.data = walk.currentNode.data.replaceAll(...arguments);",
            old,
            new,
        )

    def picture(self, path: Path) -> None:
        """The page as a picture."""
        self.driver.save_screenshot(str(path))


@contextmanager
def opened(where: Path, *, width: int = WIDTH, height: int = 768) -> Iterator[Browser]:
    """工作台 as a program of its own, with a workbook or folder, in a browser of that size."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--lang=zh-CN"):
        options.add_argument(argument)
    options.add_argument(f"--window-size={width},{height}")
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    with served(where, environment) as (_, url):
        driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        try:
            driver.get(url)
            yield Browser(driver)
        finally:
            driver.quit()
