"""Passwords, hashed.

Standards:  RFC 9106 (Argon2id) with the second recommended set of parameters: 64 MiB, three passes, four lanes.
Answers:    ``ArgonPasswords``, which fits ``comity.services.operate.accounts.rows.Passwords``.
Limits:     about a twentieth of a second of every core each; two at once, so that guessers cannot take all memory.
"""

from base64 import b64encode
from collections.abc import Callable
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from argon2.low_level import ARGON2_VERSION


class ArgonPasswords:
    """Hashes passwords."""

    def __init__(self) -> None:
        self._hasher, self._turns = PasswordHasher(), BoundedSemaphore(2)

    def hashed(self, password: str) -> str:
        """What is kept of it."""
        with self._turns:
            return self._hasher.hash(password)

    def is_right(self, kept: str, password: str) -> bool:
        """Whether this is it."""
        with self._turns:
            try:
                return self._hasher.verify(kept, password)
            except (Argon2Error, InvalidHashError):
                return False

    def of_nobody(self, chance: Callable[[int], bytes]) -> str:
        """Bytes of chance in place of a hash: to make a true one would cost each start a fifth of a second, and 64 MiB."""
        ours = self._hasher
        salt, digest = (b64encode(chance(length)).rstrip(b"=").decode() for length in (ours.salt_len, ours.hash_len))
        costs = f"m={ours.memory_cost},t={ours.time_cost},p={ours.parallelism}"
        return f"$argon2id$v={ARGON2_VERSION}${costs}${salt}${digest}"
