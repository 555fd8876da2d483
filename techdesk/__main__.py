"""``python -m techdesk`` and the ``techdesk`` program."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line. What the system refuses (a folder, a full device) is told in words."""
    from techdesk.cli import command

    try:
        command(prog_name="techdesk")
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        sys.stderr.write(f"techdesk: the system refuses: {error.strerror or error}{place}.\n")
        sys.stderr.write(
            "techdesk: what was saved before is kept; 'techdesk doctor' says where everything is.\n"
        )
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
