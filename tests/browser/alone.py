"""The screen's own page in a browser without Jupyter: panel.js and panel.css on a model that a Python object answers.

    screen = Alone(page, panel)      # a playwright page, a workbench Panel
    screen.settle()                  # wait until what the hand did is answered

It is quick, and holds everything but what JupyterLab adds.
"""

from __future__ import annotations

from typing import Any

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tuning</title></head>
<body style="margin:0"><main><h1 style="font-size:14px;margin:4px">Tuning</h1><div id="place"></div></main></body></html>"""
MODEL = """
const listeners = [];
window.model = {
  state: STATE,
  get(name) { return this.state[name]; },
  on(event, listener) { listeners.push([event, listener]); },
  off() {},
  send(content) { window.ask(content).then((changed) => window.model.take(changed)); },
  take(changed) {
    Object.assign(this.state, changed);
    for (const name of Object.keys(changed)) {
      for (const [event, listener] of listeners) if (event === `change:${name}`) listener();
    }
  },
};
const { default: widget } = await import(URL.createObjectURL(new Blob([window.source], { type: "text/javascript" })));
widget.render({ model: window.model, el: document.querySelector("#place") });
window.ready = true;
"""
PARTS = (
    "bar column summary dialog assumed verdict rates matrix curve groups split listing foot python editor rules turned "
    "values standings checked vocabulary hand done"
).split()


class Alone:
    def __init__(self, page: Any, panel: Any):
        self.page, self.panel = page, panel
        self._seen = self._state()
        page.expose_function("ask", self._ask)
        page.set_content(PAGE)
        page.add_style_tag(content=panel._css)
        source = panel._esm if isinstance(panel._esm, str) else panel._esm.read_text(encoding="utf-8")
        page.evaluate("(source) => { window.source = source; }", str(source))
        page.evaluate("(state) => { window.first = state; }", self._seen)
        page.add_script_tag(content=MODEL.replace("STATE", "window.first"), type="module")
        page.wait_for_function("window.ready === true")
        self.box = page.locator(".wb-tune")

    def _state(self) -> dict[str, object]:
        return {name: getattr(self.panel, name) for name in PARTS}

    def _ask(self, content: dict[str, object]) -> dict[str, object]:
        self.panel.hear(content)
        return self._news()

    def _news(self) -> dict[str, object]:
        """What the page has not seen yet."""
        before, self._seen = self._seen, self._state()
        return {k: v for k, v in self._seen.items() if v != before[k]}

    def settle(self) -> None:
        self.page.wait_for_timeout(450)
        # What the kernel finished meanwhile by itself: how the rules come out, a curve.
        self.page.evaluate("(changed) => window.model.take(changed)", self._news())
        self.page.wait_for_function("!document.querySelector('.wb-tune').hasAttribute('aria-busy')")
