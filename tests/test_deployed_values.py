"""Values that stand outside of Python code: what a change of them, and only of them, does to the people who are logged in."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safelint.library import read_facts
from safelint.readers import readers_for
from tests.judging import RULES, judge

OLD, NEW = "the first key and fifty letters long or thereabouts and no less", "the second key and just as long as the first one ever was"
JUDGED = tuple(rule for rule in RULES if rule.cause in ("keys", "store", "cookies"))
SETTINGS = (
    "import os\n\nINSTALLED_APPS = ['django.contrib.auth', 'django.contrib.sessions']\n"
    "SECRET_KEY = os.environ['WEB_SIGNER']\nSESSION_COOKIE_NAME = os.environ.get('WEB_COOKIE', 'sessionid')\n"
)


@dataclass(frozen=True)
class Case:
    """A change of one file and what is found in it: "rule setting", nothing where nobody notices. `beside` is in both sides."""

    name: str
    path: str
    base: str
    head: str
    finds: tuple[str, ...] = ()
    beside: tuple[tuple[str, str], ...] = ()


def compose(environment: str, more: str = "") -> str:
    """A compose file with one service."""
    return f"services:\n  web:\n    image: shop\n{more}    environment:\n{environment}"


def container(env: str, kind: str = "Deployment") -> str:
    """A manifest with one container; `env` is its list, in flow style."""
    pod = f"{{containers: [{{name: app, image: shop, env: {env}}}]}}"
    spec = f"{{jobTemplate: {{spec: {{template: {{spec: {pod}}}}}}}}}" if kind == "CronJob" else f"{{template: {{spec: {pod}}}}}"
    return f"apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: web}}\nspec: {spec}\n"


def secret(name: str, **values: str) -> str:
    """A Secret as `kubectl` makes it."""
    lines = "".join(f"  {key.replace('_', '-')}: {base64.b64encode(value.encode()).decode()}\n" for key, value in values.items())
    return f"apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\ndata:\n{lines}"


def key_from(name: str, key: str = "secret-key") -> str:
    return f"[{{name: SECRET_KEY, valueFrom: {{secretKeyRef: {{name: {name}, key: {key}}}}}}}]"


def ecs(key: str) -> str:
    """A task with one variable."""
    return (
        'resource "aws_ecs_task_definition" "web" {\n  container_definitions = jsonencode([{\n'
        f'    environment = [{{ name = "SECRET_KEY", value = "{key}" }}]\n  }}])\n}}\n'
    )


def stored(key: str, more: str = "") -> str:
    """A secret that Google keeps."""
    return f'resource "google_secret_manager_secret_version" "jwt_secret" {{\n  secret_data = "{key}"\n{more}}}\n'


def drawn(name: str, more: str = "  length = 32\n") -> str:
    """A password that Terraform draws."""
    return f'resource "random_password" "{name}" {{\n{more}}}\n'


TAKEN = 'resource "kubernetes_secret" "web" {\n  data = { SECRET_KEY = random_password.web.result }\n}\n'
MOVED_BLOCK = "\nmoved {\n  from = random_password.jwt_secret\n  to   = random_password.web_jwt_secret\n}\n"
REPLACED = "key-replaced-without-grace SECRET_KEY"
MOVED = "key-source-moved SECRET_KEY"
DRAWN = "key-replaced-without-grace random_password.jwt_secret"
DJANGO = (("shop/settings.py", SETTINGS), ("manage.py", ""))

CASES = (
    # ---- compose
    Case("compose, a map", "compose.yml", compose(f"      SECRET_KEY: {OLD}\n"), compose(f"      SECRET_KEY: {NEW}\n"), (REPLACED,)),
    Case("compose, a list", "compose.yml", compose(f"      - SECRET_KEY={OLD}\n"), compose(f"      - SECRET_KEY={NEW}\n"), (REPLACED,)),
    Case("compose, a map becomes a list", "compose.yml", compose(f"      SECRET_KEY: {OLD}\n"), compose(f"      - SECRET_KEY={OLD}\n")),
    Case(
        "compose, a product's own name",
        "compose.yml",
        compose(f"      SHOP_SESSION_SECRET: {OLD}\n"),
        compose(f"      SHOP_SESSION_SECRET: {NEW}\n"),
        ("key-replaced-without-grace SHOP_SESSION_SECRET",),
    ),
    Case("compose, somebody else's key", "compose.yml", compose(f"      AWS_SECRET_KEY: {OLD}\n"), compose(f"      AWS_SECRET_KEY: {NEW}\n")),
    Case(
        "compose, the old key is kept beside",
        "compose.yml",
        compose(f"      SECRET_KEY: {OLD}\n"),
        compose(f"      SECRET_KEY: {NEW}\n      SECRET_KEY_FALLBACKS: {OLD}\n"),
    ),
    Case(
        "compose, the default of a variable",
        "compose.yml",
        compose(f"      SECRET_KEY: ${{SECRET_KEY:-{OLD}}}\n"),
        compose(f"      SECRET_KEY: ${{SECRET_KEY:-{NEW}}}\n"),
        (MOVED,),
    ),
    Case(
        "compose, another variable", "compose.yml", compose("      SECRET_KEY: ${SECRET_KEY}\n"), compose("      SECRET_KEY: ${WEB_SECRET_KEY:?}\n"), (MOVED,)
    ),
    Case(
        "compose, another variable, both required",
        "compose.yml",
        compose("      SECRET_KEY: ${SECRET_KEY:?}\n"),
        compose("      SECRET_KEY: ${WEB_KEY:?}\n"),
        (MOVED,),
    ),
    Case("compose, out of the file", "compose.yml", compose(f"      SECRET_KEY: {OLD}\n"), compose("      SECRET_KEY: ${SECRET_KEY:?}\n"), (MOVED,)),
    Case(
        "compose, out of the file, the same key beside it",
        "compose.yml",
        compose(f"      SECRET_KEY: {OLD}\n"),
        compose("      SECRET_KEY: ${SECRET_KEY:?}\n"),
        beside=((".env", f'SECRET_KEY="{OLD}"\n'),),
    ),
    Case(
        "compose, an anchor",
        "compose.yml",
        f"x-env: &env\n  SECRET_KEY: {OLD}\n" + compose("      <<: *env\n"),
        f"x-env: &env\n  SECRET_KEY: {NEW}\n" + compose("      <<: *env\n"),
        (REPLACED,),
    ),
    Case(
        "compose, an anchor is drawn out",
        "compose.yml",
        compose(f"      SECRET_KEY: {OLD}\n"),
        f"x-env: &env\n  SECRET_KEY: {OLD}\n" + compose("      <<: *env\n"),
    ),
    Case(
        "compose, extended",
        "compose.yml",
        f'services:\n  base: {{environment: {{SECRET_KEY: "{OLD}"}}}}\n  web: {{extends: base}}\n',
        f'services:\n  base: {{environment: {{SECRET_KEY: "{NEW}"}}}}\n  web: {{extends: {{service: base}}}}\n',
        (REPLACED,),
    ),
    Case(
        "compose, another env file",
        "compose.yml",
        compose("      A: b\n", "    env_file: one.env\n"),
        compose("      A: b\n", "    env_file: [two.env]\n"),
        (REPLACED,),
        (("one.env", f"SECRET_KEY='{OLD}'\n"), ("two.env", f"SECRET_KEY='{NEW}'\n")),
    ),
    Case(
        "compose, out of the file into an env file",
        "compose.yml",
        compose(f"      SECRET_KEY: {OLD}\n"),
        compose("      A: b\n", "    env_file: one.env\n"),
        (),
        (("one.env", f"SECRET_KEY='{OLD}'\n"),),
    ),
    Case(
        "compose, a mounted secret",
        "compose.yml",
        compose("      SECRET_KEY_FILE: /run/secrets/key\n"),
        compose("      SECRET_KEY_FILE: /run/secrets/key2\n"),
        ("key-source-moved SECRET_KEY_FILE",),
    ),
    Case("compose for development", "compose.dev.yml", compose(f"      SECRET_KEY: {OLD}\n"), compose(f"      SECRET_KEY: {NEW}\n")),
    *(
        Case(f"compose, a placeholder ({text})", "compose.yml", compose(f"      SECRET_KEY: {OLD}\n"), compose(f"      SECRET_KEY: {text}\n"))
        for text in ("changeme", "<secret>", "REPLACE_ME", '""')
    ),
    Case("compose, what settings read", "compose.yml", compose(f"      WEB_SIGNER: {OLD}\n"), compose(f"      WEB_SIGNER: {NEW}\n"), (REPLACED,), DJANGO),
    Case(
        "compose, a cookie that settings name",
        "compose.yml",
        compose("      WEB_COOKIE: shop\n"),
        compose("      WEB_COOKIE: store\n"),
        ("session-cookie-renamed SESSION_COOKIE_NAME",),
        DJANGO,
    ),
    Case(
        "compose, a cookie gets its default name",
        "compose.yml",
        compose("      WEB_COOKIE: shop\n"),
        compose("      A: b\n"),
        ("session-cookie-renamed SESSION_COOKIE_NAME",),
        DJANGO,
    ),
    Case("compose, a cookie is given its default name", "compose.yml", compose("      A: b\n"), compose("      WEB_COOKIE: sessionid\n"), (), DJANGO),
    # ---- Kubernetes
    Case(
        "a container",
        "deploy/web.yaml",
        container(f"[{{name: SECRET_KEY, value: '{OLD}'}}]"),
        container(f"[{{name: SECRET_KEY, value: '{NEW}'}}]"),
        (REPLACED,),
    ),
    Case(
        "a cron job's container",
        "deploy/web.yaml",
        container(f"[{{name: SECRET_KEY, value: '{OLD}'}}]", "CronJob"),
        container(f"[{{name: SECRET_KEY, value: '{NEW}'}}]", "CronJob"),
        (REPLACED,),
    ),
    Case("another Secret", "deploy/web.yaml", container(key_from("web")), container(key_from("web2")), (MOVED,)),
    Case("another key of a Secret", "deploy/web.yaml", container(key_from("web")), container(key_from("web", "key2")), (MOVED,)),
    Case(
        "another Secret with the same key in it",
        "deploy/web.yaml",
        container(key_from("web")),
        container(key_from("web2")),
        (),
        (("deploy/secrets.yaml", secret("web", secret_key=OLD) + "---\n" + secret("web2", secret_key=OLD)),),
    ),
    Case(
        "another Secret with another key in it",
        "deploy/web.yaml",
        container(key_from("web")),
        container(key_from("web2")),
        (REPLACED,),
        (("deploy/secrets.yaml", secret("web", secret_key=OLD) + "---\n" + secret("web2", secret_key=NEW)),),
    ),
    Case("a Secret", "deploy/secrets.yaml", secret("web", secret_key=OLD), secret("web", secret_key=NEW), ("key-replaced-without-grace secret-key",)),
    Case(
        "a Secret, in plain from now on",
        "deploy/secrets.yaml",
        secret("web", secret_key=OLD),
        f"apiVersion: v1\nkind: Secret\nmetadata: {{name: web}}\nstringData:\n  secret-key: {OLD}\n",
    ),
    Case(
        "a Secret, ends in a line end from now on",
        "deploy/secrets.yaml",
        secret("web", secret_key=OLD),
        secret("web", secret_key=OLD + "\n"),
        ("key-replaced-without-grace secret-key",),
    ),
    Case("a Secret with a password", "deploy/secrets.yaml", secret("web", db_password=OLD), secret("web", db_password=NEW)),
    Case(
        "a ConfigMap",
        "deploy/config.yaml",
        "kind: ConfigMap\nmetadata: {name: web}\ndata: {WEB_COOKIE: shop}\n",
        "kind: ConfigMap\nmetadata: {name: web}\ndata: {WEB_COOKIE: store}\n",
        ("session-cookie-renamed SESSION_COOKIE_NAME",),
        DJANGO,
    ),
    Case(
        "an external secret",
        "deploy/external.yaml",
        "kind: ExternalSecret\nmetadata: {name: web}\nspec: {data: [{secretKey: SECRET_KEY, remoteRef: {key: prod/web, property: key}}]}\n",
        "kind: ExternalSecret\nmetadata: {name: web}\nspec: {data: [{secretKey: SECRET_KEY, remoteRef: {key: prod/web2, property: key}}]}\n",
        (MOVED,),
    ),
    Case(
        "kustomize",
        "deploy/kustomization.yaml",
        f"kind: Kustomization\nsecretGenerator:\n- name: web\n  literals:\n  - SECRET_KEY={OLD}\n",
        f"kind: Kustomization\nsecretGenerator:\n- name: web\n  literals:\n  - SECRET_KEY={NEW}\n",
        (REPLACED,),
    ),
    Case(
        "SOPS, one value",
        "deploy/secrets.yaml",
        "kind: Secret\nmetadata: {name: web}\nstringData:\n  SECRET_KEY: ENC[AES256_GCM,data:YWJj,iv:1]\n  OTHER: ENC[AES256_GCM,data:eHl6,iv:2]\n",
        "kind: Secret\nmetadata: {name: web}\nstringData:\n  SECRET_KEY: ENC[AES256_GCM,data:ZGVm,iv:3]\n  OTHER: ENC[AES256_GCM,data:eHl6,iv:2]\n",
        (REPLACED,),
    ),
    Case(
        "SOPS, every value",
        "deploy/secrets.yaml",
        "kind: Secret\nmetadata: {name: web}\nstringData:\n  SECRET_KEY: ENC[AES256_GCM,data:YWJj,iv:1]\n  OTHER: ENC[AES256_GCM,data:eHl6,iv:2]\n",
        "kind: Secret\nmetadata: {name: web}\nstringData:\n  SECRET_KEY: ENC[AES256_GCM,data:ZGVm,iv:3]\n  OTHER: ENC[AES256_GCM,data:MTIz,iv:4]\n",
        ("key-re-encrypted SECRET_KEY",),
    ),
    # ---- charts, images, units, workflows
    Case(
        "Helm values, a list",
        "chart/values.yaml",
        f"web:\n  extraEnv:\n  - name: SECRET_KEY\n    value: {OLD}\n",
        f"web:\n  extraEnv:\n  - name: SECRET_KEY\n    value: {NEW}\n",
        (REPLACED,),
    ),
    Case("Helm values, a map", "chart/values-production.yaml", f"env:\n  SECRET_KEY: {OLD}\n", f"env:\n  SECRET_KEY: {NEW}\n", (REPLACED,)),
    Case("an image", "Dockerfile", f'FROM python\nENV SECRET_KEY="{OLD}"\n', f'FROM python\nENV A=b \\\n    SECRET_KEY="{NEW}"\n', (REPLACED,)),
    Case(
        "an image, only while it is built",
        "Dockerfile",
        f'FROM python AS build\nENV SECRET_KEY="{OLD}"\nFROM python\nENV A=b\n',
        f'FROM python AS build\nENV SECRET_KEY="{NEW}"\nFROM python\nENV A=b\n',
    ),
    Case("a unit", "deploy/web.service", f'[Service]\nEnvironment="SECRET_KEY={OLD}"\n', f'[Service]\nEnvironment="SECRET_KEY={NEW}"\n', (REPLACED,)),
    Case(
        "a workflow that deploys",
        ".github/workflows/deploy.yml",
        "jobs:\n  ship:\n    environment: production\n    env:\n      SECRET_KEY: ${{ secrets.SECRET_KEY }}\n",
        "jobs:\n  ship:\n    environment: production\n    env:\n      SECRET_KEY: ${{ secrets.WEB_KEY }}\n",
        (MOVED,),
    ),
    Case(
        "a workflow that tests",
        ".github/workflows/ci.yml",
        f"jobs:\n  test:\n    env:\n      SECRET_KEY: {OLD}\n",
        f"jobs:\n  test:\n    env:\n      SECRET_KEY: {NEW}\n",
    ),
    # ---- Terraform
    Case("a drawn key, longer", "infra/main.tf", drawn("jwt_secret"), drawn("jwt_secret", "  length = 64\n"), (DRAWN,)),
    Case(
        "a drawn key, its keepers",
        "infra/main.tf",
        drawn("jwt_secret", '  keepers = { v = "1" }\n'),
        drawn("jwt_secret", '  keepers = { v = "2" }\n'),
        (DRAWN,),
    ),
    Case("a drawn key, what is the default said", "infra/main.tf", drawn("jwt_secret"), drawn("jwt_secret", "  special = true\n  length  = 32\n")),
    Case(
        "a drawn key, not applied",
        "infra/main.tf",
        drawn("jwt_secret"),
        drawn("jwt_secret", "  length = 64\n  lifecycle {\n    ignore_changes = [length]\n  }\n"),
    ),
    Case("a drawn key, renamed", "infra/main.tf", drawn("jwt_secret"), drawn("web_jwt_secret"), (DRAWN,)),
    Case("a drawn key, renamed and moved", "infra/main.tf", drawn("jwt_secret"), drawn("web_jwt_secret") + MOVED_BLOCK),
    Case("a drawn password of a database", "infra/main.tf", drawn("db"), drawn("db", "  length = 64\n")),
    Case(
        "a drawn key, by what takes it", "infra/main.tf", drawn("web") + TAKEN, drawn("web", "  length = 64\n") + TAKEN, (DRAWN.replace("jwt_secret", "web"),)
    ),
    Case("a stored secret", "infra/main.tf", stored(OLD), stored(NEW), ("key-replaced-without-grace jwt_secret",)),
    Case("a stored secret, not applied", "infra/main.tf", stored(OLD), stored(NEW, "  lifecycle {\n    ignore_changes = [secret_data]\n  }\n")),
    Case("a container's variable", "infra/ecs.tf", ecs(OLD), ecs(NEW), (REPLACED,)),
    Case(
        "a container's variable, from another key",
        "infra/run.tf",
        'resource "google_cloud_run_service" "web" {\n  env {\n    name  = "SECRET_KEY"\n    value = random_password.web.result\n  }\n}\n',
        'resource "google_cloud_run_service" "web" {\n  env {\n    name  = "SECRET_KEY"\n    value = random_password.site.result\n  }\n}\n',
        (MOVED,),
    ),
    Case(
        "a given variable",
        "infra/terraform.tfvars",
        f'django_secret_key = "{OLD}"\n',
        f'django_secret_key = "{NEW}"\n',
        ("key-replaced-without-grace var.django_secret_key",),
    ),
    # ---- configuration files
    Case("YAML, a key", "config.yml", f"secret_key: {OLD}\n", f"secret_key: {NEW}\n", ("key-replaced-without-grace secret_key",)),
    Case("YAML, a key in quotes from now on", "config.yml", f"secret_key: {OLD}\n", f"# mind it\nsecret_key: '{OLD}'\n"),
    Case(
        "YAML, a key below others",
        "deploy/authelia.yml",
        f"session:\n  secret: {OLD}\n",
        f"session:\n  secret: {NEW}\n",
        ("key-replaced-without-grace session.secret",),
    ),
    Case("YAML, a list that still holds it", "kratos.yml", f"secrets:\n  cookie:\n    - {OLD}\n", f"secrets:\n  cookie:\n    - {NEW}\n    - {OLD}\n"),
    Case(
        "YAML, a list that holds it no more",
        "kratos.yml",
        f"secrets:\n  cookie:\n    - {OLD}\n",
        f"secrets:\n  cookie:\n    - {NEW}\n",
        ("key-replaced-without-grace secrets.cookie",),
    ),
    Case(
        "YAML, a cookie's domain",
        "deploy/authelia.yml",
        "session:\n  domain: shop.test\n",
        "session:\n  domain: www.shop.test\n",
        ("session-cookie-rescoped session.domain",),
    ),
    Case("YAML, a cookie's domain with a dot", "deploy/authelia.yml", "session:\n  domain: shop.test\n", "session:\n  domain: .shop.test\n"),
    Case(
        "YAML, a cookie in a list",
        "deploy/authelia.yml",
        "session:\n  cookies:\n    - name: one\n",
        "session:\n  cookies:\n    - name: two\n",
        ("session-cookie-renamed session.cookies.0.name",),
    ),
    Case(
        "YAML, a cookie of nobody's login",
        "config.yml",
        "csrf_cookie_name: one\nlocale: {cookie_name: a}\n",
        "csrf_cookie_name: two\nlocale: {cookie_name: b}\n",
    ),
    Case(
        "YAML, of Ansible's vault",
        "group_vars/prod.yml",
        "jwt_secret: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3162\n",
        "jwt_secret: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3163\n",
        ("key-re-encrypted jwt_secret",),
    ),
    Case("YAML, out of the file", "config.yml", f"jwt_secret: {OLD}\n", "jwt_secret: ${JWT_SECRET}\n", ("key-source-moved jwt_secret",)),
    Case("YAML, a service of somebody else", "config.yml", f"storage: {{s3: {{secret_key: {OLD}}}}}\n", f"storage: {{s3: {{secret_key: {NEW}}}}}\n"),
    Case("YAML, of a test", "config/test.yml", f"secret_key: {OLD}\n", f"secret_key: {NEW}\n"),
    Case("YAML, an example", "config.example.yml", f"secret_key: {OLD}\n", f"secret_key: {NEW}\n"),
    Case("TOML", "config.toml", f'[session]\nsecret = "{OLD}"\n', f'[session]\n# new\nsecret = "{NEW}"\n', ("key-replaced-without-grace session.secret",)),
    Case(
        "TOML, a cookie's name",
        "settings.toml",
        '[session]\ncookie_name = "one"\n',
        '[session]\ncookie_name = "two"\n',
        ("session-cookie-renamed session.cookie_name",),
    ),
    Case(
        "JSON",
        "config/production.json",
        f'{{"jwt": {{"secret": "{OLD}"}}}}',
        f'{{\n  "jwt": {{"secret": "{NEW}"}}\n}}',
        ("key-replaced-without-grace jwt.secret",),
    ),
    Case("JSON, a package", "package.json", '{"config": {"cookie_name": "one"}}', '{"config": {"cookie_name": "two"}}'),
    Case(
        "INI of CKAN",
        "ckan.ini",
        f"[app:main]\nbeaker.session.secret = {OLD}\n",
        f"[app:main]\nbeaker.session.secret = {NEW}\n",
        ("key-replaced-without-grace beaker.session.secret",),
    ),
    Case(
        "INI of Pyramid",
        "production.ini",
        f"[app:main]\nsession.secret: {OLD}\nsession.cookie_name = one\n",
        f"[app:main]\nsession.secret={OLD}\nsession.cookie_name = two\n",
        ("session-cookie-renamed session.cookie_name",),
    ),
    Case(
        "INI of Grafana",
        "grafana.ini",
        "[auth]\nlogin_cookie_name = one\n",
        "[auth]\nlogin_cookie_name = two\n",
        ("session-cookie-renamed auth.login_cookie_name",),
    ),
    Case(
        "properties of Spring",
        "config/application.properties",
        "server.servlet.session.cookie.name=one\n",
        "server.servlet.session.cookie.name=two\n",
        ("session-cookie-renamed server.servlet.session.cookie.name",),
    ),
    Case(
        "the environment of a service of others",
        "compose.yml",
        compose("      AUTHELIA_SESSION_DOMAIN: shop.test\n"),
        compose("      AUTHELIA_SESSION_DOMAIN: www.shop.test\n"),
        ("session-cookie-rescoped AUTHELIA_SESSION_DOMAIN",),
    ),
    Case("a file that Flask is configured from", "instance/config.json", f'{{"SECRET_KEY": "{OLD}"}}', f'{{"SECRET_KEY": "{NEW}"}}', (REPLACED,)),
    Case(
        "a file that Flask is configured from, with the old key among the fallbacks",
        "instance/config.json",
        f'{{"SECRET_KEY": "{OLD}"}}',
        f'{{"SECRET_KEY": "{NEW}", "SECRET_KEY_FALLBACKS": ["{OLD}"]}}',
    ),
    Case(
        "Dynaconf",
        "settings.toml",
        f'[production]\nSECRET_KEY = "{OLD}"\n',
        f'[production]\nSECRET_KEY = "{NEW}"\n',
        (REPLACED.replace("SECRET", "production.SECRET"),),
    ),
    Case("Dynaconf for development", "settings.toml", f'[development]\nSECRET_KEY = "{OLD}"\n', f'[development]\nSECRET_KEY = "{NEW}"\n'),
    Case(
        "Dynaconf, a variable", ".env", f"DYNACONF_SECRET_KEY='{OLD}'\n", f"DYNACONF_SECRET_KEY='{NEW}'\n", ("key-replaced-without-grace DYNACONF_SECRET_KEY",)
    ),
    Case(
        "Dynaconf, the cookie's name",
        ".env",
        "DYNACONF_SESSION_COOKIE_NAME=one\n",
        "DYNACONF_SESSION_COOKIE_NAME=two\n",
        ("session-cookie-renamed DYNACONF_SESSION_COOKIE_NAME",),
    ),
    Case("an age", "config.yml", "session:\n  lifetime: 14 days\n", "session:\n  lifetime: 1h30m\n"),
)

DJANGO_APPS = "INSTALLED_APPS = ['django.contrib.auth', 'django.contrib.sessions']\n"
# What reads a variable, in which file, and the variable's name: the setting is the cookie's name.
READ_BY = {
    "os.environ": ("shop/settings.py", DJANGO_APPS + "import os\nSESSION_COOKIE_NAME = os.environ['SHOP_COOKIE']\n", "SHOP_COOKIE"),
    "os.getenv": ("shop/settings.py", DJANGO_APPS + "import os\nSESSION_COOKIE_NAME = os.getenv('SHOP_COOKIE', 'sessionid')\n", "SHOP_COOKIE"),
    "django-environ": ("shop/settings.py", DJANGO_APPS + "import environ\nenv = environ.Env()\nSESSION_COOKIE_NAME = env.str('SHOP_COOKIE')\n", "SHOP_COOKIE"),
    "environs": (
        "shop/settings.py",
        DJANGO_APPS + "from environs import Env\nenv = Env()\nSESSION_COOKIE_NAME = env('SHOP_COOKIE', 'sessionid')\n",
        "SHOP_COOKIE",
    ),
    "python-decouple": (
        "shop/settings.py",
        DJANGO_APPS + "from decouple import config\nSESSION_COOKIE_NAME = config('SHOP_COOKIE', default='x')\n",
        "SHOP_COOKIE",
    ),
    "starlette": (
        "shop/settings.py",
        DJANGO_APPS + "from starlette.config import Config\nconfig = Config()\nSESSION_COOKIE_NAME = config('SHOP_COOKIE')\n",
        "SHOP_COOKIE",
    ),
    "django-configurations": (
        "shop/settings.py",
        "from configurations import Configuration, values\n\n\nclass Production(Configuration):\n    INSTALLED_APPS = []\n"
        "    SESSION_COOKIE_NAME = values.Value('x')\n",
        "DJANGO_SESSION_COOKIE_NAME",
    ),
    "a constant between": ("shop/settings.py", DJANGO_APPS + "import os\nNAME = os.environ['SHOP_COOKIE']\nSESSION_COOKIE_NAME = NAME\n", "SHOP_COOKIE"),
    "a base module": ("shop/settings/base.py", DJANGO_APPS + "import os\nSESSION_COOKIE_NAME = os.environ['SHOP_COOKIE']\n", "SHOP_COOKIE"),
    "Flask": (
        "shop/app.py",
        "import os\nfrom flask import Flask\napp = Flask(__name__)\napp.config['SESSION_COOKIE_NAME'] = os.environ['SHOP_COOKIE']\n",
        "SHOP_COOKIE",
    ),
    "a class for Flask": (
        "shop/config.py",
        "import os\n\n\nclass Config:\n    SQLALCHEMY_ECHO = False\n    SESSION_COOKIE_NAME = os.environ.get('SHOP_COOKIE', 'x')\n",
        "SHOP_COOKIE",
    ),
}


@pytest.mark.parametrize("how", READ_BY)
@pytest.mark.parametrize("where", ["compose.yml", "deploy/web.yaml", ".env", "Dockerfile", "deploy/config.yaml"])
def test_a_variable_is_followed_to_its_setting(how: str, where: str) -> None:
    path, code, name = READ_BY[how]
    texts = {
        "compose.yml": compose(f"      {name}: VALUE\n"),
        "deploy/web.yaml": container(f"[{{name: {name}, value: VALUE}}]"),
        ".env": f"{name}=VALUE\n",
        "Dockerfile": f"FROM python\nENV {name}=VALUE\n",
        "deploy/config.yaml": f"kind: ConfigMap\nmetadata: {{name: web}}\ndata: {{{name}: VALUE}}\n",
    }
    beside = {path: code, "shop/settings/production.py": "from .base import *\n"} if "base" in path else {path: code}
    judged = judge({**beside, where: texts[where].replace("VALUE", "one")}, {**beside, where: texts[where].replace("VALUE", "two")}, JUDGED)
    assert [f"{each.rule} {each.message.split('`')[1]}" for each in judged.findings] == ["session-cookie-renamed SESSION_COOKIE_NAME"]


@pytest.mark.parametrize(("deployed", "confidence"), [("SHOP_COOKIE: shop", "medium"), ("A: b", "low"), ("STORE_COOKIE: shop", "low")])
def test_a_variable_that_code_reads_by_another_name(deployed: str, confidence: str) -> None:
    code = DJANGO_APPS + "import os\nSESSION_COOKIE_NAME = os.environ.get('SHOP_COOKIE', 'sessionid')\n"
    beside = {"compose.yml": compose(f"      {deployed}\n")}
    judged = judge({**beside, "shop/settings.py": code}, {**beside, "shop/settings.py": code.replace("SHOP_COOKIE", "STORE_COOKIE")}, JUDGED)
    assert [(each.rule, each.confidence) for each in judged.findings] == [("session-cookie-renamed", confidence)]


FIELDS = "from pydantic_settings import BaseSettings, SettingsConfigDict\n\n\nclass Settings(BaseSettings):\n"
KEY_READ_BY = {
    "a prefix": (FIELDS + "    model_config = SettingsConfigDict(env_prefix='SHOP_')\n    jwt_secret: str\n", "SHOP_JWT_SECRET"),
    "an alias": (FIELDS + "    jwt_secret: str = Field(validation_alias='SIGN_WITH')\n".replace("Field", "pydantic.Field"), "SIGN_WITH"),
}


@pytest.mark.parametrize("how", KEY_READ_BY)
@pytest.mark.parametrize("where", ["compose.yml", ".env"])
def test_a_variable_is_followed_to_a_key_of_code(how: str, where: str) -> None:
    code, name = KEY_READ_BY[how]
    text = {"compose.yml": compose(f"      {name}: VALUE\n"), ".env": f"{name}='VALUE'\n"}[where]
    code = "import pydantic\n" + code if "pydantic.Field" in code else code
    judged = judge({"shop/config.py": code, where: text.replace("VALUE", OLD)}, {"shop/config.py": code, where: text.replace("VALUE", NEW)}, JUDGED)
    assert [f"{each.rule} {each.message.split('`')[1]}" for each in judged.findings] == ["key-replaced-without-grace jwt_secret"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_changed_value(case: Case) -> None:
    beside = dict(case.beside)
    judged = judge({**beside, case.path: case.base}, {**beside, case.path: case.head}, JUDGED)
    found = [finding for finding in judged.findings if finding.confidence != "low"]
    assert sorted(f"{each.rule} {each.message.split('`')[1]}" for each in found) == sorted(case.finds), [each.message for each in found]
    for text in (OLD, NEW):
        assert all(text not in each.message for each in judged.findings)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_same_values(case: Case) -> None:
    beside = dict(case.beside)
    assert not judge({**beside, case.path: case.base}, {**beside, case.path: case.base + "\n"}, JUDGED).findings


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_stands_there_no_secret_is_kept(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(CASES))
    text = data.draw(st.sampled_from([case.base, case.head]))
    for _ in range(data.draw(st.integers(0, 3))):
        start = data.draw(st.integers(0, len(text)))
        stop = data.draw(st.integers(start, min(len(text), start + 20)))
        text = (
            text[:start]
            + data.draw(st.sampled_from(["", "\n", " ", "- ", ": ", "{{ x }}", "${", "'", '"', "\\", "&a", "*a", "!x "]) | st.text(max_size=3))
            + text[stop:]
        )
    for reader in readers_for(case.path):
        if reader.name.startswith("environment."):
            facts = read_facts(reader, case.path, text.encode("utf-8", "surrogatepass"))
            if OLD in case.base and "WEB_SIGNER" not in text and "SECRET" in text.upper():
                assert all("fifty letters" not in repr(fact) for fact in facts if "SECRET" in getattr(fact, "name", "").upper())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_facts_show_no_secret(case: Case) -> None:
    for reader in readers_for(case.path):
        for fact in read_facts(reader, case.path, case.base.encode()):
            assert "WEB_SIGNER" in case.base or (OLD not in repr(fact) and base64.b64encode(OLD.encode()).decode() not in repr(fact))


def test_a_large_lock_file_is_read() -> None:
    filler = "".join(f'[[package]]\nname = "part{number}"\nversion = "1.0"\n\n' for number in range(40_000))
    locks = [f'{filler}[[package]]\nname = "django"\nversion = "{version}"\n' for version in ("3.0.14", "4.2.11")]
    settings_module = {"shop/settings.py": SETTINGS, "manage.py": ""}
    judged = judge({**settings_module, "uv.lock": locks[0]}, {**settings_module, "uv.lock": locks[1]})
    assert len(locks[0]) > 1024 * 1024
    assert not judged.not_understood
    assert [finding.rule for finding in judged.findings if finding.place.path == "uv.lock"]
