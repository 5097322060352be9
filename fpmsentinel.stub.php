<?php

/** @generate-function-entries */

/**
 * Adds to all records of this request what the application knows of it: a route, a tenant, a job. Eight keys of 1 to 31 bytes at
 * the most; a value is stored as text and cut at 127 bytes, null takes the key away. False if it is not stored, or nothing is
 * recorded here.
 */
function fpmsentinel_annotate(string $key, string|int|float|bool|null $value): bool {}

/** Whether this process is watched, by what means, and the id that a record of this request will have. */
function fpmsentinel_status(): array {}
