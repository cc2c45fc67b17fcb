"""`safelint contract`: what the files of a deployment give to the variables that sessions depend on, and what becomes of it."""

from __future__ import annotations

from safelint.contract import both, terms
from safelint.contract_difference import shown_difference
from safelint.contract_page import shown
from safelint.files import MemoryFiles
from safelint.library import Library
from safelint.sources import Side
from tests.judging import judge

SETTINGS = """import os

INSTALLED_APPS = ["django.contrib.sessions"]
SECRET_KEY = os.environ["SHOP_KEY"]
SESSION_COOKIE_DOMAIN = os.environ.get("SHOP_DOMAIN")
"""
COMPOSE = "services:\n  web:\n    image: shop\n    environment:\n      SHOP_KEY: ${SHOP_SECRET}\n      SHOP_DOMAIN: shop.test\n"
TEXT = "aVeryLongSecretKeyThatNobodyKnows1234567890abcd"
SECRET = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: shop}}\nstringData:\n  SHOP_KEY: {TEXT}\n"
SEALED = (
    "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: shop}\nspec:\n  encryptedData:\n    SHOP_KEY: AgBy8hCiPbAAAfirst\n"
    "  template:\n    metadata: {name: shop}\n"
)


def side(files: dict[str, str], name: str = "head") -> Side:
    every = {"shop/settings.py": SETTINGS, **files}
    return Side("base" if name == "base" else "head", MemoryFiles({path: text.encode() for path, text in every.items()}), frozenset(every), Library())


def page(files: dict[str, str]) -> list[str]:
    return [" ".join(line.split()) for line in shown(terms(side(files)), "a tree").split("\n")]


def difference(base: dict[str, str], head: dict[str, str]) -> str:
    return shown_difference(*both(side(base, "base"), side(head)), (), "two trees")


def test_a_value_stands_below_what_reads_it() -> None:
    lines = page({"compose.yaml": COMPOSE})
    domain = next(number for number, line in enumerate(lines) if line.startswith("SESSION_COOKIE_DOMAIN $SHOP_DOMAIN"))
    assert lines[domain + 1] == '<- $SHOP_DOMAIN: "shop.test", service web · compose.yaml:6'
    assert "<- $SHOP_KEY: $SHOP_SECRET of whoever deploys, service web · compose.yaml:5" in lines


def test_a_secret_is_never_told() -> None:
    lines = page({"k8s/web.yaml": SECRET})
    assert "<- $SHOP_KEY: a secret (written here), Secret shop · k8s/web.yaml:5" in lines
    assert TEXT not in "\n".join(lines)


def test_a_key_that_nothing_is_known_to_read() -> None:
    lines = page({"k8s/web.yaml": SECRET.replace("SHOP_KEY", "DJANGO_SECRET_KEY")})
    where = lines.index("Set by a deployment, by its name for sessions; what reads it is not known")
    assert lines[where + 1] == "$DJANGO_SECRET_KEY: a secret (written here), Secret shop · k8s/web.yaml:5"


def test_what_is_for_developers_is_left_out() -> None:
    assert not any("<-" in line for line in page({"docker-compose.dev.yml": COMPOSE}))


def test_another_value_is_shown_with_whom_it_is_for() -> None:
    text = difference({"compose.yaml": COMPOSE}, {"compose.yaml": COMPOSE.replace("shop.test", "www.shop.test")})
    assert '$SHOP_DOMAIN  (service web; SESSION_COOKIE_DOMAIN from it)\n  "shop.test" -> "www.shop.test"  · compose.yaml:6' in text


def test_another_secret_is_said_and_not_shown() -> None:
    text = difference({"k8s/web.yaml": SECRET}, {"k8s/web.yaml": SECRET.replace("1234567890", "0987654321")})
    assert "a secret (written here), and another one than before" in text
    assert "0987654321" not in text


def test_what_is_encrypted_anew_cannot_be_compared() -> None:
    text = difference({"k8s/web.yaml": SEALED}, {"k8s/web.yaml": SEALED.replace("first", "second")})
    assert "encrypted by kubeseal, and another text than before: cannot be compared" in text
    assert "1 of the deployed values cannot be compared." in text


def test_a_value_that_is_gone_and_one_that_only_moved() -> None:
    text = difference({"compose.yaml": COMPOSE}, {"deploy/compose.yaml": COMPOSE.replace("      SHOP_DOMAIN: shop.test\n", "")})
    assert '"shop.test" -> not set  · compose.yaml:6 before' in text
    assert "the same as before, moved here from compose.yaml:5" in text


def test_the_same_is_the_same() -> None:
    assert "The same on both sides." in difference({"compose.yaml": COMPOSE}, {"compose.yaml": "# a word\n" + COMPOSE})


def test_a_secret_by_an_innocent_name_is_not_told_either() -> None:
    settings = SETTINGS.replace("SHOP_KEY", "SHOP_THING")
    address = settings + 'CACHES = {"default": {"LOCATION": "redis://:" + os.environ["SHOP_WORD"] + "@store:6379/1"}}\n'
    compose = COMPOSE.replace("SHOP_KEY: ${SHOP_SECRET}", "SHOP_THING: ${SHOP_INNER}\n      SHOP_WORD: plainandsimple")
    files = {"shop/settings.py": address, "compose.yaml": compose, ".env": "SHOP_INNER=the-second-innocent-text-of-a-key\n"}
    head = {**files, ".env": "SHOP_INNER=the-third-innocent-text-of-a-key\n", "compose.yaml": compose.replace("plainandsimple", "plainandsound")}
    for text in ("\n".join(page(files)), difference(files, head)):
        assert "SHOP_THING" in text
        assert "innocent" not in text
        assert "plainands" not in text


def test_what_a_tool_takes_from_a_vault_is_no_key_that_was_replaced() -> None:
    base, head = ({"k8s/web.yaml": SECRET.replace(TEXT, each), "shop/settings.py": SETTINGS} for each in ("ref+op://shop/KEY", "op://shop/KEY"))
    assert judge(base, head).findings == ()
    assert "<- $SHOP_KEY: taken from a vault, Secret shop · k8s/web.yaml:5" in page(head)
