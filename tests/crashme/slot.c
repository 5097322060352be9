/*
 * A compromised worker: native code of a pool's user that writes what it likes into its slot.
 */
#include "crashme.h"
#include "hold.h"

#include "../../src/blackbox.h"

#include "zend_ini.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct fps_slot *find_slot(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long start = 0, found = 0;
	char line[512];

	while (maps && !found && fgets(line, sizeof line, maps)) {
		if (strstr(line, "/memfd:fpmsentinel") && sscanf(line, "%lx-", &start) == 1) {
			found = start;
		}
	}
	if (maps) {
		fclose(maps);
	}
	return (struct fps_slot *) found;
}

/* The doorbell is one of the eventfds. */
static void ring(void)
{
	const uint64_t once = 1;

	for (int fd = 3; fd < 64; fd++) {
		if (hold_is_kind(fd, "anon_inode:[eventfd]")) {
			(void) !write(fd, &once, sizeof once);
		}
	}
}

CRASHME_ENTRY(hold_pipes)
{
	int held = 0;

	for (int fd = 3; fd < 64; fd++) {
		if (hold_is_kind(fd, "pipe:[") || hold_is_kind(fd, "anon_inode:[eventfd]")) {
			held += hold_start(hold_write, fd);
		}
	}
	usleep(100000); /* until they wait */
	RETVAL_LONG(held);
}

CRASHME_ENTRY(hold_bell)
{
	for (int fd = 3; fd < 64; fd++) {
		if (hold_is_kind(fd, "anon_inode:[eventfd]")) {
			RETVAL_LONG(hold_eventfd(fd));
		}
	}
}

/* Says that it is a worker of the pool "shop", with that pool's request and as if it had died long ago. */
CRASHME_ENTRY(forge)
{
	struct fps_slot *slot = find_slot();

	if (!slot) {
		return;
	}
	slot->who.pid = (int32_t) arg;
	slot->who.parent_pid = 1;
	slot->who.seed = 42;
	slot->who.epoch_ns = 0;
	strcpy(slot->who.pool, "shop");
	strcpy(slot->who.listen, "/run/shop.sock");
	strcpy(slot->who.log, "/etc/passwd");
	crashme_null_write(0, return_value);
}

/* Says that it serves another pool's request. */
CRASHME_ENTRY(pose)
{
	struct fps_slot *slot = find_slot();

	if (!slot) {
		return;
	}
	snprintf(slot->request.nginx_connection, sizeof slot->request.nginx_connection, "%ld", (long) arg);
	strcpy(slot->request.path, "/shop/sleep.php");
	strcpy(slot->who.pool, "shop");
	crashme_null_write(0, return_value);
}

/* arg 1: all of it; 2: its beginning; 3: all of it and then a death that nobody can catch. */
CRASHME_ENTRY(noise)
{
	struct fps_slot *slot = find_slot();
	unsigned char *bytes = (unsigned char *) slot;

	if (!slot) {
		return;
	}
	srand((unsigned) getpid());
	for (size_t i = arg == 2 ? 0 : offsetof(struct fps_slot, who); i < (arg == 2 ? 8 : sizeof *slot); i++) {
		bytes[i] = (unsigned char) rand();
	}
	if (arg == 3) {
		kill(getpid(), SIGKILL);
	}
	crashme_null_write(0, return_value);
}

/* Has so many events to say, as fast as they are taken. Returns how many were sealed. */
static zend_long flood(zend_long events, void (*fill)(struct fps_draft *draft, uint32_t number))
{
	struct fps_slot *slot = find_slot();

	for (zend_long i = 0; slot && i < events; i++) {
		struct fps_draft *draft = &slot->event.draft;

		for (int tries = 0; tries < 1000 && atomic_load(&slot->event.handoff) != FPS_HANDOFF_NONE; tries++) {
			usleep(100);
		}
		slot->event.requests_served = slot->requests_served;
		slot->event.request = slot->request;
		draft->event = (uint32_t) i + 1;
		draft->cause = FPS_CAUSE_PEER_CLOSED;
		draft->stages_done = (1u << FPS_STAGES) - 1;
		if (fill) {
			fill(draft, (uint32_t) i + ((uint32_t) getpid() << 16));
		}
		atomic_store(&slot->event.handoff, FPS_HANDOFF_SEALED);
		ring();
	}
	return slot ? events : 0;
}

CRASHME_ENTRY(flood)
{
	RETVAL_LONG(flood(arg, NULL));
}

static void fill_large(struct fps_draft *draft, uint32_t number)
{
	char name[9];

	snprintf(name, sizeof name, "%08x", number);
	memset(draft->arena, 'x', sizeof draft->arena);
	memcpy(draft->arena, name, sizeof name - 1);
	draft->arena_len = sizeof draft->arena;
	draft->php_frames = 1;
	draft->php_frame[0] = (struct fps_php_frame) {.function = {0, 13000}};
}

CRASHME_ENTRY(flood_large)
{
	RETVAL_LONG(flood(arg, fill_large));
}

/* Each frame in another module, as far as there are some: all of them are that file. */
static void fill_elf(struct fps_draft *draft, uint32_t number)
{
	fill_large(draft, number);
	draft->php_frame[0].function.len = 8;
	draft->modules = FPS_MAX_MODULES;
	for (uint32_t i = 0; i < FPS_MAX_MODULES; i++) {
		draft->module[i] = (struct fps_module) {.end = UINT64_MAX};
		snprintf(
			draft->module[i].path, sizeof draft->module[i].path, "%s", zend_ini_string(ZEND_STRL("crashme.output"), 0));
	}
	draft->native_frames = FPS_MAX_NATIVE_FRAMES;
	for (uint32_t i = 0; i < FPS_MAX_NATIVE_FRAMES; i++) {
		draft->native_frame[i] = (struct fps_native_frame) {.ip = 4096 + i, .module = (int16_t) (i % FPS_MAX_MODULES)};
	}
}

CRASHME_ENTRY(flood_elf)
{
	RETVAL_LONG(flood(arg, fill_elf));
}
