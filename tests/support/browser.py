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
from tests.support.tools import ROOT

AXE = ROOT / ".ci" / "node_modules" / "axe-core" / "axe.min.js"
_PATIENCE = 60


def missing_browser() -> str:
    """Why there is no browser; empty where there is one."""
    gone = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    return f"not installed: {', '.join(gone)}" if gone else ""


class Browser:
    """A page of 工作台, used by clicks and keys."""

    def __init__(self, driver: webdriver.Chrome, origin: str) -> None:
        self.driver = driver
        self.origin = origin
        self._wait = WebDriverWait(driver, _PATIENCE)

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
        self._wait.until(lambda d: not d.find_elements(By.CSS_SELECTOR, "main[aria-busy]"), name)

    def says(self, text: str) -> str:
        """What is said in the end, once it holds a text."""
        self._wait.until(lambda _: text in self.text("#said"), f"not said: {text}")
        return self.text("#said")

    def text(self, css: str) -> str:
        """The text that an element shows."""
        return self.driver.find_element(By.CSS_SELECTOR, css).text

    def shows(self, text: str) -> None:
        """Wait until the view shows a text."""
        self._wait.until(lambda d: text in d.find_element(By.TAG_NAME, "main").text, f"not shown: {text}")

    def choose(self, path: Path) -> None:
        """In the dialog for files: each folder on the way, then the file."""
        for folder in [*reversed(path.parents[:-1])]:
            self.click(f"dialog [data-folder='{folder}']")
            self.find(f".files[data-here='{folder}']")
        if path.suffix:
            self.click(f"dialog [data-file='{path}']")

    def complaints(self) -> list[str]:
        """What the browser has noted against the page."""
        found: list[dict[str, Any]] = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [str(one["message"]) for one in found]

    def unfit(self) -> list[str]:
        """What axe-core finds of grade serious or critical in the page as it stands."""
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
def opened(where: Path, *, width: int = 1366, height: int = 768, zoom: float = 1.0) -> Iterator[Browser]:
    """工作台 as a program of its own, with a workbook or folder, in a browser of that size."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--lang=zh-CN"):
        options.add_argument(argument)
    options.add_argument(f"--window-size={width},{height}")
    options.add_argument(f"--force-device-scale-factor={zoom}")
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    with served(where, environment) as (_, url):
        driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        try:
            driver.get(url)
            yield Browser(driver, url.partition("/?")[0])
        finally:
            driver.quit()
