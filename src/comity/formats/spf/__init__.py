"""SPF without I/O: whether an address may send for a domain, asking one question after the other.

>>> from comity.formats.dns_answers import DnsAnswer, driven
>>> sent = Sent(client_ip="192.0.2.7", envelope_from="news@east.example", helo="mx.east.example")
>>> driven(check(sent), lambda question: DnsAnswer(records=("v=spf1 ip4:192.0.2.0/28 -all",))).result.value
'pass'

See ``checking`` for what is believed and what is promised.
"""

from comity.formats.spf.checking import LOOKUP_LIMIT, VOID_LIMIT, Sent, SpfCheck, SpfResult, check, check_helo

__all__ = ["LOOKUP_LIMIT", "VOID_LIMIT", "Sent", "SpfCheck", "SpfResult", "check", "check_helo"]
