"""itsdangerous 2.2: everything that goes into a signature is a key of its own. A list of keys is read oldest first, and its last one signs.

What 1.1, 2.0, 2.1 and 2.2 sign, each of them reads. What 0.24 signed has another age for all of these: its times began in 2011.
"""

from __future__ import annotations

from typing import Any

from safelint.frameworks import Component, Framework, Row, Upgrade
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
        *((row("digest_method", default=Known("hashlib.sha1")), row("key_derivation", default=Known("django-concat"))) if name in _SIGNERS else ()),
        # What was signed in another way is still read by a signer that is named for it.
        *(
            each
            for setting, default in (("signer_kwargs.digest_method", "hashlib.sha1"), ("signer_kwargs.key_derivation", "django-concat"))
            for each in (
                Row(setting=f"{name}.{setting}", cause="keys", effect="none", when=((f"{name}.fallback_signers", "!None"),), default=Known(default)),
                row(setting, default=Known(default)),
            )
        ),
        row("serializer"),
    )


FRAMEWORK = Framework(
    name="itsdangerous",
    distributions=("itsdangerous",),
    packages=("itsdangerous",),
    forms=("argument",),
    components=(
        Component(name="loads", qualified=(), positional=("s",)),
        *(
            Component(name=name, qualified=(f"itsdangerous.{name}", f"itsdangerous.{module}.{name}"), positional=_POSITIONAL)
            for name, module in zip(_SERIALIZERS, ("serializer", "timed", "url_safe", "url_safe"), strict=True)
        ),
        *(
            Component(name=name, qualified=(f"itsdangerous.{name}", f"itsdangerous.{module}.{name}"), positional=("secret_key", "salt"))
            for name, module in zip(_SIGNERS, ("signer", "timed"), strict=True)
        ),
    ),
    upgrades=(
        Upgrade(to="1.0", needs="signed-times", effect="out", severity="error",
                says="what was signed before looks decades old, and whatever has an age is refused, Flask's session cookie too: every user is logged out"),
    ),
    rows=(
        *(row for name in (*_SERIALIZERS, *_SIGNERS) for row in _rows(name)),
        Row(setting="loads.max_age", cause="cookies", effect="older-out", kind="shorter", default=None, impact="some-users",
            says="everything that was signed longer ago than the new age is refused at once"),
        Row(setting="loads.max_age", cause="cookies", effect="none", default=None),
    ),
)  # fmt: skip
