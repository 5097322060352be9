/*
 * FPM's unit in systemd: its properties, as `systemctl show` names and prints them.
 */
#ifndef FPS_SYSTEMDUNIT_H
#define FPS_SYSTEMDUNIT_H

#include "config/machine.h"

/*
 * Asks systemctl. If that does not answer although systemd runs the machine, reads the unit's files that trusted.h
 * accepts. `root` is put before all paths; "" for this machine.
 */
void fps_systemdunit_find(struct fps_machine *machine, const char *root, const char *php_fpm);

/*
 * Reads a file that the caller names, "-" for standard input: the unit's own file, with the drop-ins in FILE.d, or the
 * output of `systemctl cat` or `systemctl show`. False: it has printed why not.
 */
bool fps_systemdunit_load(struct fps_machine *machine, const char *file);

#endif
