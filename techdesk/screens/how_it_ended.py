"""How the work on a ticket ended, where its policy tells ways apart, and the policy's words for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from techdesk.screens.offered_words import OfferedWords

if TYPE_CHECKING:
    from techdesk.sla.policy import Policy
    from techdesk.sla.rulebook import Exclusion, Resolution
    from techdesk.store.rows import Row

Written = Callable[[Mapping[str, str], str], None]
"""Goes on with what the workbench takes of how it ended, and with the words to begin the notice with."""


class HowItEnded(OfferedWords):
    """Mixed in beneath ``PolicyActions``."""

    def ask_how_it_ended(self, key: int, write: Written) -> None:
        """How the work ended, where the policy tells ways apart (PH9, D14, W11, DD16): the first is usual."""
        from techdesk.screens.pick import Choice, Pick

        policy, row = self.workbench.policy(key), self.workbench.reader.row(key)
        ways = policy.rulebook.resolutions if policy is not None else ()
        if policy is None or row is None or len(ways) < 2:
            write({}, "")
            return
        choices = []
        for place, way in enumerate(ways, 1):
            grades = [grade.label for level in way.severity if (grade := policy.severity(level)) is not None]
            about = [f"ends {', '.join(grades)} only"] if grades else []
            about += [f"a referral: {way.refers_to}"] if way.refers_to else []
            choices.append(
                Choice(
                    id=way.id,
                    label=way.label,
                    detail="; ".join(about) or way.source,
                    hint_key=str(place) if place < 10 else "",
                )
            )

        def chosen(way: str | None) -> None:
            ended = next((each for each in ways if each.id == way), None)
            if ended is None:
                self.say("Nothing was changed.")
            elif ended.left_out:
                self._ask_what_leaves_it_out(policy, row, ended, write)
            else:
                write({"resolution": ended.id}, self._words(key, ended))

        self.app.push_screen(Pick(f"{row.number}: how did it end?", choices, typed=False), chosen)

    def _ask_what_leaves_it_out(self, policy: Policy, row: Row, way: Resolution, write: Written) -> None:
        """Which of the things that support leaves out it is (D14): the notice names it, with its section."""
        from techdesk.screens.pick import Choice, Pick

        left_out = policy.rulebook.left_out_of_support

        def chosen(name: str | None) -> None:
            exclusion = next((each for each in left_out if each.id == name), None)
            if exclusion is None:
                self.say("Nothing was changed.")
                return
            write({"resolution": way.id, "exclusion": exclusion.id}, self._words(row.key, way, exclusion))

        if len(left_out) < 2:
            chosen(left_out[0].id if left_out else None)
            return
        choices = [
            Choice(id=each.id, label=each.label, detail=each.source, hint_key=str(n) if n < 10 else "")
            for n, each in enumerate(left_out, 1)
        ]
        self.app.push_screen(Pick(f"{row.number}: what leaves it out?", choices, typed=False), chosen)

    def _words(self, key: int, way: Resolution, exclusion: Exclusion | None = None) -> str:
        """The policy's words for a way to end, with what is known filled in; empty where it has none.

        What a person has to say stands marked in them, and the composer names it before it sends.
        """
        from techdesk.actions.filling import values_of
        from techdesk.actions.policy_words import PREFIX, filled_words, offered

        standing = self.workbench.standing(key)
        texts = offered({}, standing[0].policy) if standing is not None else {}
        words = texts.get(PREFIX + way.template)
        if words is None:
            return ""
        why = {} if exclusion is None else {"reason": exclusion.label, "section": exclusion.source}
        values = values_of(self.workbench.reader.ticket(key), self.workbench.me) | why
        return filled_words(words, values, standing, self.workbench.clock.now()).text
