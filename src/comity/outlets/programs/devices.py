"""What devices with passkeys are asked, and whether what they answer holds.

Trust:      an answer is a stranger's until its signature, its page and its site fit. Which makers built the device is not asked.
Standards:  W3C Web Authentication level 2, sections 7.1 and 7.2.
Answers:    ``Devices(address, house)``, which fits ``comity.services.operate.accounts.passkeys.Asking``.
Limits:     needs the extra ``passkeys``; the counter is looked at by whoever knows the one before.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from comity.services.operate.accounts.passkeys import Made

_UNFIT = (WebAuthnException, ValueError, TypeError, KeyError)


class Devices:
    """Asks devices for our pages."""

    def __init__(self, address: str, house: str) -> None:
        self._origin, self._site, self._house = address.rstrip("/"), urlsplit(address).hostname or "", house or "Comity"

    def new(self, name: str, handle: bytes, *, challenge: bytes, known: Sequence[bytes]) -> str:
        """What is asked for a new passkey, as JSON."""
        options = generate_registration_options(
            rp_id=self._site,
            rp_name=self._house,
            user_name=name,
            user_id=handle,
            challenge=challenge,
            exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.PREFERRED
            ),
        )
        return options_to_json(options)

    def made(self, said: Mapping[str, Any], challenge: bytes) -> Made | None:
        """The new passkey, if the answer holds."""
        try:
            found = verify_registration_response(
                credential=dict(said),
                expected_challenge=challenge,
                expected_rp_id=self._site,
                expected_origin=self._origin,
            )
        except _UNFIT:
            return None
        return Made(credential=found.credential_id, public_key=found.credential_public_key, count=found.sign_count)

    def any(self, challenge: bytes) -> str:
        """What is asked at the door, as JSON."""
        return options_to_json(generate_authentication_options(rp_id=self._site, challenge=challenge))

    def count(self, said: Mapping[str, Any], challenge: bytes, *, public_key: bytes, knows_owner: bool) -> int | None:
        """The count of its signatures, if the answer holds."""
        try:
            found = verify_authentication_response(
                credential=dict(said),
                expected_challenge=challenge,
                expected_rp_id=self._site,
                expected_origin=self._origin,
                credential_public_key=public_key,
                credential_current_sign_count=0,
                require_user_verification=knows_owner,
            )
        except _UNFIT:
            return None
        return found.new_sign_count
