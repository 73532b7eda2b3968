"""Measurements, always beside the unmodified Rasa starter bot in the same run. `python -m bench`; method: README.md."""
