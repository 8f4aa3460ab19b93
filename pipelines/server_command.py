"""How the embedded server is called: its settings, and on Linux its bond to the process that owns it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_LAUNCH = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""


def server_command(binary: str, folder: Path, socket: Path, fsync: str) -> list[str]:
    """The words that start a server of ``folder`` on a unix socket, syncing its file as ``fsync`` says."""
    options = {
        "dir": str(folder),
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "600",
        "appendonly": "yes",
        "appendfsync": fsync,
        # A torn end is cut off by us, kept and told. The server would also cut a file that is not the last, refuse to
        # start, and start at the next try without what was cut off.
        "aof-load-truncated": "no",
        "aof-use-rdb-preamble": "no",
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
        "logfile": str(folder / "server.log"),
    }
    return _with_parent([binary, *(word for name, value in options.items() for word in (f"--{name}", value))])


def _with_parent(command: list[str]) -> list[str]:
    """The command, killed by Linux when its owner dies; what was acknowledged is already on disk.

    The wish outlives ``exec``, so that a small process makes it and then becomes the server. Made between our own fork
    and exec it would run in a copy of a process with many threads, any of whose locks may be held for ever.
    """
    if sys.platform != "linux":
        return command
    return [sys.executable, "-I", "-S", "-c", _LAUNCH, str(os.getpid()), *command]
