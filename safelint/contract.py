"""The session contract of a revision: what somebody who is logged in depends on there, with places and without secrets; and of two, what differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from safelint.facts.clock import TokenVerified
from safelint.facts.cookies import CookieWritten
from safelint.facts.keys import KeyRing
from safelint.facts.settings import SettingAssigned
from safelint.facts.upgrades import PackagePinned
from safelint.frameworks import Framework, frameworks, rows_of
from safelint.hazards._cookies import keeps_login
from safelint.hazards._differences import difference, effective
from safelint.hazards._frameworks import in_use
from safelint.hazards._key_names import is_key_name
from safelint.hazards._settings import DEPENDS, Settings, leaves_of, set_of
from safelint.paths import is_settings_path
from safelint.places import Place
from safelint.records import dataclass
from safelint.sources import Side
from safelint.values import Called, Environment, Known, Listing, Mapping, Unknown, Value, describe

if TYPE_CHECKING:
    from safelint.findings import Finding


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that sessions depend on. `group` is what it belongs to, `place` None where the framework's default holds."""

    group: str
    name: str
    value: Value
    place: Place | None
    choices: tuple[tuple[str, Value], ...] = ()
    """Where it depends on a condition: each condition with the value under it."""

    def shown(self) -> str:
        """The value in words."""
        if self.choices:
            return ", ".join(f"{describe(value)} if {condition}" if condition else describe(value) for condition, value in self.choices)
        return describe(self.value)


def terms(side: Side) -> tuple[Term, ...]:
    """The contract of one side: settings with the frameworks that read them, keys, tokens, cookies of the code's own, versions."""
    found: dict[tuple[str, str], Term] = {}
    for term in (*_of_settings(side), *_keys(side), *_tokens(side), *_cookies(side), *_versions(side)):
        found.setdefault((term.group, term.name), term)
    return tuple(found.values())


# ---- settings


def _of_settings(side: Side) -> Iterator[Term]:
    said: dict[str, set[str]] = {}
    for settings in _sets(side):
        for framework in in_use(settings):
            if _concerns(framework, settings):
                found = list(_terms_of(framework, settings))
                # An application is configured in many files, a settings module is one: only there a default can be told from what another file says.
                if "config" in framework.forms:
                    said.setdefault(framework.name, set()).update(term.name for term in found if term.place is not None)
                    found = [term for term in found if term.place is not None]
                yield from found
    for framework in frameworks():
        if framework.name in said:
            for row in framework.rows:
                if (
                    row.setting not in said[framework.name]
                    and row.effect != "none"
                    and "*" not in row.setting
                    and row.default is not None
                    and not row.default_from
                ):
                    yield Term(f"{framework.name}, nowhere set", row.setting, row.default, None)


def _sets(side: Side) -> Iterator[Settings]:
    """Every set of settings in the tree that production can start with."""
    seen: set[tuple[str, str, str]] = set()
    for fact in side.everywhere(SettingAssigned):
        scope = f"{fact.name.partition('.')[0]} {fact.scope}" if fact.form == "argument" else "" if fact.form == "config" else fact.scope
        if fact.form == "module" and not is_settings_path(fact.place.path):
            continue
        for path in leaves_of(side, fact.place.path) if fact.form == "module" else [fact.place.path]:
            if (path, fact.form, scope) not in seen:
                seen.add((path, fact.form, scope))
                yield set_of(side, path, fact.form, scope)


def _concerns(framework: Framework, settings: Settings) -> bool:
    return any(row.effect != "none" for name in settings.assigned for row in rows_of(framework.name, name))


def _terms_of(framework: Framework, settings: Settings) -> Iterator[Term]:
    group = f"{framework.name} in {settings.path}" + (f" ({settings.scope})" if settings.scope and settings.form != "argument" else "")
    names = [row.setting for row in framework.rows if row.effect != "none" and "*" not in row.setting]
    names += [name for name in settings.assigned if any("*" in row.setting and row.effect != "none" for row in rows_of(framework.name, name))]
    if settings.form == "argument":
        component = settings.scope.partition(" ")[0]
        names = [name for name in names if name.startswith(f"{component}.")]
    for name in dict.fromkeys(names):
        row = rows_of(framework.name, name)[0]
        fact = settings.of(name)
        value = effective(settings, row, name)
        if value is None and row.default is None and fact is None:
            continue  # required, or a default that differs from version to version
        if fact is None and value in (None, Known(None)) and settings.form == "argument":
            continue
        choices = tuple(settings.alternatives(name).items()) if value == Unknown(DEPENDS) else ()
        place = fact.place if fact is not None else None
        yield Term(group, name, value if value is not None else Unknown("required, and not set here"), place, choices)


# ---- what code holds itself


def _keys(side: Side) -> Iterator[Term]:
    for fact in side.everywhere(SettingAssigned):
        if (
            fact.form in ("module", "field", "class")
            and is_key_name(fact.name)
            and not is_settings_path(fact.place.path)
            and not isinstance(fact.value, Unknown)
        ):
            yield Term("Keys in code", f"{fact.module}.{fact.scope}.{fact.name}".replace("..", "."), fact.value, fact.place)
        elif fact.form == "field" and is_key_name(fact.name):
            yield Term("Keys in code", f"{fact.module}.{fact.scope}.{fact.name}", fact.value, fact.place)
    for ring in side.everywhere(KeyRing):
        yield Term("Keys in code", f"{ring.scope or ring.place.path}.{ring.name}", Listing(tuple(key for key, _ in ring.keys.items)), ring.place)


def _tokens(side: Side) -> Iterator[Term]:
    for fact in side.everywhere(TokenVerified):
        if fact.checks_signature is False:
            continue
        group = f"Tokens verified by {fact.library} in {fact.place.path}"
        for name, value in (("algorithms", fact.algorithms), ("audience", fact.audience), ("issuer", fact.issuer), ("required claims", fact.required)):
            if value is not None:
                yield Term(group, f"{fact.function}: {name}", value, fact.place)
        yield Term(group, f"{fact.function}: leeway", fact.leeway if fact.leeway is not None else Known(0), fact.place)


def _cookies(side: Side) -> Iterator[Term]:
    for fact in side.everywhere(CookieWritten):
        if keeps_login(fact.name):
            group = f"Cookie {describe(fact.name)} set in {fact.place.path}"
            for name, value in (("domain", fact.domain), ("path", fact.path), ("secure", fact.secure), ("samesite", fact.samesite), ("max_age", fact.max_age)):
                if value is not None:
                    yield Term(group, f"{fact.function}: {name}", value, fact.place)


def _versions(side: Side) -> Iterator[Term]:
    named = {name: framework.name for framework in frameworks() for name in framework.distributions}
    for fact in sorted(side.everywhere(PackagePinned), key=lambda each: not each.locked):
        if fact.name in named and (fact.version or fact.minimum):
            yield Term("Versions", fact.name, Known(fact.version or f">={fact.minimum}"), fact.place)


# ---- on paper


def shown(found: tuple[Term, ...], description: str) -> str:
    """The contract as a page."""
    lines = [f"What sessions depend on · {description}", ""]
    for group in dict.fromkeys(term.group for term in found):
        mine = [term for term in found if term.group == group]
        width = max(len(term.name) for term in mine)
        lines.append(group)
        for term in mine:
            at = f"{term.place.path}:{term.place.line}" if term.place is not None else "by default"
            lines.append(f"  {term.name:<{width}}  {_short(term.shown())}  · {at}")
        lines.append("")
    outside = sorted({name for term in found for name in _environment(term.value)})
    unknown = sum(isinstance(term.value, Unknown) and not term.choices for term in found)
    if outside:
        lines.append(f"Not in the repository: what the environment sets as {', '.join(outside)}.")
    if unknown:
        lines.append(f"Not understood: {unknown} of {len(found)} values.")
    if not found:
        lines.append("Nothing that sessions are known to depend on was found.")
    return "\n".join(lines).rstrip() + "\n"


def shown_difference(base: tuple[Term, ...], head: tuple[Term, ...], findings: tuple[Finding, ...], description: str) -> str:
    """What differs between two contracts, and what that does to the people who are logged in."""
    lines = [f"What sessions depend on, and what becomes of it · {description}", ""]
    before = {(term.group, term.name): term for term in base}
    after = {(term.group, term.name): term for term in head}
    changed = 0
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key), after.get(key)
        if old is not None and new is not None and not _differs(old, new):
            continue
        changed += 1
        was, now = (_short(each.shown()) if each is not None else "absent" for each in (old, new))
        lines += [f"{key[1]}  ({key[0]})", f"  {was} -> {now}" if was != now else f"  {was}, and another one than before"]
    lines += ["" if changed else "The same on both sides.", "What this does:" if findings else "None of this is known to log anybody out."]
    for finding in findings:
        lines.append(f"  {finding.message}")
        lines.append(f"    {finding.severity}, {finding.impact}, a rollback: {finding.rollback} · {finding.place.path}:{finding.place.line} · {finding.rule}")
    return "\n".join(line for line in lines).rstrip() + "\n"


def _differs(old: Term, new: Term) -> bool:
    framework, _, _ = old.group.partition(" in ")
    known = {each.name for each in frameworks()}
    rows = rows_of(framework, old.name) if framework in known else ()
    return difference(old.value, new.value, rows[0]) is not None if rows else old.value != new.value


def _short(text: str) -> str:
    return text if len(text) <= 90 else text[:89] + "…"


def _environment(value: Value) -> Iterator[str]:
    match value:
        case Environment(name, default):
            yield f"${name}"
            if default is not None:
                yield from _environment(default)
        case Listing(items) | Called(_, items):
            for item in items:
                yield from _environment(item)
        case Mapping(items):
            for _, item in items:
                yield from _environment(item)
