// The tuning screen in the browser: shows the parts that the kernel sends, and tells it what the hand did.
// It decides and computes nothing. While the kernel is at work, moves wait, and of each control the last one wins.

const PARTS = ["bar", "column", "summary", "dialog", "assumed", "verdict", "rates", "matrix", "curve", "groups", "split",
  "listing", "foot", "python"];
const LAYOUT = `
  <div class="top" data-part="bar"></div>
  <div data-part="dialog"></div>
  <div class="main">
    <div class="aside"><div data-part="column"></div><div data-part="summary"></div></div>
    <div class="answer">
      <div class="say" data-part="verdict" aria-live="polite"></div>
      <div data-part="assumed"></div>
      <div class="grid">
        <div><div data-part="rates"></div><div data-part="matrix"></div><div data-part="split"></div></div>
        <div><div data-part="curve"></div><div data-part="groups"></div></div>
      </div>
      <div data-part="listing"></div>
      <div data-part="foot"></div>
      <div data-part="python"></div>
    </div>
  </div>`;
const TYPING_MS = 350;

function render({ model, el }) {
  el.classList.add("wb-tune");
  el.innerHTML = LAYOUT;
  const part = (name) => el.querySelector(`[data-part="${name}"]`);

  // Showing

  function fill(name) {
    const slot = part(name);
    const active = slot.contains(document.activeElement) ? document.activeElement : null;
    const [id, at] = [active?.id, active?.selectionStart ?? null];
    const open = new Map([...slot.querySelectorAll("details[data-group]")].map((d) => [d.dataset.group, d.open]));
    slot.innerHTML = model.get(name);
    for (const d of slot.querySelectorAll("details[data-group]")) {
      if (open.has(d.dataset.group)) d.open = open.get(d.dataset.group);
    }
    const again = id ? slot.querySelector(`#${CSS.escape(id)}`) : null;
    if (again) {
      again.focus({ preventScroll: true });
      if (at !== null && again.type === "search") again.setSelectionRange(at, at);
    }
    if (name === "dialog") slot.querySelector("input, button")?.focus({ preventScroll: true });
    if (name === "column") hold(model.get("hand"));
  }

  const box = (key) => el.querySelector(`.c[data-key="${CSS.escape(key)}"]`);

  function showValues() {
    for (const [key, now] of Object.entries(model.get("values"))) {
      const c = box(key);
      const slider = c?.querySelector("input[type=range]");
      if (!slider) continue;
      const field = c.querySelector("input[type=number]");
      stretch(slider, now.value);
      if (document.activeElement !== slider) slider.value = now.value;
      if (document.activeElement !== field && now.typed === null) field.value = now.value;
      slider.setAttribute("aria-valuetext", now.said);
      field.setAttribute("aria-invalid", now.typed === null ? "false" : "true");
      c.classList.toggle("changed", now.changed);
      c.classList.toggle("refused", now.typed !== null);
      c.querySelector(".why").textContent = now.why;
    }
  }

  // The slider reaches as far as what was typed, and its mark of the published value moves along.
  function stretch(slider, value) {
    const top = Math.max(Number(slider.dataset.top), Number(value));
    if (Number(slider.max) === top) return;
    const mark = slider.parentElement.querySelector("i");
    const [low, was] = [Number(slider.min), Number(slider.max)];
    const at = Number(mark.style.getPropertyValue("--at"));
    mark.style.setProperty("--at", ((at * (was - low)) / (top - low)).toFixed(4));
    slider.max = top;
  }

  function hold(key) {
    for (const c of el.querySelectorAll(".c.on")) c.classList.remove("on");
    if (key) box(key)?.classList.add("on");
  }

  // Telling

  let [sent, waiting, timers] = [0, {}, {}];
  const busy = () => sent > model.get("done");

  function tell(act, data = {}) {
    sent += 1;
    model.send({ act, seq: sent, ...data });
    el.setAttribute("aria-busy", "true");
  }

  function move(key, value) {
    clearTimeout(timers[key]);
    waiting[key] = value;
    flush();
  }

  function flush() {
    if (busy() || Object.keys(waiting).length === 0) return;
    const moves = waiting;
    waiting = {};
    tell("moves", { moves });
  }

  function settled() {
    // A page that was opened anew counts on from what the kernel has done.
    sent = Math.max(sent, model.get("done"));
    if (!busy()) el.removeAttribute("aria-busy");
    flush();
  }

  const typed = (field) => (field.validity.badInput ? "nan" : field.value);

  // Listening

  el.addEventListener("input", (event) => {
    const [target, c] = [event.target, event.target.closest(".c")];
    if (c && target.type === "range") {
      c.querySelector("input[type=number]").value = target.value;
      c.classList.add("changed");
      move(c.dataset.key, target.value);
    } else if (c && target.type === "number") {
      clearTimeout(timers[c.dataset.key]);
      timers[c.dataset.key] = setTimeout(() => {
        const value = typed(target);
        if (value !== "" && value !== "nan") c.querySelector("input[type=range]").value = value;
        move(c.dataset.key, value);
      }, TYPING_MS);
    } else if (target.dataset.act === "search") {
      clearTimeout(timers.search);
      timers.search = setTimeout(() => tell("search", { value: target.value }), TYPING_MS);
    }
  });

  el.addEventListener("change", (event) => {
    const [target, c] = [event.target, event.target.closest(".c")];
    if (c && target.type === "number") move(c.dataset.key, typed(target));
    else if (target.matches("select[data-act]")) {
      tell(target.dataset.act, { value: target.value });
      if (target.closest(".top")) el.querySelector(".answer").scrollTop = 0;
    }
  });

  el.addEventListener("focusin", (event) => {
    // Keys belong to what has the focus here, not to the notebook's shortcuts, which look at the focused element first.
    event.target.setAttribute("data-lm-suppress-shortcuts", "true");
    const key = event.target.closest(".c")?.dataset.key;
    if (key && key !== model.get("hand")) {
      hold(key);
      tell("hand", { key });
    }
  });

  el.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-act]");
    if (!button || button.disabled) return;
    event.preventDefault();
    const { act, ...data } = button.dataset;
    if (act === "copy") {
      navigator.clipboard?.writeText(button.parentElement.querySelector("code").textContent);
      button.textContent = "Copied";
    } else if (act === "save") {
      const form = button.closest("form");
      tell("save", Object.fromEntries([...new FormData(form)]));
    } else tell(act, data);
  });

  el.addEventListener("keydown", (event) => {
    const form = event.target.closest(".form");
    if (form && event.key === "Escape") tell("cancel");
    if (form && event.key === "Enter" && event.target.matches("input")) {
      event.preventDefault();
      form.querySelector("[data-act=save]")?.click();
    }
  });

  el.addEventListener("submit", (event) => event.preventDefault());

  // A wheel turned over a field in passing must not change a number.
  el.addEventListener("wheel", (event) => {
    if (event.target.type === "number" && event.target === document.activeElement) event.target.blur();
  }, { passive: true });

  function download({ name, text }) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  const listeners = PARTS.map((name) => [`change:${name}`, () => fill(name)]);
  listeners.push(["change:values", showValues], ["change:done", settled], ["change:hand", () => hold(model.get("hand"))],
    ["msg:custom", (message) => message.download && download(message.download)]);
  for (const [event, listener] of listeners) model.on(event, listener);
  PARTS.forEach(fill);
  settled();
  return () => listeners.forEach(([event, listener]) => model.off(event, listener));
}

export default { render };
