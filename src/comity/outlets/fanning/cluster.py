"""Judge on many machines, by the workers of a Dask cluster that the operator runs.

Trust:      whoever reaches a scheduler of Dask runs what he likes on its workers, and mail travels to them: elsewhere than on this
            machine it must be TLS, with the certificates that Dask's own settings name. The same holds for each worker, whoever
            its scheduler is.
Answers:    ``cluster(judge, address)`` is ``Hands`` as long as the block lasts; the filter goes to each worker once.
Limits:     an extra, ``comity[dask]``. Every worker has this version of the program, or none is used; those that come later are
            looked at before the next lot goes out. Dask gives a lot to another worker where one dies, and gives it up after a
            few have: then the work ends, by name.
"""

import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from comity import __version__
from comity.model.outcomes import ComityError, Outcome
from comity.model.verdict import Judgement
from comity.outlets.fanning.hand import hand, version
from comity.services.judge.filtering import Filter
from comity.services.judge.spread import Answer
from comity.verdict.model_file import pack

_CONNECT_SECONDS: Final = 20


class _Cluster:
    def __init__(self, client: Any, model: Any, *, share: float, address: str) -> None:
        self._client, self._model, self._share, self._address = client, model, share, address
        self._known = {*client.nthreads()}
        self.room = 2 * max(sum(client.nthreads().values()), 1)

    def send(self, lot: Sequence[bytes]) -> Answer:
        """To whatever worker is free."""
        fresh = {*self._client.nthreads()} - self._known
        if fresh:
            _may_work(self._client, fresh, self._address)
            self._known |= fresh
        coming = self._client.submit(hand, self._model, self._share, lot, pure=False)

        def answer() -> Sequence[Judgement]:
            from distributed.scheduler import KilledWorker  # noqa: PLC0415 - an extra

            try:
                found: Sequence[Judgement] = coming.result()
            except (KilledWorker, CancelledError, OSError, TimeoutError) as error:
                raise ComityError(
                    "hands-lost", "workers have ended", outcome=Outcome.TRY_AGAIN, place=self._address
                ) from error
            return found

        return answer


@contextmanager
def cluster(judge: Filter, address: str) -> Iterator[_Cluster]:
    """The workers behind this scheduler."""
    _may_be_reached(address)
    try:
        from distributed import Client  # noqa: PLC0415 - an extra
    except ImportError:
        raise ComityError("dask-missing", "dask is not installed", outcome=Outcome.CONFIGURATION) from None
    try:
        client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError, TypeError) as error:
        message = "no scheduler answers there"
        raise ComityError("dask-away", message, outcome=Outcome.TRY_AGAIN, place=address) from error
    try:
        _may_work(client, {*client.nthreads()}, address)
        model = client.scatter(pack(judge.model()), broadcast=True)
        yield _Cluster(client, model, share=judge.budget.share, address=address)
    finally:
        client.close()


def _may_work(client: Any, workers: set[str], address: str) -> None:
    """Refuse workers that mail would reach readable, and those that would judge otherwise."""
    if not workers:
        raise ComityError("dask-empty", "the scheduler has no workers", outcome=Outcome.TRY_AGAIN, place=address)
    for each in sorted(workers):
        scheme, host, _ = _parts(each)
        if scheme not in ("tls", "inproc") and not (host and _is_here(host)):
            raise _open_way(each)
    try:
        found = {*client.run(version, workers=sorted(workers)).values()}
    except (ImportError, AttributeError, RuntimeError, ValueError, OSError) as error:  # a worker without our program
        found = {type(error).__name__}
    other = found - {__version__}
    if other:
        raise ComityError(
            "dask-other-version",
            "workers have another program",
            outcome=Outcome.CONFIGURATION,
            place=address,
            details={"found": ", ".join(sorted(map(str, other))), "ours": __version__},
        )


def _may_be_reached(address: str) -> None:
    """Mail leaves this machine under TLS, or not at all."""
    scheme, host, port = _parts(address)
    if scheme not in ("tcp", "tls") or not host or port is None:
        raise ComityError("dask-address", "no address of a scheduler", outcome=Outcome.USAGE, place=address)
    if scheme != "tls" and not _is_loopback(host):
        raise _open_way(address)


def _parts(address: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(address)
        return parts.scheme, parts.hostname, parts.port
    except ValueError:
        return "", None, None


def _open_way(address: str) -> ComityError:
    return ComityError("dask-open", "mail would go there readable", outcome=Outcome.CONFIGURATION, place=address)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_here(host: str) -> bool:
    """Whether an address is one of this machine: a worker is known by that of a network card, also where nothing leaves."""
    if _is_loopback(host):
        return True
    try:
        family = socket.AF_INET6 if ip_address(host).version == 6 else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as trying:
            trying.bind((host, 0))
    except (ValueError, OSError):
        return False
    return True
