"""Run one fuzzer for some seconds: ``python -m fuzz.soak TARGET SECONDS FOLDER [--stretch]``. Called by ``script/soak``.

FOLDER keeps what the fuzzer learnt (``corpus``) and what broke a promise (``crash-*``). ``--stretch`` needs no atheris: it
repeats pieces of the seeds and looks for work that grows faster than its input.
"""

import random
import sys
import time
from pathlib import Path

from fuzz.mutations import PIECES, stretched
from fuzz.seeds import seeds

# A reader under coverage is many times slower than it is alone.
_SLOWNESS = 20.0
_STRETCHED = 40_000
_SUSPICIOUS_SECONDS = 0.15
_SUSPICIOUS_GROWTH = 9.0  # for four times the input; twice that is quadratic
_LIBFUZZER = ("-max_len=20000", "-timeout=60", "-rss_limit_mb=1024", "-print_final_stats=1", "-verbosity=0")


def stretch(name: str, seconds: float, folder: Path) -> int:
    """Look for growth; gives the number of inputs that grew too fast."""
    from fuzz.targets import TARGETS

    target = TARGETS[name]
    rng = random.Random()  # noqa: S311 - a soak test sees new things each time
    known = seeds(name)
    until, count, worst, bad = time.monotonic() + seconds, 0, 0.0, 0
    while time.monotonic() < until:
        small, large = stretched(rng.choice(known), rng, rng.choice((_STRETCHED // 8, _STRETCHED)))
        count += 1
        try:
            taken = [_seconds(target, small), _seconds(target, large)]
            grown = taken[1] > _SUSPICIOUS_SECONDS and taken[1] / max(taken[0], 1e-4) > _SUSPICIOUS_GROWTH
            if grown:  # once more, because machines hiccup
                taken = [_seconds(target, small), _seconds(target, large)]
                grown = taken[1] > _SUSPICIOUS_SECONDS and taken[1] / max(taken[0], 1e-4) > _SUSPICIOUS_GROWTH
            if grown or taken[1] > _SUSPICIOUS_SECONDS * 20:
                raise AssertionError(f"{len(small)} bytes {taken[0]:.2f} s, {len(large)} bytes {taken[1]:.2f} s")
            worst = max(worst, taken[1])
        except Exception as broken:
            bad += 1
            path = folder / f"crash-stretch-{count}"
            path.write_bytes(small)
            print(f"{name}: {type(broken).__name__}: {str(broken)[:300]} ({path})", flush=True)
            if bad >= 5:
                break
    print(f"{name}: stretched {count} times, slowest {worst:.2f} CPU seconds, {bad} broken promises", flush=True)
    return bad


def _seconds(target, data: bytes) -> float:  # type: ignore[no-untyped-def]
    began = time.process_time()
    target(data)
    return time.process_time() - began


def fuzz(name: str, seconds: int, folder: Path) -> None:
    """Hand over to libFuzzer, which ends the process."""
    import atheris

    with atheris.instrument_imports(include=["comity"]):
        from fuzz.targets import TARGETS, bounded
    target = TARGETS[name]
    corpus = folder / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(name)):
        (corpus / f"seed-{number}").write_bytes(seed)
    words = folder / "words.dict"
    words.write_text("".join('"' + "".join(f"\\x{each:02x}" for each in piece) + '"\n' for piece in PIECES))

    def one(data: bytes) -> None:
        bounded(target, data, _SLOWNESS)

    arguments = [
        f"-max_total_time={seconds}",
        f"-artifact_prefix={folder}/crash-{name}-",
        f"-dict={words}",
        *_LIBFUZZER,
        str(corpus),
    ]
    atheris.Setup([sys.argv[0], *arguments], one)
    atheris.Fuzz()


def main() -> int:
    """Run."""
    name, seconds, folder = sys.argv[1], float(sys.argv[2]), Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    if "--stretch" in sys.argv[4:]:
        return 1 if stretch(name, seconds, folder) else 0
    fuzz(name, int(seconds), folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
