"""Tables that say whose an address is: read them, put them upon each other, keep the result small."""

from comity.formats.prefixes.partition import Partition, PartitionBuilder, Side
from comity.formats.prefixes.sources import Entry, Mistake, SourceReader, TableShape

__all__ = ["Entry", "Mistake", "Partition", "PartitionBuilder", "Side", "SourceReader", "TableShape"]
