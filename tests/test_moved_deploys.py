"""Variables of a deployment whose file is another one now, and keys that a deployment gives no longer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.judging import judge

OLD, NEW = "the first key and fifty letters long or thereabouts and no less", "the second key and just as long as the first one ever was"
_APP = {"shop/tokens.py": 'import os\n\nKEY = os.environ["SESSION_SECRET"].encode()\n'}


def _compose(value: str, service: str = "web") -> str:
    return f"services:\n  {service}:\n    image: shop\n    environment:\n      HOST: shop\n{f'      SESSION_SECRET: {value}' if value else ''}\n"


def _pod(value: str, name: str = "web") -> str:
    env = f"env: [{{name: SESSION_SECRET, value: {value}}}, {{name: HOST, value: shop}}]"
    pod = f"{{containers: [{{name: app, image: shop, {env}}}]}}"
    return f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec: {{template: {{spec: {pod}}}}}\n"


def _found(base: dict[str, str], head: dict[str, str]) -> list[tuple[str, str]]:
    return [(each.rule, each.confidence) for each in judge(_APP | base, _APP | head).findings if each.cause in ("keys", "cookies")]


@pytest.mark.parametrize(("made", "old", "new"), [(_compose, "compose.yml", "docker-compose.prod.yml"), (_pod, "deploy/web.yaml", "deploy/app/web.yaml")])
def test_a_file_of_a_deployment_takes_the_place_of_another(made: Callable[..., str], old: str, new: str) -> None:
    assert _found({old: made(OLD)}, {new: made(NEW)}) == [("key-replaced-without-grace", "medium")]
    assert _found({old: made(OLD)}, {new: made(OLD)}) == []
    assert _found({old: made(OLD)}, {new: made(NEW, "other")}) == []
    assert _found({old: made(OLD)}, {new: made(NEW), f"more/{new}": made(OLD)}) == []


def test_a_key_that_a_deployment_gives_no_longer() -> None:
    assert _found({"compose.yml": _compose(OLD)}, {"compose.yml": _compose("")}) == [("key-source-moved", "medium")]
    others = {"compose.prod.yml": _compose(OLD, "worker")}
    assert _found({"compose.yml": _compose(OLD)} | others, {"compose.yml": _compose("")} | others) == []
    assert _found({"compose.yml": _compose(OLD)}, {"compose.yml": _compose(""), "shop/tokens.py": "KEY = ask()\n"}) == []
    assert _found({"compose.yml": _compose("change-me")}, {"compose.yml": _compose("")}) == []
    taken = _compose("").replace("    environment", "    env_file: [prod.env]\n    environment")
    assert _found({"compose.yml": _compose(OLD)}, {"compose.yml": taken}) == [("key-source-moved", "low")]
