#include "worker/warnonce.h"

#include "coroner/process.h"

#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>

static struct page {
	_Atomic uint32_t is_done[FPS_WARNONCE_LAST];
} * page;

int fps_warnonce_init(void)
{
	page = fps_process_share(sizeof *page);
	return page ? 0 : -1;
}

bool fps_warnonce_is_shared(void)
{
	return page != NULL;
}

bool fps_warnonce(enum fps_warnonce what)
{
	return page && atomic_exchange(&page->is_done[what], 1) == 0;
}

void fps_warnonce_seal(void)
{
	if (page) {
		munmap(page, sizeof *page);
		page = NULL;
	}
}
