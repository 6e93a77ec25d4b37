"""The `journey` command: what dbt cannot do for the wellness-journey pipeline."""

__version__ = "0.1.0"
