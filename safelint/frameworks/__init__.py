"""What each framework's sessions depend on, as rows of data. One file a framework; the hazards know none by name."""
