"""Maps paths below `/var/task` and `/opt` to the code of the function and of its layers."""
import builtins
import functools
import io
import os
import sys

READERS = ["access", "chdir", "getxattr", "listdir", "listxattr", "lstat", "open", "readlink", "scandir", "stat"]


class Mapped:
    """A function that finds the file. Unlike a function in Python, it is none of a class: `pathlib` before 3.11 makes members of these."""

    def __init__(self, read, where_it_is):
        functools.update_wrapper(self, read)
        self._read = read
        self._where_it_is = where_it_is

    def __call__(self, *args, **options):
        named = {name: self._where_it_is(value) if name in ("file", "path") else value for name, value in options.items()}
        return self._read(*[self._where_it_is(args[0]), *args[1:]] if args else args, **named)


def map_lambda_paths(task, layers):
    """Takes the folder of the function's code, and those of its layers in the order of the search."""
    lstat = os.lstat

    def exists(path):
        try:
            lstat(path)
            return True
        except OSError:
            return False

    def where_it_is(path):
        if isinstance(path, os.PathLike):
            path = os.fspath(path)
        if not isinstance(path, str):
            return path
        if path == "/var/task" or path.startswith("/var/task/"):
            return task + path[len("/var/task"):]
        if path == "/opt" or path.startswith("/opt/"):
            return next((found for found in (layer + path[len("/opt"):] for layer in layers) if exists(found)), path)
        return path

    for name in READERS:
        if hasattr(os, name):
            setattr(os, name, Mapped(getattr(os, name), where_it_is))
    builtins.open = io.open = Mapped(io.open, where_it_is)

    def find(path):
        real = where_it_is(path)
        if real == path:
            raise ImportError
        for hook in sys.path_hooks:
            if hook is not find:
                try:
                    return hook(real)
                except ImportError:
                    pass
        raise ImportError

    # For folders that code adds to `sys.path`.
    sys.path_hooks.insert(0, find)
