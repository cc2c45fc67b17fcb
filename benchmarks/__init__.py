"""How fast safelint is, beside its neighbours, in one run."""
