"""How often the interpreter looks for objects that hold each other in a circle, which nothing else would free.

Answers:    ``look_seldom()`` for a process that makes many objects and few circles; ``begin()``, first thing in a process that runs
            one command; ``pass_over()`` when a process that serves has everything loaded.
Limits:     it still looks: a long run that makes circles does not grow without bound.

By itself it looks whenever there are 700 more objects. Of a command that lists a few cases that took a third of all its time: the
program is imported, which makes half a million objects that stay, and at its end all of them are looked through once more, though
the system takes back their memory anyhow. What has to be closed at the end closes by ``weakref.finalize`` or ``atexit``.
"""

import atexit
import gc
from typing import Final

_MANY_OBJECTS: Final = 20_000


def look_seldom() -> None:
    """From now on it looks every so many new objects."""
    gc.set_threshold(_MANY_OBJECTS)


def pass_over() -> None:
    """What is there now stays as long as the process, and is looked at no more.

    With all pages loaded one look at everything takes a tenth of a second, in which nobody is answered.
    """
    gc.freeze()


def begin() -> None:
    """Look seldom, and not when the process ends."""
    look_seldom()
    atexit.register(gc.freeze)
