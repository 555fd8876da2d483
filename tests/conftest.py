"""What every test needs: an environment that does not leak in from the machine it runs on."""

from __future__ import annotations

import os

for _name in [
    name for name in os.environ if name == "NO_COLOR" or name.startswith(("TEXTUAL_", "TECHDESK_"))
]:
    del os.environ[_name]  # before Textual is imported: it reads them then, and snapshots would differ

os.environ["TEXTUAL_ANIMATIONS"] = "none"
