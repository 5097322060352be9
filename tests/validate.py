#!/usr/bin/env python3
"""Checks that every line of every file is one record that keeps the contract.

usage: validate.py SCHEMA FILE...
Prints FILE:LINE: reason for each failure; exits 1 if there was one, 2 on wrong usage.
"""
import json
import sys

from jsonschema import Draft202012Validator

MAX_BYTES = 16000  # with the newline
MAX_STORM_BYTES = 699


def no_duplicates(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate key among " + ", ".join(key for key, _ in pairs))
    return members


def no_constant(name):
    raise ValueError(f"{name} is not JSON")


def failures(line, validator):
    if not line.endswith(b"\n"):
        yield "does not end in a newline"
    if len(line) > MAX_BYTES:
        yield f"{len(line)} bytes, more than {MAX_BYTES}"
    try:
        record = json.loads(line.decode("utf-8"), object_pairs_hook=no_duplicates, parse_constant=no_constant)
        # An escaped lone surrogate passes the parser and is no character all the same.
        json.dumps(record, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        yield f"{type(error).__name__}: {error}"
        return
    if isinstance(record, dict) and "storm" in record.get("fpmsentinel", {}) and len(line) > MAX_STORM_BYTES:
        yield f"{len(line)} bytes in a storm, more than {MAX_STORM_BYTES}"
    for error in validator.iter_errors(record):
        yield f"{error.json_path}: {error.message}"


def main(arguments):
    if len(arguments) < 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    with open(arguments[0], "rb") as file:
        schema = json.load(file)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    failed = False
    for name in arguments[1:]:
        with open(name, "rb") as file:
            for number, line in enumerate(file, 1):
                for reason in failures(line, validator):
                    print(f"{name}:{number}: {reason}")
                    failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
