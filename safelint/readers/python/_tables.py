"""Names of tables as Python code gives them."""

from __future__ import annotations

from safelint.readers import _sql_names

# Django's own apps, and libraries that name a model's table themselves.
_NAMED = {
    "sessions_session": "django_session",
    "contenttypes_contenttype": "django_content_type",
    "sites_site": "django_site",
    "admin_logentry": "django_admin_log",
}


def table_name(written: str, schema: str | None = None) -> str:
    """A name as code gives it to an ORM, in the form of the facts. ORMs quote it, so its case counts."""
    parts = written.replace('"."', ".").strip('"`').split(".")
    return _sql_names.table_name(*(f'"{part}"' for part in ([schema] if schema else []) + parts))


def default_table(app: str, model: str) -> str:
    """The table that Django gives a model: app label and model name, in lower case."""
    name = f"{app}_{model}".lower()
    return _NAMED.get(name, name)


def model_table(model: str, label: str | None = None) -> str:
    """The default table of a Django model by its dotted name: `shop.users.models.Session` -> `users_session`."""
    *parts, name = model.split(".")
    return default_table(label or app_label(parts), name)


def app_label(module: list[str]) -> str:
    """The label of the app in which a module is: the last folder before `models` or `migrations`, else the module's own folder."""
    for word in ("models", "migrations"):
        if word in module:
            return module[max(len(module) - 1 - module[::-1].index(word) - 1, 0)]
    return module[-2] if len(module) > 1 else module[-1] if module else ""
