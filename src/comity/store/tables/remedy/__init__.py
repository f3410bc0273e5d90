"""The tables about infected subscribers."""

from comity.store.tables.remedy import effect as effect
from comity.store.tables.remedy import infestations as infestations
from comity.store.tables.remedy import notices as notices
from comity.store.tables.remedy import own_logs as own_logs
from comity.store.tables.remedy import sightings as sightings
