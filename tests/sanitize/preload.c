/*
 * Preloaded by dev/sanitize, before the sanitizers. REPORT, a directory, and OPTIONS come from there: the
 * environment would not do, since FPM clears it before a worker's first report.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
	return OPTIONS ":log_path=" REPORT "/asan";
}

const char *__ubsan_default_options(void)
{
	return OPTIONS ":print_stacktrace=1:log_path=" REPORT "/asan";
}

/* With both there, libubsan's own log_path ends up as libasan's, and it goes on to report to standard error. */
__attribute__((constructor)) static void report_undefined_behaviour(void)
{
	void *library = dlopen("libubsan.so.1", RTLD_LAZY | RTLD_NOLOAD);
	void (*set_path)(const char *) = NULL;

	if (library != NULL) {
		set_path = (void (*)(const char *)) dlsym(library, "__sanitizer_set_report_path");
	}
	if (set_path != NULL) {
		set_path(REPORT "/ubsan");
	}
}

/*
 * PHP loads extensions with RTLD_DEEPBIND, which AddressSanitizer refuses, since they would then call
 * libc's functions instead of its own.
 */
void *dlopen(const char *file, int mode)
{
	static void *(*next)(const char *, int);

	if (next == NULL) {
		next = (void *(*) (const char *, int) ) dlsym(RTLD_NEXT, "dlopen");
	}
	return next(file, mode & ~RTLD_DEEPBIND);
}
