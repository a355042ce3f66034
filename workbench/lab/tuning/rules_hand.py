"""What the hand does to whole rules: switch them off, open their form, check what is typed, put it into the draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from workbench.errors import Problem, ProblemsFound
from workbench.guideline.addresses import Rule, Thing
from workbench.guideline.draft_yaml import as_mapping
from workbench.guideline.load_draft import load_draft
from workbench.guideline.model import BenefitLimit, Rules
from workbench.lab.tuning import rule_forms, rules_html
from workbench.lab.tuning.drafts import draft_of
from workbench.lab.tuning.edits import Edit
from workbench.lab.tuning.page import Act, Content, Host, said
from workbench.lab.tuning.state import State


class RulesHand:
    """The acts of the rules column and of the form of one rule."""

    def __init__(self, host: Host):
        self.host = host
        self.acts: Mapping[str, Act] = {
            "switch": self.switch,
            "rule": self.open,
            "rule-new": self.new,
            "rule-typed": self.typed,
            "rule-put": self.put,
            "rule-back": self.back,
            "rule-close": self.close,
        }

    def switch(self, content: Content) -> None:
        """A rule on or off."""
        rule, state = Rule.of(said(content, "rule")), self.host.state
        before = state.edit_of(rule)
        if before is not None and before.added:
            self.back(content)  # what the draft adds is taken out of it
            return
        edit = before or Edit(rule, own=self._own(rule))
        self.host.move_to(state.edited(replace(edit, off=not content.get("on"))))
        self.host.show_choices()

    def back(self, content: Content) -> None:
        """A rule, or a number, as published."""
        self.host.move_to(self.host.state.without(Rule.of(said(content, "rule"))))
        self._close()
        self.host.show_choices()

    def open(self, content: Content) -> None:
        rule = Rule.of(said(content, "rule"))
        edit = self.host.state.edit_of(rule)
        drafted, published = self._sides()
        there = _find(rule, drafted) or _find(rule, published)
        values = rule_forms.texts_of(there)
        if edit is not None and edit.off:
            values |= dict(edit.body)
        self._show(rule, values, added=edit is not None and edit.added)

    def new(self, content: Content) -> None:
        rule = Rule(said(content, "target"), "", self.host.state.whose)
        condition = self.host.state.condition
        values = {"condition": condition} if rule.target == "limits" and condition else {}
        first = next((r.id for r in self._sides()[0].limits if condition in [c.text for c in r.cells]), "")
        self._show(rule, {**values, "before": first} if rule.target == "limits" else values, added=True)

    def typed(self, content: Content) -> None:
        """What is wrong with the conditions being typed, or what they say."""
        found = rule_forms.check_typed(_fields(content), self._sides()[0], self.host.desk.library)
        every = {key: "" for key in rule_forms.CONDITIONS}
        self.host.page.put(checked=every | {key: str(rules_html.said(c)) for key, c in found.items()})

    def put(self, content: Content) -> None:
        """The form into the draft; where it can not go there, the form stays with what was typed, and says why."""
        typed, state = _fields(content), self.host.state
        named, target = said(content, "_rule"), said(content, "_target")
        drafted, published = self._sides()
        rule = Rule.of(named) if named else Rule(target, "", state.whose)
        before = state.edit_of(rule) if named else None
        added = not named or before is not None and before.added
        try:
            if not named:
                id_ = rule.target if rule.target == "benefit_limit" else rule_forms.new_id(typed, rule.target, drafted)
                rule = Rule(target, id_, state.whose)
            texts = rule_forms.texts_of(_find(rule, published))
            edit = rule_forms.edit_of(rule, typed, texts, added=added, own=self._own(rule, adding=not named))
            moved = state.edited(edit)
            self._sound(moved)
            self.host.move_to(moved)
        except (ProblemsFound, ValueError) as error:
            found = error.problems if isinstance(error, ProblemsFound) else (Problem("wrong-value", str(error)),)
            told = [p.message + (f": {p.hint}" if p.hint else "") for p in found]
            self._show(Rule.of(named) if named else Rule(target, "", state.whose), typed, added=added, problems=told)
            return
        self._close()
        self.host.show_choices()

    def close(self, content: Content) -> None:
        self._close()

    # helpers

    def _close(self) -> None:
        self.host.view = replace(self.host.view, editing="")
        self.host.page.put(editor="")

    def _sides(self) -> tuple[Rules, Rules]:
        desk, state = self.host.desk, self.host.state
        return desk.drafted_rules(state), desk.published_rules(state)

    def _sound(self, state: State) -> None:
        """Raises ProblemsFound with all that a file of this draft would be refused for."""
        mapping = {k: v for k, v in as_mapping(draft_of(state)).items() if k in ("base", "changes", "plans")}
        mapping["base"] = mapping.get("base", {}) | {state.guideline: {"version": state.version}}
        load_draft(mapping, self.host.desk.library)

    def _own(self, rule: Rule, *, adding: bool = False) -> bool:
        """Whether a rule is one of the overlay's own keys rather than of the guideline under it."""
        overlay = self.host.desk.overlay(self.host.state)
        if not rule.plan or overlay is None:
            return False
        mine = rule.target == "waivers" and (adding or rule.id in {w.id for w in overlay.waivers})
        return mine or rule.target == "benefit_limit"

    def _show(
        self, rule: Rule, values: Mapping[str, str], *, added: bool, problems: list[str] | tuple[str, ...] = ()
    ) -> None:
        drafted, desk, state = self._sides()[0], self.host.desk, self.host.state
        fields = rule_forms.fields(rule.target, values, drafted, desk.library, adding=added)
        if added and not rule.id and rule.target != "benefit_limit":
            fields.append(rule_forms.Field("id", "Id (blank: made of the sentence)", "text", values.get("id", "")))
        checked = rule_forms.check_typed(values, drafted, desk.library)
        self.host.view = replace(self.host.view, editing=str(rule) if rule.id else f"new {rule.target}")
        html = rules_html.editor(rule, fields, checked, state, problems, added=added)
        self.host.page.put(vocabulary=rule_forms.vocabulary(drafted, desk.library), editor=str(html))


def _find(rule: Rule, rules: Rules) -> Thing | BenefitLimit | None:
    return rule.within(rules)


def _fields(content: Content) -> dict[str, str]:
    """What was typed: the fields of the form, without what only names it."""
    return {k: str(v) for k, v in content.items() if k not in ("act", "seq") and not k.startswith("_")}
