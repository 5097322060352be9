/* Names of numbers that a slot holds. Any context. */
#ifndef FPS_SIG_NAMES_H
#define FPS_SIG_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/* How many registers a draft has. */
#if defined(__x86_64__)
#define FPS_SIG_NAMES_REGISTERS 18
#elif defined(__aarch64__)
#define FPS_SIG_NAMES_REGISTERS 33
#else
#define FPS_SIG_NAMES_REGISTERS 0
#endif

/*
 * In place of an errno, of which 4095 is the last: another user decides which file it is.
 */
enum { FPS_SIG_TRUSTEDPATH_REFUSED = 4096 };

/* The architecture: "x86_64". */
const char *fps_sig_names_arch(void);

/* The register at that place of the draft; NULL behind the last. */
const char *fps_sig_names_register(uint32_t index);

/* The errors that opening and writing a log give. Never NULL. */
const char *fps_sig_names_error(int error);

/* Whether a module's path is that of the C library: glibc's, or musl's, which is the loader as well. */
bool fps_sig_names_is_libc(const char *path);

#endif
