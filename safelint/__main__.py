"""`python -m safelint`."""

from safelint.cli import main

main()
