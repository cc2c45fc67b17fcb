"""A real Chromium, driven over its debugging pipe: which cookies it keeps, and which it sends."""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage", "--disable-extensions", "--remote-debugging-pipe", "--host-resolver-rules=MAP * 127.0.0.1",
    "--ignore-certificate-errors", "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable",
)  # fmt: skip
_PATIENCE = 60.0  # seconds until a browser that does not answer is given up; nothing waits for this long on a good day


@dataclass
class Browser:
    """One Chromium; every `tab` has cookies of its own, as a private window has."""

    _to: int
    _from: int
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _buffer: bytes = b""
    _events: list[dict[str, Any]] = field(default_factory=list)

    def call(self, method: str, session: str = "", **parameters: object) -> dict[str, Any]:
        """One command of the protocol, and its answer."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, (method, answer)
                result: dict[str, Any] = answer["result"]
                return result
            self._events.append(answer)

    def wait(self, session: str, event: str) -> dict[str, Any]:
        """The next event of this name, whether it has come already or not."""
        while True:
            for index, each in enumerate(self._events):
                if each.get("sessionId") == session and each.get("method") == event:
                    del self._events[: index + 1]
                    parameters: dict[str, Any] = each["params"]
                    return parameters
            self._events.append(self._next())

    def _next(self) -> dict[str, Any]:
        deadline = time.monotonic() + _PATIENCE
        while b"\0" not in self._buffer:
            assert select.select([self._from], [], [], max(deadline - time.monotonic(), 0))[0], "the browser does not answer"
            data = os.read(self._from, 1 << 16)
            assert data, "the browser has gone"
            self._buffer += data
        first, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(first)
        return message

    def tab(self) -> Tab:
        """A new private window."""
        return self.tab_of(str(self.call("Target.createBrowserContext")["browserContextId"]))

    def tab_of(self, context: str) -> Tab:
        """Another tab of a window: they share their cookies."""
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable", session)
        return Tab(self, session, context)


@dataclass
class Tab:
    """One private window."""

    browser: Browser
    session: str
    context: str

    def go(self, address: str) -> str:
        """Type an address; the text of the page that comes."""
        self.browser._events.clear()
        self.browser.call("Page.navigate", self.session, url=address)
        self.browser.wait(self.session, "Page.loadEventFired")
        return self.text()

    def click(self, code: str) -> str:
        """Run code that leads to another page; the text of that page. Counts as a click of the user."""
        self.browser._events.clear()
        self.browser.call("Runtime.evaluate", self.session, expression=code, userGesture=True)
        self.browser.wait(self.session, "Page.loadEventFired")
        return self.text()

    def beside(self) -> Tab:
        """Another tab of the same window."""
        return self.browser.tab_of(self.context)

    def ask(self, path: str) -> str:
        """What the site of this page answers at a path. Cookies come and go as they do with a page, in a fraction of the time."""
        code = f"fetch({path!r}).then(answer => answer.text())"
        found = self.browser.call("Runtime.evaluate", self.session, expression=code, awaitPromise=True, returnByValue=True)
        return str(found["result"]["value"])

    def close(self) -> None:
        """Close the window, with all of its tabs and cookies."""
        self.browser.call("Target.disposeBrowserContext", browserContextId=self.context)

    def text(self) -> str:
        """What the page says."""
        found = self.browser.call("Runtime.evaluate", self.session, expression="document.body.innerText", returnByValue=True)
        return str(found["result"].get("value", "")).strip()

    def cookies(self) -> list[dict[str, Any]]:
        """Every cookie that this window holds."""
        found: list[dict[str, Any]] = self.browser.call("Storage.getCookies", browserContextId=self.context)["cookies"]
        return found


@contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """A fresh Chromium whose every host name is this machine."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or "chromium"
    # Above 4, so that the two ends that the browser gets can be put at 3 and 4.
    commands, answers = os.pipe(), os.pipe()
    inner = (fcntl.fcntl(commands[0], fcntl.F_DUPFD, 20), fcntl.fcntl(answers[1], fcntl.F_DUPFD, 20))

    def at_three_and_four() -> None:
        os.dup2(inner[0], 3)
        os.dup2(inner[1], 4)

    process = subprocess.Popen(
        [program, *_FLAGS, f"--user-data-dir={folder}", "about:blank"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=at_three_and_four, pass_fds=(3, 4),
    )  # fmt: skip
    for end in (*inner, commands[0], answers[1]):
        os.close(end)
    try:
        browser = Browser(commands[1], answers[0])
        yield browser
        browser.call("Browser.close")
    finally:
        os.close(commands[1])
        os.close(answers[0])
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
