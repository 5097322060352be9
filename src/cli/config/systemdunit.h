/*
 * systemd's unit of FPM: its properties, as `systemctl show` names and prints them.
 */
#ifndef FPS_SYSTEMDUNIT_H
#define FPS_SYSTEMDUNIT_H

#include "config/machine.h"

/*
 * Asks systemctl. Where that does not answer although systemd runs the machine, the unit's files are read: those that
 * trusted.h lets pass. `root` is put before all paths: "" for this machine's.
 */
void fps_systemdunit_find(struct fps_machine *machine, const char *root, const char *php_fpm);

/*
 * From a file that the caller names, "-" for standard input: the unit's own, with the drop-ins in FILE.d, or what
 * `systemctl cat` or `systemctl show` prints. False: it has said why not.
 */
bool fps_systemdunit_load(struct fps_machine *machine, const char *file);

#endif
