"""The incident that safelint was made for: every broken line of it is found, every corrected form is silent."""
