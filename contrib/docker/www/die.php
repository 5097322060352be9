<?php
// To see a record: the worker that serves this dies as of a segmentation fault.
posix_kill(getmypid(), 11);
