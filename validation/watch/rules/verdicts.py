"""What the rules about verdicts share. Pure; imports rule, telling and verdict only."""

from validation.watch.nouns import Headline
from validation.watch.rules.rule import Rule, Scanned, Seen, rule
from validation.watch.telling import advice, message
from validation.watch.verdict import LEVELS


def verdict_rule(headline: Headline, documentation: str | None) -> Rule:
    """Return the rule that finds bases with this headline, at every place that stands on them."""

    def look(scanned: Scanned) -> Seen:
        until = scanned.ground.next_review
        for base in scanned.bases:
            if base.verdict.headline == headline:
                text, fix = message(base, until), advice(base)
                yield from ((used.place, text, fix) for used in base.used)

    return rule(f"base-{headline}", LEVELS[headline], documentation, look)
