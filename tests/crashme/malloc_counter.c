/*
 * For LD_PRELOAD: counts each call of malloc() and its relatives, also those that libc itself makes,
 * in *malloc_counter. Whoever wants to know sets that pointer.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>

_Atomic uint64_t *malloc_counter;

static void count(void)
{
	if (malloc_counter) {
		++*malloc_counter;
	}
}

#ifndef RTLD_DEEPBIND
#define RTLD_DEEPBIND 0 /* musl has no such thing */
#endif

/* glibc's own names for its functions */
#define COUNTED(type, name, parameters, arguments) \
	extern type __libc_##name parameters; \
	type name parameters \
	{ \
		count(); \
		return __libc_##name arguments; \
	}

COUNTED(void *, malloc, (size_t size), (size))
COUNTED(void *, calloc, (size_t number, size_t size), (number, size))
COUNTED(void *, realloc, (void *block, size_t size), (block, size))
COUNTED(void *, memalign, (size_t alignment, size_t size), (alignment, size))
COUNTED(void, free, (void *block), (block))

/* PHP loads extensions such that they, and the libraries they bring, find libc's malloc() before ours. */
void *dlopen(const char *path, int mode)
{
	void *(*next)(const char *, int) = (void *(*) (const char *, int) ) dlsym(RTLD_NEXT, "dlopen");

	return next(path, mode & ~RTLD_DEEPBIND);
}
