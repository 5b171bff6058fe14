"""A page of the browser: what is done in it, and what it did."""

import asyncio
import json
import time
from base64 import b64decode
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.browser.protocol import DevTools, RefusedError

PATIENT = 90.0  # seconds for what a page does on a machine that runs tests
DOMAINS = ("Network", "Runtime", "Log")
WITHOUT_NETWORK = {"data", "blob", "about", "chrome-error"}
KEYS = {"Enter": (13, "\r"), "Tab": (9, ""), "Escape": (27, ""), " ": (32, " "), "ArrowDown": (40, "")}
CONTROL = 2  # the protocol's bit for the key
# Where the middle of an element is, once it has stopped moving and nothing is in front of it.
RESTING = """new Promise(found => {
  let before = "";
  const look = () => {
    const at = document.querySelector(%s);
    at?.scrollIntoView({block: "nearest"});
    const box = at?.getBoundingClientRect() ?? {x: 0, y: 0, width: 0, height: 0};
    const place = [box.x + box.width / 2, box.y + box.height / 2];
    const seen = document.elementFromPoint(...place);
    if (before === String(place) && at && (at.contains(seen) || seen?.contains(at))) found(place);
    else setTimeout(look, 50);
    before = String(place);
  };
  look();
})"""


class Page:
    """A page. What its frames and workers do counts as done by it.

    Attributes:
        requested: the addresses that it asked for, of WebSockets as well.
        complaints: errors and warnings of its console, exceptions, violations of its content security policy.

    """

    def __init__(self, tools: DevTools) -> None:
        self._tools = tools
        self._session = ""
        self._sessions: set[str] = set()
        self.requested: list[str] = []
        self.complaints: list[str] = []

    @classmethod
    async def made(cls, tools: DevTools, context: str) -> "Page":
        """An empty page in a profile."""
        page = cls(tools)
        target = await tools.send("Target.createTarget", url="about:blank", browserContextId=context)
        attached = await tools.send("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        page._session = attached["sessionId"]
        tools.listeners.append(page._heard)
        await page._watch(page._session)
        await page.send("Page.enable")
        await page.send("Audits.enable")
        return page

    async def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Carries out a command of the protocol in the page."""
        return await self._tools.send(method, self._session, **parameters)

    async def open(self, url: str) -> None:
        """Goes to `url` and waits until it is loaded."""
        await self.send("Page.navigate", url=url)
        await self.until(f"location.href.startsWith({url!r}) && document.readyState === 'complete'")

    async def evaluate(self, script: str) -> Any:
        """The value of a JavaScript expression, of a promise when it is kept. AssertionError for an exception."""
        answer = await self.send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def until(self, script: str, seconds: float = PATIENT) -> None:
        """Waits until the expression is true in JavaScript's eyes. AssertionError if it never is."""
        end = time.monotonic() + seconds
        value = None
        while time.monotonic() < end:
            try:
                value = await self.evaluate(f"Promise.resolve({script}).then(Boolean)")
            except RefusedError:  # it is between two documents
                value = None
            if value:
                return
            await asyncio.sleep(0.05)  # not a wait for luck: the condition decides
        shown = await self.evaluate("document.body.innerText")
        raise AssertionError(f"never came true: {script}\n{self.complaints}\n{shown}")

    async def click(self, selector: str) -> None:
        """Clicks as a person does: on what is seen there, when it has stopped moving."""
        await self.until(f"document.querySelector({selector!r})")
        place = await self.evaluate(RESTING % json.dumps(selector))
        for kind in ("mousePressed", "mouseReleased"):
            await self.send("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)

    async def write(self, text: str) -> None:
        """Puts `text` where the focus is, as a paste does."""
        await self.send("Input.insertText", text=text)

    async def press(self, key: str, *, control: bool = False) -> None:
        """Presses a key."""
        code, text = KEYS.get(key, (ord(key[0].upper()), key))
        about: dict[str, Any] = {"key": key, "windowsVirtualKeyCode": code, "modifiers": CONTROL if control else 0}
        down = about if control or not text else about | {"text": text}
        await self.send("Input.dispatchKeyEvent", type="keyDown", **down)
        await self.send("Input.dispatchKeyEvent", type="keyUp", **about)

    async def show_as(self, width: int, height: int, *, dark: bool = False, mobile: bool = False) -> None:
        """Looks at it through a window of this size."""
        await self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile
        )
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        await self.send(
            "Emulation.setEmulatedMedia", features=[*features, {"name": "prefers-reduced-motion", "value": "reduce"}]
        )

    async def screenshot(self, file: Path, *, whole: bool = False) -> None:
        """Writes what is seen, or all of it, as PNG."""
        shot = await self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        await asyncio.to_thread(file.write_bytes, b64decode(shot["data"]))

    async def accessible(self) -> list[dict[str, Any]]:
        """What a screen reader is told: the nodes of the accessibility tree that are not ignored."""
        nodes = (await self.send("Accessibility.getFullAXTree"))["nodes"]
        return [node for node in nodes if not node["ignored"]]

    def hosts(self) -> set[str]:
        """The hosts, with their ports, that it asked for anything."""
        parts = [urlsplit(url) for url in self.requested]
        return {each.netloc for each in parts if each.scheme not in WITHOUT_NETWORK}

    async def _watch(self, session: str) -> None:
        self._sessions.add(session)
        for domain in DOMAINS:
            await self._tools.send(f"{domain}.enable", session)
        await self._tools.send(
            "Target.setAutoAttach", session, autoAttach=True, waitForDebuggerOnStart=False, flatten=True
        )

    def _join(self, session: str) -> None:
        """Watches a frame or a worker."""
        self._sessions.add(session)
        for domain in DOMAINS:
            self._tools.post(f"{domain}.enable", session)
        self._tools.post("Target.setAutoAttach", session, autoAttach=True, waitForDebuggerOnStart=False, flatten=True)

    def _heard(self, session: str, event: str, told: dict[str, Any]) -> None:
        if session not in self._sessions:
            return
        if event == "Target.attachedToTarget":
            self._join(told["sessionId"])
        elif event == "Network.requestWillBeSent":
            self.requested.append(told["request"]["url"])
        elif event == "Network.webSocketCreated":
            self.requested.append(told["url"])
        elif event == "Runtime.exceptionThrown":
            self.complaints.append(str(told["exceptionDetails"]))
        elif event == "Runtime.consoleAPICalled" and told["type"] in {"error", "assert"}:
            self.complaints.append(str([each.get("value", each.get("description")) for each in told["args"]]))
        elif event == "Log.entryAdded" and told["entry"]["level"] in {"error", "warning"}:
            self.complaints.append(f"{told['entry']['text']} ({told['entry'].get('url', '')})")
        elif event == "Audits.issueAdded" and told["issue"]["code"] == "ContentSecurityPolicyIssue":
            self.complaints.append(str(told["issue"]["details"]))
