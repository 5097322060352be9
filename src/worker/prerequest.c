#include "compat.h"

#include "worker/prerequest.h"

#include "SAPI.h"

static void (*at_request)(void);

/* From here on PHP's memory is unchanged. */
void fps_prerequest_disarm(void)
{
	if (at_request) {
		zend_mm_set_custom_handlers(zend_mm_get_heap(), NULL, NULL, NULL);
		at_request = NULL;
	}
}

/* A pool's own values take memory as well, but come before a request. */
static void look(void)
{
	void (*call)(void) = at_request;

	if (SG(server_context)) {
		fps_prerequest_disarm();
		call();
	}
}

static void *on_malloc(size_t size FPS_HEAP_WHERE)
{
	look();
	return zend_mm_alloc(zend_mm_get_heap(), size);
}

static void on_free(void *memory FPS_HEAP_WHERE)
{
	zend_mm_free(zend_mm_get_heap(), memory);
}

static void *on_realloc(void *memory, size_t size FPS_HEAP_WHERE)
{
	look();
	return zend_mm_realloc(zend_mm_get_heap(), memory, size);
}

void fps_prerequest_arm(void (*call)(void))
{
	zend_mm_heap *heap = zend_mm_get_heap();

	if (!zend_mm_is_custom_heap(heap)) {
		at_request = call;
		zend_mm_set_custom_handlers(heap, on_malloc, on_free, on_realloc);
	}
}
