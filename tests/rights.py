"""Code for `tests.command_server` that takes from a process, and from what it starts, root's right to read and write anything."""

WITHOUT_RIGHTS = """\
import ctypes, os
if os.geteuid() == 0:
    libc = ctypes.CDLL(None)
    kept = (ctypes.c_uint32 * 6)()  # effective, permitted and inheritable, the low halves first
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    assert libc.capget(header, kept) == 0
    for capability in (1, 2):  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH
        assert libc.prctl(24, capability, 0, 0, 0) == 0  # PR_CAPBSET_DROP, for what is started
        for number in range(3):
            kept[number] &= ~(1 << capability)
    assert libc.capset(header, kept) == 0
"""
