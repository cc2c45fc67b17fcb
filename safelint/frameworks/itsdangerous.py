"""itsdangerous 2.2: everything that goes into a signature is a key of its own. A list of keys is read oldest first, and its last one signs."""

from __future__ import annotations

from typing import Any

from safelint.frameworks import Component, Framework, Row
from safelint.values import Known

_REFUSED = "nothing that was signed before is accepted any more"
_POSITIONAL = ("secret_key", "salt", "serializer", "serializer_kwargs", "signer", "signer_kwargs", "fallback_signers")
_SERIALIZERS = ("Serializer", "TimedSerializer", "URLSafeSerializer", "URLSafeTimedSerializer")
_SIGNERS = ("Signer", "TimestampSigner")


def _rows(name: str) -> tuple[Row, ...]:
    def row(setting: str, **more: Any) -> Row:
        return Row(setting=f"{name}.{setting}", cause="keys", effect="out", about="signature", says=_REFUSED, **more)

    return (
        row("secret_key", role="key", grace="last", default=None),
        row("salt", default=Known("itsdangerous" if name in _SERIALIZERS else "itsdangerous.Signer")),
        row("digest_method", default=Known("hashlib.sha1")),
        row("key_derivation", default=Known("django-concat")),
    )


FRAMEWORK = Framework(
    name="itsdangerous",
    distributions=("itsdangerous",),
    packages=("itsdangerous",),
    forms=("argument",),
    components=(
        *(
            Component(name=name, qualified=(f"itsdangerous.{name}", f"itsdangerous.{module}.{name}"), positional=_POSITIONAL)
            for name, module in zip(_SERIALIZERS, ("serializer", "timed", "url_safe", "url_safe"), strict=True)
        ),
        *(
            Component(name=name, qualified=(f"itsdangerous.{name}", f"itsdangerous.{module}.{name}"), positional=("secret_key", "salt"))
            for name, module in zip(_SIGNERS, ("signer", "timed"), strict=True)
        ),
    ),
    rows=tuple(row for name in (*_SERIALIZERS, *_SIGNERS) for row in _rows(name)),
)
