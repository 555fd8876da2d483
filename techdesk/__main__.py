"""``python -m techdesk`` and the ``techdesk`` program."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from techdesk.cli import command

    command(prog_name="techdesk")


if __name__ == "__main__":
    main()
