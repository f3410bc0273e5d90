"""A number of a ledger in words, with its key beside, on pages.

Trust:      a key may be a stranger's; words and key are escaped here.
Answers:    ``numbered(words, key)`` gives markup.
"""

from markupsafe import Markup

from comity.locale import Catalogue
from comity.services.public.pages.number_words import number_words
from comity.web.visible import visible


def numbered(words: Catalogue, key: str) -> Markup:
    """The words with the key beside, for whoever looks into the file; the key alone where there are no words."""
    said, code = number_words(words, key), Markup("<code>{}</code>").format(visible(key, 200))
    return code if said is None else Markup("{} {}").format(visible(said), code)
