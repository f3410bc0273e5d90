"""How we prove to a bus who we are, and how the bus proves it to us.

Answers:    ``security_of(place)`` for FastStream; None where neither is asked for.
Limits:     the certificate of a bus is always checked, against the usual authorities or the one of the settings.
"""

import ssl

from faststream.security import BaseSecurity, SASLPlaintext

from comity.outlets.bus import BusPlace


def context_of(place: BusPlace) -> ssl.SSLContext | None:
    """The terms of TLS, where it is spoken."""
    return ssl.create_default_context(cafile=place.certificate) if place.tls else None


def security_of(place: BusPlace) -> BaseSecurity | None:
    """Account and TLS."""
    context = context_of(place)
    if place.account is not None and place.password is not None:
        password = place.password()
        return SASLPlaintext(username=place.account, password=password, ssl_context=context, use_ssl=place.tls)
    return BaseSecurity(ssl_context=context, use_ssl=True) if context is not None else None
