/*
 * Addresses to which nginx sends requests and on which pools listen, made comparable.
 *
 * Names are made canonical: `.`, `..` and doubled slashes, /var/run for /run, IPv4 in IPv6, and links that exist on
 * this machine. Nothing is opened and no name is resolved; `localhost` is the loopback address.
 */
#ifndef FPS_ADDRESS_H
#define FPS_ADDRESS_H

#include "base/span.h"

#include <netinet/in.h>

enum fps_address_kind { FPS_ADDRESS_NONE, FPS_ADDRESS_PATH, FPS_ADDRESS_INET, FPS_ADDRESS_NAME };

struct fps_address {
	enum fps_address_kind kind; /* NONE: not known */
	uint16_t port;
	struct in6_addr host; /* for INET; IPv4 as ::ffff:1.2.3.4 */
	char *name;           /* a path, or a host name; NULL for INET */
	char *real;           /* the path with links resolved; NULL: the same */
};

/* In descending order of quality. */
enum fps_fit {
	FPS_FIT_SAME,
	FPS_FIT_LIKELY,  /* one listens on all addresses, or it is the same path below another root directory */
	FPS_FIT_UNKNOWN, /* one of them is not known, as in a record of an earlier version */
	FPS_FIT_OTHER    /* something in between may still connect them: a published port, a proxy, a mount */
};

/* A socket's path, or a loopback address: nothing on another host, or in another pod, can have it. */
bool fps_address_is_local(const struct fps_address *address);

/* As in nginx's log: "fastcgi://unix:/run/php/fpm.sock:", "fastcgi://127.0.0.1:9000". */
struct fps_address fps_address_of_upstream(struct fps_span text);

/* As in a record or php-fpm.conf: "/run/php/fpm.sock", "[::]:9000", "9000". NULL: not known. */
struct fps_address fps_address_of_listen(const char *text);

enum fps_fit fps_address_fit(const struct fps_address *upstream, const struct fps_address *listen);

/* For FPS_FIT_OTHER: whether something common may connect them: a published port, a proxy, a mounted directory. */
bool fps_address_may_lead(const struct fps_address *upstream, const struct fps_address *listen);

/* An order in which FPS_FIT_SAME addresses are adjacent, except for paths that only share another name. */
int fps_address_compare(const struct fps_address *one, const struct fps_address *other);

void fps_address_free(struct fps_address *address);

#endif
