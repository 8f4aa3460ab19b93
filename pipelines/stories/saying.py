"""Words of a headline that say how far an act is, whatever the reading made of it: the cues of a step. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

_VOWELS = "aeiou"


def _forms(verb: str) -> Iterator[str]:
    """A verb in all its forms; "+" doubles its last letter ("scrap+": "scrapped"), "!" leaves it as it is."""
    if verb.endswith("!"):
        yield verb[:-1]
        return
    root, doubled = verb.removesuffix("+"), verb.endswith("+")
    if root.endswith("e"):
        yield from (root, root + "s", root + "d", root[:-1] + "ing")
    elif root.endswith("y") and root[-2] not in _VOWELS:
        yield from (root, root[:-1] + "ies", root[:-1] + "ied", root + "ing")
    else:
        stem = root + root[-1] if doubled else root
        ending = "es" if root.endswith(("s", "x", "sh", "ch", "o")) else "s"
        yield from (root, root + ending, stem + "ed", stem + "ing")


def _either(verbs: str = "", phrases: str = "", patterns: str = "") -> re.Pattern[str]:
    """Finds a form of one of the verbs, one of the phrases (between commas), or one of the patterns, whole."""
    words = [re.escape(form) for verb in verbs.split() for form in _forms(verb)]
    words += [re.escape(phrase.strip()) for phrase in phrases.split(",") if phrase.strip()]
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join([*patterns.split(), *longest_first])})\b", re.IGNORECASE)


_GOODS = r"(?:exports?|imports?|shipments?|production|output|sales|supplies|deliveries|operations)"
_RULES = (
    r"(?:bans?|controls?|curbs?|rules?|restrictions?|tariffs?|limits?|quotas?|licen[cs]\w+|plans?|duty|duties|levy|caps?"
    r"|sanctions?|embargo|blockade|moratorium|suspension|freeze|halt|sales|threat)"
)
FORMAL = _either(
    "propose draft introduce table submit+ file recommend", "proposal, bill, consultation, formally, seeks comment"
)
TALK = _either(
    "threaten weigh consider mull vow seek urge hope float eye propose warn ask pressure",
    "could, may, might, want to, wants to, call for, calls for, likely, expected",
)
"""Where a headline has such a word, its deed may be what is talked of."""
BINDING = _either("finalise finalize close complete ratify", "binding, definitive, final, contract, financial close")
_OF_LAW = r"law|order|decree|act|treaty|proclamation|bill|agreement|deal|pact|accord|truce|contract"
_OF_DEAL = r"acquisition|purchase|takeover|merger|sale|deal|buyout|stake|financing"
ENACTING = _either(
    "enact promulgate gazette ratify finalise finalize",
    "become law, becomes law, into law, final rule, financial close",
    rf"signs?\b.{{0,40}}\b(?:{_OF_LAW}) signed\b.{{0,40}}\b(?:{_OF_LAW})"
    rf" (?:complete|close)[sd]?(?:\s\S+){{0,4}}\s(?:{_OF_DEAL})",
)
_TAKES = r"(?:takes?|took|taking|goes|go|went|comes?|came|enters?|entered)"
_BEGINS = r"(?:begins?|began|starts?|started)"
_WORK = r"(?:production|operations?|output|shipments?|exports?|shipping|pumping|collecting|enforcing)"
EFFECT = _either(
    "commission inaugurate",
    "now in force, now in effect, kick in, kicks in, kicked in, goes live, went live, comes online, came online",
    rf"{_TAKES}\s(?:into\s|in\s)?(?:effect|force) {_BEGINS}\s(?:\w+\s)?{_WORK}"
    r" open(?:s|ed)\s(?!(?:the\s)?(?:door|doors|probe|investigation|inquiry|fire|talks|bids|tender"
    r"|consultation|pre-orders|up|case|way|pandora)\b) first\s(?:shipment|cargo|power|gas|oil|production)",
)
AHEAD = re.compile(
    r"\b(?:to|will|would|could|may|before|ahead of|until|when|if|plans?|planned|should)\W+(?:\w+\W+){0,2}$",
    re.IGNORECASE,
)
"""Stands before what is only to come."""
STOPPING = _either(
    "halt suspend pause cancel cancel+ block drop+ delay postpone revoke rescind collapse shelve abandon veto overturn"
    " void withdraw withdrew! withdrawn!",
    "strike down, strikes down, struck down",
)
"""What undoes an act that itself lifts something; "reverses the ban" only says once more what that act did."""
UNDOING = _either(
    "reverse repeal revoke rescind scrap+ overturn annul+ veto terminate abolish withdraw withdrew! withdrawn!"
    " cancel cancel+ drop+ suspend pause halt shelve delay postpone defer+ void end backtrack abandon stay quash expire"
    " collapse remove pull freeze froze! frozen!",
    "reversal, strike down, strikes down, struck down, backs down, back down, backs off, backs away, roll back,"
    " rolls back, rolled back, walks away, u-turn",
    rf"lift(?:s|ed|ing)?\s(?:\S+\s){{0,5}}?{_RULES}",
)
EASING = _either(
    "resume restart relax ease lift allow clear approve waive exempt remove scrap+ reverse lower reopen suspend pause"
    " repeal revoke delay end cut! cuts!",
    "resumption, approval, wins ok, waiver, exemption, removal, reversal",
)
"""Said of an act that is itself an undoing: that it undoes something is then no news."""
RESTORING = _either("reinstate restore revive reimpose resume revert overturn", "back in force, again, stays ruling")
CLOSING = _either("close halt shut! shuts! block suspend freeze stop+ pause idle seal blockade", "force majeure")
REOPENING = _either(
    "reopen restart resume unblock unfreeze",
    "back online, back in operation, ends blockade, lifts force majeure, ends force majeure",
)
"""What was closed and opens again: the undoing of a stop."""
NO_UNDOING = _either(
    patterns=rf"(?:halt|suspend|paus|block|cut|drop)\w*\s(?:(?!{_RULES}\b)\S+\s){{0,4}}?{_GOODS}\b(?!\s{_RULES})"
)
"""To halt exports is an act of its own; to halt export rules undoes one."""
COURT = _either(phrases="court, courts, judge, judges, tribunal, justices")
