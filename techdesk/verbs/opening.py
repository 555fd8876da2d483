"""Opens the screens: the one place of the command line that loads textual."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

from techdesk.actions.wording import Surface
from techdesk.config.places import DEMO
from techdesk.terminal.capabilities import over_ssh, unusable
from techdesk.verbs.choices import Choices
from techdesk.verbs.session import Session, mistaken, open_session, settings_problems
from techdesk.verbs.speech import Exit, Failed

if TYPE_CHECKING:
    from techdesk.actions.keymap import Keymap
    from techdesk.config import Settings

_TEXTUAL = {
    # Over SSH a moving bar is bytes for nothing; and the driver paints whole lines for each step of it.
    "TEXTUAL_ANIMATIONS": "none",
    "TEXTUAL_SMOOTH_SCROLL": "0",
}


def need_terminal() -> None:
    """End where there is no terminal to draw on, or one that cannot place text."""
    problem = unusable(os.environ, is_terminal=sys.stdin.isatty() and sys.stdout.isatty())
    if problem:
        remedy = "'techdesk list', 'techdesk show' and the other verbs work everywhere."
        raise Failed(Exit.USAGE, problem, remedy)


def wants_mouse() -> bool:
    """Not over SSH: each move of the mouse would travel, and selecting text is the terminal's there."""
    return not over_ssh(os.environ)


def prepare_textual() -> None:
    """What textual reads from the environment when it is imported; the user's own wishes stay."""
    for name, value in _TEXTUAL.items():
        os.environ.setdefault(name, value)


def open_plainly(choices: Choices) -> int:
    """The same for a call that loaded nothing to read command lines with: what goes wrong is told here."""
    try:
        return open_screens(choices)
    except Failed as problem:
        failed = problem
    except KeyboardInterrupt:
        failed = Failed(Exit.ERROR, "Interrupted before the first screen.")
    except Exception as error:
        from techdesk.verbs.file_trouble import told

        trouble = told(error, choices)
        if trouble is None:
            raise
        failed = trouble
    failed.show()
    return failed.exit_code


def open_screens(choices: Choices) -> int:
    """The queue of the profile chosen; the connect screen where there is none. The exit status."""
    need_terminal()
    session = open_session(choices, surface=Surface.KEYS)
    if session is None:
        return _first_screen(choices)
    with session:
        return run(session, session.profile.name)


def run(session: Session, title: str) -> int:
    """Run the app on a session; the exit status."""
    prepare_textual()
    from techdesk.app import TechdeskApp

    keymap = keymap_or_fail(session.settings)
    workbench = session.workbench
    looking = session.database.trouble is not None
    sync = None if session.offline or looking else session.sync_thread()
    app = TechdeskApp(workbench, sync, title=title, keymap=keymap, views=session.views, driver=session.driver)
    app.told_offline = session.offline
    try:
        app.run(mouse=wants_mouse())
    finally:
        if sync is not None:
            sync.stop(2.0)
    return app.return_code or 0


def keymap_or_fail(settings: Settings) -> Keymap:
    """The user's keys; a clash or a mistake ends the program before any screen is opened."""
    from techdesk.actions.keymap import Keymap, read

    keymap = read(settings.keys, settings.file)
    if isinstance(keymap, Keymap):
        return keymap
    raise mistaken(settings_problems(settings))


def _first_screen(choices: Choices) -> int:
    """Nobody is connected yet: offer the demo or a connection, and go on with what was chosen."""
    gc.enable()
    prepare_textual()
    from techdesk.desks.catalogue import names
    from techdesk.screens.connect import SAVED, Checked, ConnectApp, Wanted
    from techdesk.verbs.connecting import check, keep

    failures: list[Failed] = []

    def checked(wanted: Wanted) -> Checked:
        try:
            return Checked(words=check(wanted.url, wanted.kind, wanted.token), works=True)
        except Failed as failed:
            return Checked(words=failed.message, works=False)

    def saved(wanted: Wanted) -> str:
        try:
            return keep(wanted.url, wanted.kind, wanted.token, choices.profile)
        except Failed as failed:
            failures.append(failed)  # told once the terminal has been given back
            return ""

    answer = ConnectApp(kinds=names(), check=checked, save=saved).run(mouse=wants_mouse())
    if failures:
        raise failures[0]
    if answer == DEMO:
        from techdesk.verbs.demonstrating import Start, run_demo

        return run_demo(choices, Start())
    if answer is not None and answer.startswith(SAVED):
        choices.profile = answer.removeprefix(SAVED)
        return open_screens(choices)
    return Exit.DONE
