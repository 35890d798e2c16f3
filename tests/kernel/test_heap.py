"""Large blocks that were freed are the system's again, also after larger ones."""

import platform
import subprocess
import sys

import pytest

USED = """
import ctypes, psutil
from tradehall.kernel import heap
{first}
MIB = 2**20
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
def block(size):
    found = libc.malloc(size)
    ctypes.memset(found, 1, size)
    return found
libc.free(block(30 * MIB))  # such as a password's hash takes: from now on glibc keeps what is smaller
before = psutil.Process().memory_info().rss
blocks = [block(10 * MIB) for _ in range(5)]
small = block(1000)  # above them
for one in blocks:
    libc.free(one)
print((psutil.Process().memory_info().rss - before) // MIB)
"""


def kept(first: str) -> int:
    done = subprocess.run([sys.executable, "-c", USED.format(first=first)], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is another one")
def test_freed_memory_is_given_back() -> None:
    assert kept("") > 40, "else there is nothing to give back"
    assert kept("heap.give_back()") < 10
