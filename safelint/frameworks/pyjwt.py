"""PyJWT, measured from 1.7 to 2.15. Its arguments are judged where tokens are verified; here is what its versions change."""

from __future__ import annotations

from safelint.frameworks import Framework, Upgrade

FRAMEWORK = Framework(
    name="PyJWT",
    distributions=("pyjwt",),
    packages=("jwt",),
    rows=(),
    upgrades=(
        Upgrade(to="2.0", needs="algorithms-left-out", effect="out", severity="error",
                says="a token that is verified without a list of `algorithms` is refused: every user is logged out, and new tokens are refused too"),
        Upgrade(to="2.0", needs="token-of-bytes", effect="no-new-logins", impact="new-logins", severity="error",
                says="a new token is a text, and `.decode` of it raises an error: nobody can log in"),
        Upgrade(to="2.6", needs="no-leeway", effect="out", impact="some-users",
                says="a token whose `iat` lies ahead is refused: whoever gets one of a server whose clock is ahead is logged out at once (give a leeway)"),
        Upgrade(to="2.10", needs="integer-subject", unless=(("JWT_VERIFY_SUB", "False"),), effect="out", severity="error",
                says="a token whose `sub` is a number is refused: every user is logged out, and new tokens are refused too (write str(...))"),
        Upgrade(to="2.5", until="2.13", downwards=True, needs="key-client", effect="out", impact="next-incident",
                says="while the provider is down, one token with an unknown key name wipes the cached keys of the client, and every good token fails"),
        Upgrade(to="2.14", needs="key-client", effect="out", impact="next-incident", severity="info",
                says="after the provider brings a new key, its tokens may fail for up to 30 seconds, and one slow fetch holds up every other thread"),
    ),
)  # fmt: skip
