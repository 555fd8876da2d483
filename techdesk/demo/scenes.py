"""Every scene of the demo, in one list: 275 tickets (docs/demo.md)."""

from __future__ import annotations

from techdesk.demo import scenes_clocks, scenes_history, scenes_stale, scenes_states, scenes_text
from techdesk.demo.case import Case


def all_cases() -> list[Case]:
    """All cases, new objects on each call, in no order."""
    return [
        *scenes_clocks.fuses(),
        *scenes_clocks.paused(),
        *scenes_clocks.ungraded(),
        *scenes_states.states(),
        *scenes_stale.stale(),
        *scenes_states.again(),
        *scenes_states.conflicts(),
        *scenes_clocks.ladder(),
        *scenes_states.special(),
        *scenes_text.hostile(),
        *scenes_text.scripts(),
        *scenes_text.threads(),
        *scenes_history.closed(),
    ]
