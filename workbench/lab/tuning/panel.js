// The tuning screen in the browser: shows the parts that the kernel sends, and tells it what the hand did.
// It decides and computes nothing. While the kernel is at work, moves wait, and of each control the last one wins.

const PARTS = ["bar", "column", "summary", "dialog", "assumed", "verdict", "rates", "matrix", "curve", "groups", "split",
  "listing", "foot", "python", "editor", "rules"];
const LAYOUT = `
  <div class="top" data-part="bar"></div>
  <div data-part="dialog"></div>
  <div class="main">
    <div class="aside" role="region" aria-label="What can be changed">
      <p class="skip"><a href="#" data-skip=".answer [data-part=verdict]">Skip to what changes</a>
        <a href="#" data-skip="[data-part=listing]">Skip to the requests</a></p>
      <div class="moves"><h2 class="hidden">Numbers</h2><div data-part="column"></div>
        <h2 class="hidden">Rules</h2><div data-part="rules"></div></div>
      <div class="inhand" aria-hidden="true"></div><div data-part="summary"></div></div>
    <div class="answer" role="region" aria-label="What changes">
      <div data-part="editor"></div>
      <div class="say" data-part="verdict"></div>
      <div class="hidden" aria-live="polite" data-live></div>
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
    const found = id ? slot.querySelector(`#${CSS.escape(id)}`) : null;
    const again = found && !found.disabled ? found : null;
    if (again) {
      again.focus({ preventScroll: true });
      if (at !== null && again.type === "search") again.setSelectionRange(at, at);
    }
    if (name === "dialog" || name === "editor") {
      const first = slot.querySelector("input:not([type=hidden]), textarea, select, button");
      if (first) first.focus({ preventScroll: true });
      else if (active) home.focus({ preventScroll: true });
    } else if (active && !again) home.focus({ preventScroll: true });
    if (name === "column") hold(model.get("hand"));
    if (name === "rules") showStandings();
    if (name === "listing") showTurned();
  }

  // What would change the open request comes when it is found, and has its place among its traces.
  function showTurned() {
    const place = el.querySelector("[data-turned]");
    if (place) place.innerHTML = model.get("turned");
  }

  // Where the focus goes when what had it is gone: never to the start of the notebook.
  const home = el.querySelector("[data-part=verdict]");
  home.tabIndex = -1;

  function showStandings() {
    const found = model.get("standings");
    for (const rule of el.querySelectorAll(".rule, .tallied[data-rule]")) {
      const place = rule.matches(".tallied") ? rule : rule.querySelector(".tallied");
      const said = found[rule.dataset.rule] ?? "";
      if (place.textContent !== said) place.textContent = said;
    }
  }

  function showChecked() {
    for (const [key, html] of Object.entries(model.get("checked"))) {
      const place = el.querySelector(`.typed[data-for="${key}"]`);
      if (place && place.innerHTML !== html) place.innerHTML = html;
    }
  }

  const box = (key) => el.querySelector(`.c[data-key="${CSS.escape(key)}"]`);

  function showValues() {
    for (const [key, now] of Object.entries(model.get("values"))) {
      const c = box(key);
      const slider = c?.querySelector("input[type=range]");
      if (!slider) continue;
      const field = c.querySelector("input.n");
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
    const now = key ? box(key) : null;
    now?.classList.add("on");
    // What is said of a control has a place of its own: opened within the column, it would push what stands below it
    // away from under the pointer.
    el.querySelector(".inhand").textContent = now?.querySelector(".help")?.textContent ?? "";
  }

  // Names while a condition is typed: facts and parameters, or the choices of the fact before a quote.

  function wordsAt(area) {
    const before = area.value.slice(0, area.selectionStart);
    const quoted = /([a-z_][a-z0-9_]*)\s*(?:=|!=|in\s*\{[^}]*)\s*'([a-z0-9_]*)$/i.exec(before);
    const all = model.get("vocabulary");
    if (quoted) {
      const choices = all.find((w) => w.name === quoted[1])?.choices ?? [];
      return { part: quoted[2], found: choices.filter((c) => c.startsWith(quoted[2])).map((c) => ({ name: c, about: "" })) };
    }
    const part = /[a-z_][a-z0-9_]*$/i.exec(before)?.[0] ?? "";
    if (part.length < 2) return { part, found: [] };
    const low = part.toLowerCase();
    const starts = all.filter((w) => w.name.startsWith(low) && w.name !== part);
    const holds = all.filter((w) => !w.name.startsWith(low) && (w.name.includes(low) || w.about.toLowerCase().includes(low)));
    return { part, found: [...starts, ...holds] };
  }

  function offer(area) {
    const list = area.parentElement.querySelector(".names");
    const { part, found } = wordsAt(area);
    list.replaceChildren(...found.slice(0, 8).map((word, k) => {
      const item = document.createElement("li");
      item.setAttribute("role", "option");
      item.id = `${list.id}-${k}`;
      item.dataset.name = word.name;
      item.dataset.part = part;
      item.textContent = word.about ? `${word.name} – ${word.about}` : word.name;
      return item;
    }));
    list.hidden = found.length === 0;
    area.setAttribute("aria-expanded", String(!list.hidden));
    choose(area, list.hidden ? -1 : 0);
  }

  function choose(area, k) {
    const items = [...area.parentElement.querySelectorAll(".names li")];
    items.forEach((item, i) => item.setAttribute("aria-selected", String(i === k)));
    if (items[k]) area.setAttribute("aria-activedescendant", items[k].id);
    else area.removeAttribute("aria-activedescendant");
  }

  function take(area, item) {
    const at = area.selectionStart;
    area.setRangeText(item.dataset.name, at - item.dataset.part.length, at, "end");
    shut(area);
    area.dispatchEvent(new Event("input", { bubbles: true }));
    shut(area);
  }

  function shut(area) {
    area.parentElement.querySelector(".names").hidden = true;
    area.setAttribute("aria-expanded", "false");
    choose(area, -1);
  }

  // True where a key was for the list of names.
  function completing(event) {
    const area = event.target;
    if (!area.matches("textarea[role=combobox]")) return false;
    const list = area.parentElement.querySelector(".names");
    if (list.hidden) return false;
    const items = [...list.children];
    const now = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown") choose(area, (now + 1) % items.length);
    else if (event.key === "ArrowUp") choose(area, (now + items.length - 1) % items.length);
    else if (event.key === "Enter" || event.key === "Tab") take(area, items[Math.max(now, 0)]);
    else if (event.key === "Escape") shut(area);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  // Telling

  let [sent, waiting, timers] = [0, {}, {}];
  const busy = () => sent > model.get("done");

  let gone = false;

  // The kernel behind the screen stopped: nothing that is moved now would count, so nothing can be moved.
  function lost() {
    if (gone) return;
    gone = true;
    el.classList.add("lost");
    for (const place of el.querySelectorAll(".top, .main, [data-part=dialog]")) place.inert = true;
    const said = document.createElement("p");
    said.className = "stopped";
    said.setAttribute("role", "alert");
    said.textContent = "This screen is no longer connected: its kernel stopped. Nothing can be moved here any more. " +
      "Run the notebook again (Run → Run All Cells); changes that were not saved come back.";
    el.prepend(said);
  }

  function tell(act, data = {}) {
    if (gone) return;
    sent += 1;
    try {
      model.send({ act, seq: sent, ...data });
    } catch {
      lost();
      return;
    }
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
    if (!busy()) {
      el.removeAttribute("aria-busy");
      // The sentence is said once, when the hand has come to rest, without the caption that stays the same.
      const said = el.querySelector(".say .sentence")?.textContent ?? "";
      const live = el.querySelector("[data-live]");
      if (live.textContent !== said) live.textContent = said;
      // A choice that could not be made is not shown as if it had been.
      for (const list of el.querySelectorAll(".top select")) {
        const chosen = [...list.options].find((option) => option.defaultSelected);
        if (chosen && list.value !== chosen.value) list.value = chosen.value;
      }
    }
    flush();
  }

  const typed = (field) => field.value;

  // Listening

  el.addEventListener("input", (event) => {
    const [target, c] = [event.target, event.target.closest(".c")];
    if (c && target.type === "range") {
      c.querySelector("input.n").value = target.value;
      c.classList.add("changed");
      move(c.dataset.key, target.value);
    } else if (c && target.matches("input.n")) {
      clearTimeout(timers[c.dataset.key]);
      timers[c.dataset.key] = setTimeout(() => {
        const value = typed(target);
        if (value !== "" && Number.isFinite(Number(value))) c.querySelector("input[type=range]").value = value;
        move(c.dataset.key, value);
      }, TYPING_MS);
    } else if (target.closest(".ruleform")) {
      if (target.matches("textarea[role=combobox]")) offer(target);
      clearTimeout(timers.rule);
      timers.rule = setTimeout(() => tell("rule-typed", written(target.closest("form"))), TYPING_MS);
    } else if (target.dataset.act === "search") {
      clearTimeout(timers.search);
      timers.search = setTimeout(() => tell("search", { value: target.value }), TYPING_MS);
    }
  });

  el.addEventListener("change", (event) => {
    const [target, c] = [event.target, event.target.closest(".c")];
    if (c && target.matches("input.n")) move(c.dataset.key, typed(target));
    else if (target.matches("input[role=switch]")) tell("switch", { rule: target.dataset.rule, on: target.checked });
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
    } else if (act === "save" || act === "rule-put") {
      clearTimeout(timers.rule);
      tell(act, written(button.closest("form")));
    } else if (act === "rename") {
      tell(act, { name: data.name, to: button.parentElement.querySelector("input").value });
    } else if (act === "compare") {
      const [one, two] = button.parentElement.querySelectorAll("select");
      tell(act, { one: one.value, two: two.value });
    } else tell(act, data);
  });

  const written = (form) => Object.fromEntries([...new FormData(form)]);

  el.addEventListener("mousedown", (event) => {
    const item = event.target.closest(".names li");
    if (!item) return;
    event.preventDefault();
    take(item.closest(".field").querySelector("textarea"), item);
  });

  el.addEventListener("focusout", (event) => {
    if (event.target.matches("textarea[role=combobox]")) shut(event.target);
  });

  el.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-skip]");
    if (!link) return;
    event.preventDefault();
    const place = el.querySelector(link.dataset.skip);
    const first = place.matches("[tabindex]")
      ? place
      : place.querySelector(".list .id") ?? place.querySelector("input, button") ?? home;
    first.focus();
    first.scrollIntoView({ block: "nearest" });
  });

  el.addEventListener("keydown", (event) => {
    if (completing(event)) return;
    const form = event.target.closest(".form");
    step(event);
    // The browser's own undo would change a text elsewhere on the page; here it takes back the last change.
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !form && event.target.type !== "search") {
      event.preventDefault();
      event.stopPropagation();
      for (const key of Object.keys(timers)) clearTimeout(timers[key]);
      waiting = {};
      tell(event.shiftKey ? "redo" : "undo");
    }
    if (form && event.key === "Escape") tell(form.matches(".ruleform") ? "rule-close" : "cancel");
    if (form && event.key === "Enter" && event.target.matches("input")) {
      event.preventDefault();
      (event.target.parentElement.querySelector("[data-act=rename]") ??
        form.querySelector("[data-act=save], [data-act=rule-put]"))?.click();
    }
  });

  // Arrow keys move a number by its step, as in the browser's own number fields (which swallow commas and letters).
  function step(event) {
    const field = event.target;
    if (!field.matches("input.n") || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    const now = Number(field.value);
    if (field.value.trim() === "" || !Number.isFinite(now)) return;
    event.preventDefault();
    const by = Number(field.dataset.step) * (event.key === "ArrowUp" ? 1 : -1);
    field.value = String(Number((now + by).toFixed(8)));
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  el.addEventListener("submit", (event) => event.preventDefault());

  // A wheel turned over a field in passing must not change a number.
  el.addEventListener("wheel", (event) => {
    if (event.target.matches("input.n") && event.target === document.activeElement) event.target.blur();
  }, { passive: true });

  function download({ name, text }) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  const listeners = PARTS.map((name) => [`change:${name}`, () => fill(name)]);
  listeners.push(["change:standings", showStandings], ["change:checked", showChecked], ["change:turned", showTurned], ["change:values", showValues], ["change:done", settled], ["change:hand", () => hold(model.get("hand"))],
    ["comm_live_update", lost], ["msg:custom", (message) => message.download && download(message.download)]);
  for (const [event, listener] of listeners) model.on(event, listener);
  PARTS.forEach(fill);
  settled();
  return () => listeners.forEach(([event, listener]) => model.off(event, listener));
}

export default { render };
