/*
 * Deaths that make trouble for whoever tells them: state that a handler has to look at is broken
 * or locked, and then address 0 is read.
 */
#include "crashme.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

#define WILD ((void *) (uintptr_t) 0x414141414140)

CRASHME_ENTRY(wild_heap)
{
	zend_mm_set_heap(WILD);
	crashme_null_read(0, NULL);
}

/* The module lies beside ours. */
CRASHME_ENTRY(loading)
{
	Dl_info ours;
	char path[MAXPATHLEN];

	if (dladdr((void *) crashme_loading, &ours) != 0) {
		snprintf(path, sizeof path, "%.*sfaulty.so", (int) (strrchr(ours.dli_fname, '/') + 1 - ours.dli_fname),
			ours.dli_fname);
		dlopen(path, RTLD_NOW);
	}
	zend_error_noreturn(E_ERROR, "crashme: faulty.so was not loaded");
}

static sem_t inside;

static int stay(struct dl_phdr_info *info, size_t size, void *unused)
{
	sem_post(&inside);
	while (pause() == -1) {
		/* interrupted: nothing ever wakes it */
	}
	return 0;
}

static void *iterate(void *unused)
{
	dl_iterate_phdr(stay, NULL);
	return NULL;
}

CRASHME_ENTRY(loader_lock)
{
	pthread_t thread;

	sem_init(&inside, 0, 0);
	if (pthread_create(&thread, NULL, iterate, NULL) != 0) {
		zend_error_noreturn(E_ERROR, "crashme: no second thread");
	}
	while (sem_wait(&inside) != 0) {
		/* interrupted */
	}
	crashme_null_read(0, NULL);
}

CRASHME_ENTRY(loader_list)
{
	struct link_map *module = dlopen(NULL, RTLD_NOW);

	while (module->l_next) {
		module = module->l_next;
	}
	module->l_next = WILD;
	crashme_null_read(0, NULL);
}
