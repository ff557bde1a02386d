"""The public methods of the installed packages, by `inspect`: of what each public module exports, the functions, and the
methods of the classes that have any of their own; `aio.` in front of what belongs to the asynchronous modules.

`python surface.py FILE` writes `{ package: { version, methods } }`.
"""

import importlib
import importlib.metadata
import inspect
import json
import pkgutil
import sys

PACKAGES = [
    "azure-communication-identity",
    "azure-communication-chat",
    "azure-communication-rooms",
    "azure-communication-callautomation",
    "azure-communication-phonenumbers",
]


def modules_of(package):
    """The public modules of a package, by what their name adds to the package's: `""`, `aio`, `siprouting`, ..."""
    root = importlib.import_module(package.replace("-", "."))
    found = {"": root}
    for module in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
        added = module.name.removeprefix(f"{root.__name__}.")
        if not any(part.startswith("_") for part in added.split(".")):
            found[added] = importlib.import_module(module.name)
    return found


def exports_of(package):
    """`(prefix, module, name, thing)` of everything that a public module names in `__all__`."""
    for added, module in modules_of(package).items():
        for name in getattr(module, "__all__", []):
            prefix = "aio." if added.split(".")[-1] == "aio" else ""
            yield prefix, module, name, getattr(module, name)


def methods_of(thing):
    """Names of a class's public methods; none for a model, which has data and no method of its own."""
    own = (inspect.isfunction(value) for name, value in vars(thing).items() if not name.startswith("_"))
    if not any(own):
        return []
    members = inspect.getmembers(thing, lambda value: inspect.isfunction(value) or inspect.ismethod(value))
    return [name for name, _ in members if not name.startswith("_")]


def surface_of(package):
    """The methods of one package, in their order of name."""
    keys = set()
    for prefix, _, name, thing in exports_of(package):
        if inspect.isclass(thing):
            for method in methods_of(thing):
                keys.add(f"{prefix}{name}.{method}")
                if pages(getattr(thing, method)):
                    keys.add(f"{prefix}{name}.{method}().by_page")
        elif inspect.isfunction(thing):
            keys.add(f"{prefix}{name}()")
    return sorted(keys)


def pages(method):
    """Whether the method gives pages: some say so in their signature, some only in a comment beneath it."""
    return "ItemPaged" in str(inspect.signature(method).return_annotation) or "-> ItemPaged" in inspect.getsource(method)


if __name__ == "__main__":
    listed = {name: {"version": importlib.metadata.version(name), "methods": surface_of(name)} for name in PACKAGES}
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(listed, file)
