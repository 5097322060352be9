/*
 * FastCGI parameters of the request, read where FPM keeps them, without trusting that memory; on any thread and in a
 * handler.
 */
#ifndef FPS_SIG_FCGI_H
#define FPS_SIG_FCGI_H

#include <stddef.h>
#include <stdint.h>

/* As in main/fastcgi.c, from PHP 7.1 to 8.6. */
struct fps_param {
	unsigned int hash;
	unsigned int name_len;
	const char *name;
	unsigned int value_len;
	const char *value;
	const struct fps_param *next;
	const struct fps_param *next_in_list;
};

/*
 * Where the table is in FPM's fcgi_request; 0, as at first: not known, and there are no parameters. At a worker's first
 * request.
 */
void fps_sig_fcgi_init(size_t table_offset);

/*
 * Copies up to size bytes of the value, without a NUL; returns how many. 0 for one that is not there or can't be read.
 * On another thread than PHP's the request may end meanwhile: whoever asks there sees to that.
 */
size_t fps_sig_fcgi_read(uintptr_t fcgi_request, const char *name, char *to, size_t size);

#endif
