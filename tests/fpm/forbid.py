#!/usr/bin/env python3
"""Runs a command whose system calls a seccomp filter refuses, as an older kernel or a strict container would.

usage: forbid.py pidfd_open|exit_info|process_vm_readv|prctl|capget|capset... -- COMMAND...
pidfd_open fails with ENOSYS, the others with EPERM; exit_info is the ioctl of a pidfd, with ENOTTY.
"""
import ctypes
import errno
import os
import platform
import struct
import sys

NUMBERS = {"x86_64": {"pidfd_open": 434, "process_vm_readv": 310, "ioctl": 16, "prctl": 157, "capget": 125, "capset": 126},
           "aarch64": {"pidfd_open": 434, "process_vm_readv": 270, "ioctl": 29, "prctl": 167, "capget": 90, "capset": 91}}[platform.machine()]
PIDFD_GET_INFO = 0xC040FF0B
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, FAIL = 0x7FFF0000, 0x00050000
NUMBER_AT, ARGUMENT_1_AT = 0, 24  # in struct seccomp_data
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2


def instruction(code, yes, no, value):
    return struct.pack("HBBI", code, yes, no, value)


def program(forbidden):
    code = [instruction(LOAD, 0, 0, NUMBER_AT)]
    for name in forbidden:
        if name == "exit_info":
            code += [instruction(JUMP_EQUAL, 0, 3, NUMBERS["ioctl"]), instruction(LOAD, 0, 0, ARGUMENT_1_AT),
                     instruction(JUMP_EQUAL, 0, 1, PIDFD_GET_INFO), instruction(RETURN, 0, 0, FAIL | errno.ENOTTY),
                     instruction(LOAD, 0, 0, NUMBER_AT)]
        else:
            error = errno.ENOSYS if name == "pidfd_open" else errno.EPERM
            code += [instruction(JUMP_EQUAL, 0, 1, NUMBERS[name]), instruction(RETURN, 0, 0, FAIL | error)]
    return code + [instruction(RETURN, 0, 0, ALLOW)]


def main(words):
    at = words.index("--")
    code = b"".join(program(words[:at]))
    memory = ctypes.create_string_buffer(code)
    filter_ = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(memory))
    libc = ctypes.CDLL(None, use_errno=True)
    # as root without no_new_privs, which would keep workers from becoming their user's
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.create_string_buffer(filter_), 0, 0) != 0:
        sys.exit("forbid.py: " + os.strerror(ctypes.get_errno()))
    os.execvp(words[at + 1], words[at + 1:])


main(sys.argv[1:])
