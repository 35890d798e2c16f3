"""Memory that was freed, given back to the system.

Left to itself glibc learns from the first large blocks (a password's hash, a picture) to take even larger ones from its heap,
and keeps a heap per thread: after the demo has been loaded that is 40 MiB which nobody uses. Thresholds of 256 KiB would give
back 70, but fetch the pages of each picture anew: loading the demo then costs 6 s more of the system's time.
"""

import ctypes

TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8  # as <malloc.h> numbers them
MIB = 2**20


def give_back() -> None:
    """Does nothing where the C library is another one."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(ARENA_MAX, 2)
    mallopt(MMAP_THRESHOLD, 8 * MIB)
    mallopt(TRIM_THRESHOLD, 16 * MIB)
