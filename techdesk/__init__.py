"""techdesk: a terminal workbench for support technicians."""

__version__ = "0.1.0"
