"""Tables about who gets reports from us: who enrolled, who is named for abuse, what each was told, what was delivered, claimed,
judged, and what opens its pages."""

from comity.store.tables.consumers import claimed, contacts, delivered, enrolled, judged, pace, portal

__all__ = ["claimed", "contacts", "delivered", "enrolled", "judged", "pace", "portal"]
