"""How far an item may be passed on: the labels of the Traffic Light Protocol.

Standards:  FIRST TLP 2.0: capitals, no space inside, never translated; what is unlabelled is not CLEAR.
"""

from enum import StrEnum


class Tlp(StrEnum):
    """One label, as it is written on the item."""

    RED = "TLP:RED"  # for the eyes of the recipients only
    AMBER_STRICT = "TLP:AMBER+STRICT"  # within the recipient's organisation
    AMBER = "TLP:AMBER"  # the organisation and its clients who need to know
    GREEN = "TLP:GREEN"  # the community
    CLEAR = "TLP:CLEAR"  # anybody
