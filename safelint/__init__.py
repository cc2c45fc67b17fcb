"""safelint tells, before you merge, whether a deploy will log your users out."""

__version__ = "0.1.0"
