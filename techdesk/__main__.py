"""``python -m techdesk`` and the ``techdesk`` program."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run the command line. What the system refuses (a folder, a full device) is told in words."""
    # What is made while a program starts lives to its end: looking through it for garbage, time and again,
    # took a sixth of the start. Verbs switch the collector on once loaded, the screens once they are painted.
    gc.disable()
    _open_standard_streams()
    try:
        from techdesk.verbs.choices import plain

        choices = plain(sys.argv[1:], os.environ)
        if choices is not None:
            from techdesk.verbs.opening import open_plainly

            raise SystemExit(open_plainly(choices))
        from techdesk.cli import command

        command(prog_name="techdesk")
    except KeyboardInterrupt:  # before a verb or a screen took the key over
        sys.stderr.write("techdesk: stopped before it had begun.\n")
        raise SystemExit(130) from None
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        sys.stderr.write(f"techdesk: the system refuses: {error.strerror or error}{place}.\n")
        sys.stderr.write(
            "techdesk: what was saved before is kept; 'techdesk doctor' says where everything is.\n"
        )
        raise SystemExit(1) from None


def _open_standard_streams() -> None:
    """What the caller closed (``<&-``, ``>&-``) reads as empty, and swallows what is written to it.

    Otherwise Python has None in its place, and a file opened next would get its number.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))


if __name__ == "__main__":
    main()
