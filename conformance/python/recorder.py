"""Listens to the packages under test, from inside the test process: each method that a test calls itself, in which test, with
what outcome, and whether the test asserted anything afterwards. The packages' files stay as they were installed.

PARVIS_CALLS names the file that it is written to.
"""

import functools
import inspect
import json
from contextvars import ContextVar

from surface import PACKAGES, exports_of, methods_of, pages

INSIDE = ContextVar("inside", default=False)


class Recorder:
    """What was called so far, and the test that runs."""

    def __init__(self):
        self.calls = []
        self.file = None
        self.current = None

    def tell(self, package, key, error=None):
        """One call is over. What a package calls while it answers another call is its own business."""
        status = getattr(error, "status_code", None)
        where = {"file": self.file, "test": self.current}
        self.calls.append({"package": package, "key": key, "ok": error is None, "status": status, "asserted": False, **where})

    def asserted(self):
        """An assertion held: the test looked at what the calls before it brought."""
        for call in self.calls:
            if (call["file"], call["test"]) == (self.file, self.current):
                call["asserted"] = True

    def write(self, path):
        with open(path, "w", encoding="utf-8") as file:
            json.dump([call for call in self.calls if call["test"]], file)

    def listen(self):
        """Wraps every public method and function of the packages."""
        for package in PACKAGES:
            for prefix, module, name, thing in exports_of(package):
                if inspect.isclass(thing):
                    for method in methods_of(thing):
                        self._wrap_method(package, f"{prefix}{name}", thing, method)
                elif inspect.isfunction(thing):
                    setattr(module, name, self._wrap(package, f"{prefix}{name}()", thing))

    def _wrap_method(self, package, owner, thing, method):
        original = inspect.getattr_static(thing, method)
        key = f"{owner}.{method}"
        if isinstance(original, classmethod):
            setattr(thing, method, classmethod(self._wrap(package, key, original.__func__)))
        else:
            setattr(thing, method, self._wrap(package, key, original, paged=pages(original)))

    def _wrap(self, package, key, original, paged=False):
        @functools.wraps(original)
        def recorded(*args, **kwargs):
            if INSIDE.get():
                return original(*args, **kwargs)
            try:
                answer = within(lambda: original(*args, **kwargs))
            except Exception as error:
                self.tell(package, key, error)
                raise
            if inspect.iscoroutine(answer):
                return self._awaited(package, key, answer)
            if paged:
                return self._paged(package, key, answer)
            self.tell(package, key)
            return answer

        return recorded

    async def _awaited(self, package, key, coroutine):
        token = INSIDE.set(True)
        try:
            answer = await coroutine
        except Exception as error:
            self.tell(package, key, error)
            raise
        finally:
            INSIDE.reset(token)
        self.tell(package, key)
        return answer

    def _paged(self, package, key, iterator):
        """The package's own iterator, told apart by a class of ours above it: pages are asked for when they are walked."""
        by_page = iterator.by_page

        def recorded(*args, **kwargs):
            if INSIDE.get():
                return by_page(*args, **kwargs)
            return self._stepping(package, f"{key}().by_page", by_page(*args, **kwargs))

        stepping = self._stepping(package, key, iterator)
        stepping.by_page = recorded
        return stepping

    def _stepping(self, package, key, iterator):
        kind = type(iterator)
        recorder = self

        class Sync(kind):
            def __next__(self):
                try:
                    item = within(super().__next__)
                except StopIteration:
                    recorder.tell(package, key)
                    raise
                except Exception as error:
                    recorder.tell(package, key, error)
                    raise
                recorder.tell(package, key)
                return item

        class Async(kind):
            async def __anext__(self):
                token = INSIDE.set(True)
                try:
                    item = await super().__anext__()
                except StopAsyncIteration:
                    recorder.tell(package, key)
                    raise
                except Exception as error:
                    recorder.tell(package, key, error)
                    raise
                finally:
                    INSIDE.reset(token)
                recorder.tell(package, key)
                return item

        iterator.__class__ = Async if hasattr(kind, "__anext__") else Sync
        return iterator


def within(action):
    """Runs something of a package, so that its own calls are not taken for the test's."""
    token = INSIDE.set(True)
    try:
        return action()
    finally:
        INSIDE.reset(token)
