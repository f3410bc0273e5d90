"""The public pages as files that any partner can host, or open from a disk.

Answers:    ``site_files(packs, house)`` gives the text of each file by its name; equal texts give equal bytes, and ``version.json``
            says which they are.
Limits:     nobody answers forms there: a notice is checked on the provider's own site, and the pages say so.
"""

import json
from hashlib import sha256

from comity.remediation.guides.pack import Packs
from comity.services.remedy.notices import House
from comity.web.help.pages import HelpPages


def site_files(packs: Packs, house: House) -> dict[str, str]:
    """Every file of the site."""
    pages = HelpPages(packs, house, is_served=False)
    made = {"index.html": pages.choose()}
    for pack in packs.languages.values():
        made |= {f"{pack.language}/{name}": text for name, text in pages.public(pack).items()}
    digests = {name: sha256(text.encode("utf-8")).hexdigest() for name, text in sorted(made.items())}
    made["version.json"] = json.dumps({"version": packs.version, "sha256": digests}, indent=1) + "\n"
    return made
