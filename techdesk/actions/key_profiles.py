"""Profiles of keys, as data: what differs from the registry's own keys, and why."""

from __future__ import annotations

from collections.abc import Mapping

Profile = Mapping[str, tuple[tuple[str, ...], str]]
"""Action's id -> its keys, in place of all that it has, and the reason."""

MUTT: Profile = {
    "list.open": (("enter", "space"), "mutt shows a message with either"),
    "list.top": (("=", "g g", "home"), "mutt: first entry"),
    "list.sort": (("o", ","), "mutt: sort"),
    "marks.next": (("t",), "mutt tags, and goes to the next entry"),
    "marks.toggle": (("x",), "t tags and goes down; this one stays"),
    "ticket.new": (("m",), "mutt: mail, a new message"),
    "conflict.mine": (("M",), "m writes a new message"),
    "app.leave": (("q", "i"), "mutt leaves a message for the index with i"),
    "ticket.quotes": (("T", "z"), "mutt: toggle quoted text"),
}

PROFILES: Mapping[str, Profile] = {"standard": {}, "mutt": MUTT}

HABITS: Mapping[str, tuple[str, str]] = {
    "d": ("ticket.close", "mutt and lazygit delete with it"),
    "D": ("ticket.explain", "mutt deletes by pattern with it"),
    "f": ("list.find", "many lists find with it"),
    "F": ("marks.toggle", "mutt flags with it"),
    "m": ("ticket.new", "mutt writes a new message with it"),
    "b": ("list.page_up", "pagers go back with it"),
    "w": ("ticket.status", "mutt sets a flag with it"),
    "E": ("ticket.comment", "mutt edits with it"),
    "X": ("ticket.close", "k9s and others delete with it"),
    "Z": ("list.page_up", "mutt pages up with it"),
    "h": ("app.back", "vi goes left with it"),
    "0": ("list.top", "vi and k9s go to the start, or show all, with it"),
    "=": ("list.top", "mutt goes to the first entry with it"),
    "ctrl+d": ("ticket.close", "k9s deletes with it"),
    "ctrl+k": ("ticket.close", "k9s kills with it"),
    "ctrl+f": ("list.page_down", "vi pages with it"),
    "ctrl+r": ("app.sync", "k9s and browsers read again with it"),
    "ctrl+n": ("list.down", "emacs goes down with it"),
    "ctrl+e": ("list.down", "vi scrolls with it"),
    "ctrl+y": ("list.up", "vi scrolls with it"),
    "ctrl+o": ("app.back", "vi goes back with it"),
    "right": ("list.open", "file managers open with it"),
    "left": ("app.back", "file managers go back with it"),
    "delete": ("ticket.close", "mail programs delete with it"),
    "insert": ("marks.toggle", "file managers mark with it"),
}
"""What a key that does nothing here means elsewhere: the action that comes nearest, and where it is so."""
