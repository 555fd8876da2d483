"""Alarm states, acknowledgements and hand-over notes."""
