"""Canned replies and macros of the demo's technician, as a settings file would hold them."""

from __future__ import annotations

from pathlib import Path

NAME = "texts.toml"

_TEXT = '''\
# Written by the demo desk at each start; changes are lost. Your own stand in the settings file.

[replies.ask-logs]
title = "Ask for logs"
text = """
Hello {first_name},

could you send us the log of the affected device, from ten minutes before the fault? Please name {number}.

{me}
"""

[replies.looking]
title = "We are looking into it"
text = """
Hello {first_name},

thank you, we have {number} and look into it now. You hear from me as soon as there is something to tell.

{me}
"""

[replies.visit]
title = "A technician comes"
text = """
Hello {first_name},

a technician comes to {organisation} on {visit_date}. Please tell us whom to ask for at the door.

{me}
"""

[macros.await-logs]
title = "Ask for logs, and wait"
owner = "me"
status = "waiting"
add_tags = ["logs"]
canned = "ask-logs"

[macros.vendor]
title = "Hand to the vendor"
status = "vendor"
add_tags = ["vendor"]
note = "With the vendor now. {me} asks again in two working days."

[macros.mine]
title = "Mine, and urgent"
owner = "me"
priority = 1
'''


def write(folder: Path) -> None:
    """Write the file beside the demo's data."""
    (folder / NAME).write_text(_TEXT, encoding="utf-8")
