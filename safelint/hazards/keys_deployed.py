"""Keys in the files that deploy an application: replaced there, taken from another secret, encrypted anew."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safelint.facts.settings import SettingAssigned, VariableSet, VariablesTaken
from safelint.facts.terraform import TerraformMoved
from safelint.hazards import Hazard
from safelint.hazards._changes import changes
from safelint.hazards._environments import Differing, differing, resolved
from safelint.hazards._key_names import is_deployed_key_name, is_key_name
from safelint.hazards._settings import factories, for_developers, settings_paths
from safelint.hazards.keys import KeyReplacedWithoutGrace, KeySourceMoved, generic, holds, is_kept, moved_how
from safelint.paths import in_production
from safelint.places import Related
from safelint.records import dataclass
from safelint.secrets import is_placeholder, seal
from safelint.sources import Change, Side
from safelint.values import Called, Environment, Reference, Sealed, Value

_TOOLS = {"sops": "SOPS", "kubeseal": "kubeseal", "ansible-vault": "ansible-vault"}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyReencrypted(Hazard):
    """A key that is encrypted in the repository, and whose encrypted form is another one: what is in it can't be compared."""

    setting: str
    tool: str


def of_change(change: Change) -> Iterator[Hazard]:
    """Keys by the names of their variables, where no setting that reads them has told already."""
    known = {each.place for each in changes(change)}
    seen: set[tuple[str, str, Value, Value]] = set()
    read_as = _read_as(change.head) if differing(change) else {}
    for each in differing(change):
        for name in sorted(each.names):
            old, new = each.before.get(name), each.after.get(name)
            if old is not None and new is None and old.place not in known:
                yield from _withdrawn(change, each, old)
            if old is None or new is None or new.place in known:
                continue
            if name not in read_as and not is_deployed_key_name(name, f"{each.path} {each.scope}"):
                continue
            before, after = seal(resolved(change.base, old)), seal(resolved(change.head, new))
            if (each.path, name, before, after) not in seen:
                seen.add((each.path, name, before, after))
                yield from _judged(change, each, old, new, before, after, read_as.get(name, name))


def _withdrawn(change: Change, where: Differing, old: VariableSet) -> Iterator[KeySourceMoved]:
    """A key that no part of the deployment is given any more, and that code still asks the environment for."""
    before = seal(resolved(change.base, old))
    if says_nothing(before) or not is_deployed_key_name(old.name, f"{where.path} {where.scope}"):
        return
    if any(each.name == old.name for each in change.head.everywhere(VariableSet)) or not _asks_for(change.head, old.name):
        return
    taken = any(each.scope == where.scope for each in change.head.within(VariablesTaken, [where.path]))
    yield KeySourceMoved(
        place=old.place, side="base", setting=old.name, how="variable", before=before, after=Reference("somewhere that the tree does not show"),
        confidence="low" if taken else "medium",
    )  # fmt: skip


def _asks_for(side: Side, variable: str) -> bool:
    """Whether code reads a variable of the environment by its name."""
    asks = re.compile(rb"(?i:env)[^\n]{0,40}[\"'](?:%s)[\"']|process\.env\.%s\b" % (re.escape(variable.encode()), re.escape(variable.encode())))
    paths = [path for path in sorted(side.paths) if path.endswith((".py", ".js", ".ts", ".go", ".rb")) and in_production(path)]
    return any(asks.search(data) for _, data in side.files.read(paths))


def _read_as(side: Side) -> dict[str, str]:
    """The keys that settings read from variables: the variable's name, which may say nothing, and the setting's."""
    return {
        fact.value.name: fact.name
        for fact in side.within(SettingAssigned, {*settings_paths(side), *factories(side)})
        if isinstance(fact.value, Environment) and is_key_name(fact.name) and not for_developers(fact.condition)
    }


def _judged(
    change: Change, where: Differing, old: VariableSet, new: VariableSet, before: Value, after: Value, setting: str
) -> Iterator[KeyReplacedWithoutGrace | KeySourceMoved | KeyReencrypted]:
    if any(says_nothing(each) for each in (before, after)):
        return
    if isinstance(before, Sealed) and isinstance(after, Sealed):
        if not is_kept(after, before) and not any(holds(resolved(change.head, fact), before) for fact in where.after.values()):
            yield generic(setting, new.place, old.place)
    elif tool := encrypted_anew(before, after):
        if tool == "SOPS" and _others_kept(where):
            # SOPS leaves the encrypted form of what it does not change as it is, so that this one was changed.
            yield generic(setting, new.place, old.place)
        else:
            related = (Related(old.place, "the key before", "base"),)
            yield KeyReencrypted(place=new.place, related=related, setting=setting, tool=tool)
    elif (how := moved_how(before, after)) and not _is_renamed(change, new, before, after):
        related = (Related(old.place, "the key before", "base"),)
        yield KeySourceMoved(place=new.place, related=related, setting=setting, how=how, before=before, after=after)


def _is_renamed(change: Change, new: VariableSet, before: Value, after: Value) -> bool:
    """Whether Terraform knows the same resource by another name now."""
    if not (isinstance(before, Reference) and isinstance(after, Reference) and before.name.startswith("Terraform's ")):
        return False
    folder = new.place.path.rpartition("/")[0]
    beside = [path for path in change.head.paths if path.endswith((".tf", ".tofu")) and path.rpartition("/")[0] == folder]
    return any(before.name.replace(f" {fact.old}.", f" {fact.new}.") == after.name for fact in change.head.within(TerraformMoved, beside))


def encrypted_anew(before: Value, after: Value) -> str:
    """The tool by which both are encrypted; empty where they are not."""
    return _TOOLS.get(before.function, "") if isinstance(before, Called) and isinstance(after, Called) and before.function == after.function else ""


def says_nothing(value: Value) -> bool:
    """Whether a value is a placeholder, or one where the variable is missing; that a missing one is empty is no such."""
    if isinstance(value, Environment):
        return is_placeholder(value.default) and not _is_empty(value.default)
    return is_placeholder(value)


def _is_empty(value: Value | None) -> bool:
    return isinstance(value, Sealed) and "empty" in value.traits


def _others_kept(where: Differing) -> bool:
    """Whether other encrypted values of the same place are the same to the letter."""
    return any(isinstance(fact.value, Called) and name in where.before and where.before[name].value == fact.value for name, fact in where.after.items())
