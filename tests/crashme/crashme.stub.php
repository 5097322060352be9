<?php

/** @generate-function-entries */

/** Dies, or prepares a death, in the way named by $what. */
function crashme(string $what, int $arg = 0): mixed {}

/** @return array<string, string> what crashme() can do: name => explanation */
function crashme_list(): array {}

/** From now on this process faults at the place that crashme.at names. */
function crashme_arm(): void {}
