"""Keys that Terraform makes or holds: drawn anew by the next apply, or given another value."""

from __future__ import annotations

from collections.abc import Iterator

from safelint.facts.settings import VariableSet
from safelint.facts.terraform import SecretGenerated, TerraformMoved, TerraformValue
from safelint.hazards import Hazard
from safelint.hazards._key_names import is_deployed_key_name
from safelint.hazards.keys import KeyReplacedWithoutGrace, generic, is_kept
from safelint.places import Place, Related, SideName
from safelint.sources import Change, Side
from safelint.values import Reference

_OUT = "everything that it signed is refused, and every user is logged out"


def of_change(change: Change) -> Iterator[Hazard]:
    """Resources that are drawn anew, and variables of a configuration that are keys."""
    bases = {(change.head_path(fact.place.path), fact.name): fact for fact in change.base.touched(TerraformValue)}
    for value in change.head.touched(TerraformValue):
        old = bases.get((value.place.path, value.name))
        if old is not None and is_deployed_key_name(value.name.partition(".")[2], value.place.path) and not is_kept(value.value, old.value):
            yield generic(value.name, value.place, old.place)
    yield from _drawn(change)


def _drawn(change: Change) -> Iterator[KeyReplacedWithoutGrace]:
    heads = {_address(fact): fact for fact in change.head.touched(SecretGenerated)}
    for old in change.base.touched(SecretGenerated):
        folder = old.place.path.rpartition("/")[0]
        if not _signs(change.base, old):
            continue
        moved = {fact.old: fact.new for fact in change.head.within(TerraformMoved, _beside(change.head, folder))}
        address = moved.get(_address(old)[1], _address(old)[1])
        new = heads.get((folder, address)) or _elsewhere(change.head, folder, address)
        if new is not None:
            before, after = ({each.name: each for each in fact.arguments} for fact in (old, new))
            names = [
                name
                for name in {**after, **before}
                if not {name, "all"} & set(new.ignored) and ((name in before) != (name in after) or before[name].value != after[name].value)
            ]
            if names:
                place = after[names[0]].place if names[0] in after else new.place
                yield _anew(old, place, "head", f"Terraform draws it anew where its {names[0]} changes: {_OUT}")
        elif same := [fact for fact in change.head.touched(SecretGenerated) if fact.kind == old.kind and _is_new(change, fact) and _signs(change.head, fact)]:
            why = f"Terraform draws another one for {_address(same[0])[1]}, as no moved block says that it is the same: {_OUT}"
            yield _anew(old, same[0].place, "head", why)


def _anew(old: SecretGenerated, place: Place, side: SideName, consequence: str) -> KeyReplacedWithoutGrace:
    return KeyReplacedWithoutGrace(
        place=place, side=side, related=(Related(old.place, "the key before", "base"),), setting=_address(old)[1], framework="", how="made-anew",
        consequence=consequence, confidence="medium",
    )  # fmt: skip


def _address(fact: SecretGenerated) -> tuple[str, str]:
    return fact.place.path.rpartition("/")[0], f"{fact.kind}.{fact.name}"


def _is_new(change: Change, fact: SecretGenerated) -> bool:
    return _address(fact) not in {_address(each) for each in change.base.touched(SecretGenerated)}


def _elsewhere(side: Side, folder: str, address: str) -> SecretGenerated | None:
    """The same resource in another file of the same folder: Terraform does not care about files."""
    return next((fact for fact in side.within(SecretGenerated, _beside(side, folder)) if _address(fact)[1] == address), None)


def _beside(side: Side, folder: str) -> list[str]:
    return [path for path in side.paths if path.endswith((".tf", ".tofu")) and path.rpartition("/")[0] == folder]


def _signs(side: Side, fact: SecretGenerated) -> bool:
    """Whether it is a key, by its own name or by that of a variable or secret that takes it."""
    folder, address = _address(fact)
    if is_deployed_key_name(fact.name, folder) or (is_deployed_key_name(f"{fact.name}_secret", folder) and "session" in fact.name):
        return True
    taking = [each for each in side.within(VariableSet, _beside(side, folder)) if isinstance(each.value, Reference) and f" {address}." in f" {each.value.name}"]
    return any(is_deployed_key_name(each.name, f"{folder} {each.scope}") for each in taking)
