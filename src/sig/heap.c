#include "sig/heap.h"

#include "sig/saferead.h"

#include "php.h"

#ifdef ZTS

/* How far into the heap's structure to look, in words: some 50 are used, and it lies in a page of its own. */
#define WORDS 64

static const volatile size_t *in_use, *peak_of_use; /* NULL: not found */

/* Where, from index `from` on, two neighbouring words have these values; WORDS if nowhere. */
static size_t find(const size_t words[WORDS], size_t from, size_t first, size_t second)
{
	while (from < WORDS - 1 && (words[from] != first || words[from + 1] != second)) {
		from++;
	}
	return from < WORDS - 1 ? from : WORDS;
}

/*
 * zend_memory_usage() asks the calling thread's heap, and the watcher has none. The structure is private to
 * zend_alloc.c: it has the bytes in use and their peak, the free lists, then the bytes taken and their peak. What is
 * found must follow an allocation.
 */
void fps_sig_heap_init(void)
{
	const volatile size_t *heap = (const volatile size_t *) zend_mm_get_heap();
	size_t words[WORDS], at;
	void *block;

	if (zend_mm_is_custom_heap(zend_mm_get_heap()) || !fps_sig_saferead_copy(words, (uintptr_t) heap, sizeof words)) {
		return;
	}
	at = find(words, 0, zend_memory_usage(false), zend_memory_peak_usage(false));
	block = emalloc(1);
	if (at < WORDS && find(words, at, zend_memory_usage(true), zend_memory_peak_usage(true)) < WORDS
		&& heap[at] != words[at] && heap[at] == zend_memory_usage(false)) {
		in_use = heap + at;
		peak_of_use = heap + at + 1;
	}
	efree(block);
}

bool fps_sig_heap_usage(uint64_t *used, uint64_t *peak)
{
	if (in_use) {
		*used = *in_use;
		*peak = *peak_of_use;
	}
	return in_use != NULL;
}

#else

void fps_sig_heap_init(void)
{
}

bool fps_sig_heap_usage(uint64_t *used, uint64_t *peak)
{
	*used = zend_memory_usage(false);
	*peak = zend_memory_peak_usage(false);
	return true;
}

#endif
