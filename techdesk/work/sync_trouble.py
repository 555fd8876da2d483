"""What stops sync, and what a person can do about it: the same words on the screen and from verbs."""

from __future__ import annotations

from techdesk.store.rows import OF_THE_FILE, SyncState

_REMEDIES = {
    "unauthorised": "Put a token that it accepts where this profile keeps it, then sync again.",
    "other_desk": "This cache belongs to {account}: if the address in the settings is right, ask who runs the"
    " desk; work with the new one in a profile of its own ('techdesk connect URL --profile NAME').",
    "other_account": "This cache belongs to {account}: put that token back, or connect the other account as"
    " another profile ('techdesk connect URL --profile NAME').",
    "not_a_desk": "Look at the address in the settings: something else answers there now.",
    "redirected": "Look at the address in the settings: the desk may have moved.",
    "tls": "Its certificate is not trusted, or has changed: ask who runs the desk before you go on.",
    "not_set_up": "Look at this profile's settings; 'techdesk doctor' checks them. Then sync again.",
    "not_there": "Sync goes on by itself as soon as it is there.",
}
"""By ``SyncState.trouble``: what no waiting mends."""


def needs_a_person(state: SyncState) -> bool:
    """Whether sync stands still until somebody does something."""
    return bool(state.error) and (state.trouble in _REMEDIES or state.trouble.startswith(OF_THE_FILE))


def sync_trouble(state: SyncState, unsent: int) -> str:
    """What happened, what is kept, what to do; empty where waiting is enough."""
    if not needs_a_person(state):
        return ""
    kept = "Nothing is sent or fetched"
    if unsent:
        kept += f"; {unsent} unsent {'change waits' if unsent == 1 else 'changes wait'} here, nothing is lost"
    if state.trouble.startswith(OF_THE_FILE):
        return f"{state.error} {kept}."
    # The server is an id that tells people nothing, where the desk has a name.
    desk = state.product or state.server
    account = " at ".join(part for part in (state.account_name, desk) if part) or "somebody else"
    return f"{state.error} {kept}. {_REMEDIES[state.trouble].format(account=account)}"
