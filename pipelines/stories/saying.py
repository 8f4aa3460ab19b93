"""Words of a headline that say how far an act is, whatever the reading made of it: the cues of a step. Pure."""

from __future__ import annotations

import re

FORMAL = re.compile(
    r"\b(?:propos(?:es|ed|al)|drafts?|drafted|bill|introduc(?:es|ed)|tabl(?:es|ed)|submit(?:s|ted)|files?|filed"
    r"|consultation|formally|recommends?|seeks comment)\b",
    re.IGNORECASE,
)
TALK = re.compile(
    r"\b(?:threat(?:ens?|ened|ening)?|weigh(?:s|ed|ing)?|consider(?:s|ed|ing)?|mull(?:s|ed|ing)?|could|may"
    r"|might|wants? to"
    r"|vows?|seeks?|urges?|calls? for|hopes?|floats?|eyes|proposes?|warns?|asks?|likely|expected|pressur(?:es?"
    r"|ed))\b",
    re.IGNORECASE,
)
"""Where a headline has such a word, its deed may be what is talked of."""
BINDING = re.compile(
    r"\b(?:binding|definitive|final(?:ises?|izes?|ised|ized)?|clos(?:es|ed)|complet(?:es|ed)|ratif(?:ies|ied)"
    r"|contract|financial close)\b",
    re.IGNORECASE,
)
ENACTING = re.compile(
    r"\b(?:sign(?:s|ed)\b.{0,40}\b(?:law|order|decree|act|treaty|proclamation|bill|agreement|deal)"
    r"|becomes? law|into law|enact(?:s|ed)|promulgat(?:es|ed)|gazett(?:es|ed)|ratif(?:ies|ied)"
    r"|final rule|finali[sz](?:es|ed)|financial close|reach(?:es|ed) close"
    r"|(?:complet|clos)(?:es|ed) (?:\S+ ){0,4}?(?:acquisition|purchase|takeover|merger|sale|deal|buyout|stake"
    r"|financing))\b",
    re.IGNORECASE,
)
EFFECT = re.compile(
    r"\b(?:(?:takes?|took|taking|goes|go|went|comes?|came) (?:into |in )?(?:effect|force)|enters? (?:into )?force"
    r"|entered (?:into )?force|now in (?:force|effect)|kicks? in|kicked in|goes live|went live|comes? online"
    r"|came online"
    r"|(?:begins?|began|starts?|started) (?:commercial |mass |full )?(?:production|operations?|output"
    r"|shipments?|exports?"
    r"|shipping|pumping|collecting|enforcing)|first (?:shipment|cargo|power|gas|oil|production)\b.{0,30}"
    r"|commissions?|commissioned|inaugurat(?:es|ed)|opens?|opened)\b",
    re.IGNORECASE,
)
AHEAD = re.compile(
    r"\b(?:to|will|would|could|may|set to|due to|before|ahead of|until|when|if|plans?|planned"
    r"|should)\W+(?:\w+\W+){0,2}$",
    re.IGNORECASE,
)
UNDOING = re.compile(
    r"\b(?:revers(?:es?|ed|al)|repeal(?:s|ed)?|revok(?:es?|ed)|rescind(?:s|ed)?|lift(?:s|ed)?|scrap(?:s|ped)?"
    r"|str(?:ikes?|uck) down|overturn(?:s|ed)?|annul(?:s|led)?|veto(?:es|ed)?|terminat(?:es?|ed)|abolish(?:es|ed)?"
    r"|withdr(?:aws?|ew|awn)|cancel(?:s|s?led|ed)?|drop(?:s|ped)?|suspend(?:s|ed)?|paus(?:es?|ed)|halt(?:s|ed)?"
    r"|shelv(?:es?|ed)|delay(?:s|ed)?|postpon(?:es?|ed)|defer(?:s|red)?|void(?:s|ed)?|ends?|ended"
    r"|backs? (?:down|off|away)|backtrack(?:s|ed)?|abandon(?:s|ed)?|rolls? back|rolled back|stays?|stayed"
    r"|quash(?:es|ed)?"
    r"|walks? away|u-turn|expires?|expired|collapses?|collapsed|removes?|removed|pulls?|pulled|freez(?:es)|froze)\b",
    re.IGNORECASE,
)
STOPPING = re.compile(
    r"\b(?:halt(?:s|ed)?|suspend(?:s|ed)?|paus(?:es?|ed)|cancel(?:s|s?led|ed)?|block(?:s|ed)?|drop(?:s|ped)?"
    r"|delay(?:s|ed)?|postpon(?:es?|ed)|withdr(?:aws?|ew|awn)|revok(?:es?|ed)|rescind(?:s|ed)?|collapses?|collapsed"
    r"|shelv(?:es?|ed)|abandon(?:s|ed)?|vetoe?s?|str(?:ikes?|uck) down|overturn(?:s|ed)?|void(?:s|ed)?)\b",
    re.IGNORECASE,
)
"""What undoes an act that itself lifts something; "reverses the ban" only says once more what that act did."""
EASING = re.compile(
    r"\b(?:resum(?:es?|ed|ption)|restart(?:s|ed)?|relax(?:es|ed)?|eas(?:es?|ed|ing)|lift(?:s|ed|ing)?|allow(?:s|ed)?"
    r"|clear(?:s|ed)?|approv(?:es?|ed|al)|wins? ok|waiv(?:es?|ed|er)|exempt(?:s|ed|ion)?|remov(?:es?|ed|al)"
    r"|scrap(?:s|ped)?|revers(?:es?|ed|al)|cut(?:s)?|lower(?:s|ed)?|reopen(?:s|ed)?|suspend(?:s|ed)?|paus(?:es?|ed)"
    r"|repeal(?:s|ed)?|revok(?:es?|ed)|delay(?:s|ed)?|end(?:s|ed)?)\b",
    re.IGNORECASE,
)
"""Said of an act that is itself an undoing: that it undoes something is then no news."""
RESTORING = re.compile(
    r"\b(?:reinstat(?:es?|ed)|restor(?:es?|ed)|reviv(?:es?|ed)|reimpos(?:es?|ed)|resum(?:es?|ed)|back in force|again"
    r"|revert(?:s|ed)?|stays? ruling|overturns?|overturned)\b",
    re.IGNORECASE,
)
NO_UNDOING = re.compile(
    r"\b(?:halt|suspend|paus|block|cut|drop)\w* (?:\S+ ){0,4}?"
    r"(?:exports?|imports?|shipments?|production|output|sales|supplies|deliveries|operations|anodes|goods)\b"
    r"(?! (?:ban|controls?|curbs?|rules?|restrictions?|tariffs?|limits?|quotas?|licen[cs]\w+|plans?|duty|duties"
    r"|levy))",
    re.IGNORECASE,
)
"""To halt exports is an act of its own; to halt export rules undoes one."""
COURT = re.compile(r"\b(?:courts?|judges?|tribunal|justices)\b", re.IGNORECASE)
