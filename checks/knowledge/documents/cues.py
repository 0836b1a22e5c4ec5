"""Words around a path that say how it is meant: as a file of this repository, as an example, as gone, or as the reader's."""

from __future__ import annotations

import re

LABEL = re.compile(
    r"(?:^|[\s*_|(-])(?:Datei|File|Dateien|Files|Workflow|Skript|Script|Pfad|Path|Quelle|Source|Config|Konfiguration"
    r"|Dokument(?:iert in)?|Documented in|[Ss]iehe(?: auch)?|[Ss]ee(?: also)?"
    r"|(?:defined|located|implemented|configured|documented|described|declared|found|lives?|stored|kept|stands?)"
    r" (?:in|at|under)"
    r"|(?:definiert|implementiert|konfiguriert|dokumentiert|beschrieben|liegt|steht|stehen|liegen|festgelegt) (?:in|unter))"
    r"\s*:?\s*(?:\*\*|__)?\s*:?\s*(?:the |der |die |das |file |Datei )*\W{0,3}$"
)
"""What says, right before a path, that it is one of this repository."""
KEY = re.compile(
    r"`(?:path|file|script|document|workflow|source|pfad|datei|skript|dokument)`\s*:\s*\W{0,3}$",
    re.IGNORECASE,
)
"""The same in JSON."""
GONE = re.compile(
    r"\b(?:removed?|removes|deleted?|deletes?|delet(?:ing|ion)|gone|no longer|not? (?:longer )?exist|does(?:n't| not) exist"
    r"|renamed|moved|moves|moving|served|formerly|used to|was called|previous(?:ly)?|older?|obsolete|deprecated|replaced"
    r"|drop(?:ped)?|instead of"
    r"|will|would|planned|todo|to do|to be|not yet|missing|create[sd]?|creating|generat\w+|writes?|written|output\w*"
    r"|produce[sd]?|imagine|suppose|sample|template|placeholder"
    r"|entfern\w*|gelöscht\w*|lösch\w+|umbenannt\w*|verschoben\w*|früher\w*|ehemal\w*|alte[rns]?|ersetzt\w*"
    r"|(?:wird|werden) (?:\w+ ){0,4}(?:erstellt|angelegt|erzeugt|geschrieben|generiert)|geplant\w*|noch nicht"
    r"|fehlt|fehlen\w*"
    r"|anlegen|angelegt\w*|erstell\w*|erzeug\w*|veraltet\w*|statt|existiert nicht|gibt es nicht|nicht mehr|aufgeräumt)\b"
    r"|⏳|🚧",
    re.IGNORECASE,
)
EXAMPLE = re.compile(
    r"\b(?:e\.g|for example|for instance|example\w*|such as|zum Beispiel|beispiel\w*)\b|z\.\s?B\.|e\.g\.",
    re.IGNORECASE,
)
SOFT = re.compile(
    r"\b(?:could|might|may|should|new|add(?:ed|s|ing)?|say|assume\w*|if|like|something|any|your|you|my|typically|usually"
    r"|optional\w*|similar|let's|you'll|neu(?:e[rsnm]?)?|etwa|dein\w*|mein\w*|könnte\w*|sollte\w*|falls|wenn)\b",
    re.IGNORECASE,
)
URL = re.compile(r"https?://[^\s)>\]]+")
LACKING = re.compile(
    r"\b(?:fehlt|fehlen|missing|planned|geplant|todo|offen|removed|entfernt|deprecated)\b", re.IGNORECASE
)
"""A heading below which documents are named that are not there."""
PLACEHOLDER = re.compile(
    r"[<>{}*?$%|…]|\.\.\.|\bX{2,}\b|\b(?:MAJOR|MINOR|PATCH|NAME|DATE)\b|\.x\.|XXXX|YYYY|\b(?i:foo|bar|baz)\b"
    r"|(?i:example|beispiel|path/to|your[-_]|\bmy(?:[-_]|app|project|site|package|module))"
)
