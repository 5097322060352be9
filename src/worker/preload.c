#include "compat.h"

#include "worker/altstack.h"
#include "worker/preload.h"

#include "sig/death.h"
#include "sig/handler.h"

#include <unistd.h>

static struct fps_slot *slot;

/* Nobody else ever sees this slot. */
void fps_preload_begin(const struct fps_config *config)
{
	struct fps_sig_settings settings = {.max_frames = (uint32_t) config->max_frames,
		.handler_timeout = (uint32_t) config->handler_timeout,
		.at_start = true};
	int shared = -1;

	slot = slot ? NULL : fps_blackbox_claim(-1, &shared);
	if (shared >= 0) {
		close(shared);
	}
	if (slot && fps_altstack_install() == 0) {
		fps_sig_death_init();
		atomic_store(&slot->requests_served, 1);
		atomic_store(&slot->phase, FPS_PHASE_STARTUP);
		fps_sig_handler_install(slot, &settings);
	}
}

void fps_preload_end(void)
{
	if (slot) {
		fps_sig_handler_uninstall();
		fps_blackbox_unmap(slot);
		slot = NULL;
	}
}
