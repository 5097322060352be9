#!/usr/bin/env python3
"""Runs a command whose system calls a seccomp filter refuses, as an older kernel or a strict container would.

usage: forbid.py NAME[=ERROR]... -- COMMAND...
NAME is one of CALLS; ERROR is EPERM, ENOSYS or another errno. Default: what a kernel says that does not have it.
"""
import ctypes
import errno
import os
import platform
import struct
import sys

ARCHITECTURE = {"x86_64": 0, "aarch64": 1}[platform.machine()]
NUMBER, ARGUMENT_1, ARGUMENT_2 = 0, 24, 32  # offsets in struct seccomp_data
SOL_SOCKET, SO_PASSPIDFD, PIDFD_GET_INFO = 1, 76, 0xC040FF0B

CALLS = {  # name: number on each architecture, what its arguments must be, the error by default
    "memfd_create": ((319, 279), [], "ENOSYS"),
    "pidfd_open": ((434, 434), [], "ENOSYS"),
    "pidfd_getfd": ((438, 438), [], "ENOSYS"),
    "pidfd_send_signal": ((424, 424), [], "ENOSYS"),
    "exit_info": ((16, 29), [(ARGUMENT_1, PIDFD_GET_INFO)], "ENOTTY"),
    "so_passpidfd": ((54, 208), [(ARGUMENT_1, SOL_SOCKET), (ARGUMENT_2, SO_PASSPIDFD)], "ENOPROTOOPT"),
    "process_vm_readv": ((310, 270), [], "ENOSYS"),
    "clone3": ((435, 435), [], "ENOSYS"),
    "close_range": ((436, 436), [], "ENOSYS"),
    "mseal": ((462, 462), [], "ENOSYS"),
    "prctl": ((157, 167), [], "EPERM"),
    "capget": ((125, 90), [], "EPERM"),
    "capset": ((126, 91), [], "EPERM"),
}
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, FAIL = 0x7FFF0000, 0x00050000
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2


def instruction(code, yes, no, value):
    return struct.pack("HBBI", code, yes, no, value)


def rule(word):
    """Instructions that refuse a call, and else go on behind them."""
    name, _, error = word.partition("=")
    numbers, arguments, default = CALLS[name]
    conditions = [(NUMBER, numbers[ARCHITECTURE])] + arguments
    code = []
    for i, (offset, value) in enumerate(conditions):
        behind = 2 * (len(conditions) - i - 1) + 1
        code += [instruction(LOAD, 0, 0, offset), instruction(JUMP_EQUAL, 0, behind, value)]
    return code + [instruction(RETURN, 0, 0, FAIL | getattr(errno, error or default))]


def main(words):
    at = words.index("--")
    code = b"".join(sum(map(rule, words[:at]), []) + [instruction(RETURN, 0, 0, ALLOW)])
    memory = ctypes.create_string_buffer(code)
    filter_ = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(memory))
    libc = ctypes.CDLL(None, use_errno=True)
    # as root without no_new_privs, which would keep workers from becoming their user's
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.create_string_buffer(filter_), 0, 0) != 0:
        sys.exit("forbid.py: " + os.strerror(ctypes.get_errno()))
    os.execvp(words[at + 1], words[at + 1:])


main(sys.argv[1:])
