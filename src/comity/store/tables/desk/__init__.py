"""The tables of what a desk must not overlook."""

from comity.store.tables.desk import accounts as accounts
from comity.store.tables.desk import entering as entering
from comity.store.tables.desk import letters as letters
from comity.store.tables.desk import reversals as reversals
from comity.store.tables.desk import sealed as sealed
from comity.store.tables.desk import searching as searching
from comity.store.tables.desk import teamwork as teamwork
from comity.store.tables.desk import urgent as urgent
