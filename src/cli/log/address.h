/*
 * Where nginx sends a request, and where a pool listens, made comparable.
 *
 * Names are made canonical: `.`, `..` and doubled slashes, /var/run for /run, IPv4 in IPv6, and links where this
 * machine has them. Nothing is opened and no name is resolved; `localhost` is the loopback address.
 */
#ifndef FPS_ADDRESS_H
#define FPS_ADDRESS_H

#include "base/span.h"

#include <netinet/in.h>

enum fps_address_kind { FPS_ADDRESS_NONE, FPS_ADDRESS_PATH, FPS_ADDRESS_INET, FPS_ADDRESS_NAME };

struct fps_address {
	enum fps_address_kind kind; /* NONE: not known */
	uint16_t port;
	struct in6_addr host; /* of INET; IPv4 as ::ffff:1.2.3.4 */
	char *name;           /* a path, or the name of a host; NULL for INET */
	char *real;           /* the path without links; NULL: the same */
};

/* The best one first. */
enum fps_fit {
	FPS_FIT_SAME,
	FPS_FIT_LIKELY,  /* one of all addresses of that port, or the same path seen from another root directory */
	FPS_FIT_UNKNOWN, /* one of them is not known, as that of a record of an earlier version */
	FPS_FIT_OTHER /* something between them may still lead from one to the other: a published port, a proxy, a mount */
};

/* As nginx's log has it: "fastcgi://unix:/run/php/fpm.sock:", "fastcgi://127.0.0.1:9000". */
struct fps_address fps_address_of_upstream(struct fps_span text);

/* As a record has it, or php-fpm.conf: "/run/php/fpm.sock", "[::]:9000", "9000". NULL: not known. */
struct fps_address fps_address_of_listen(const char *text);

enum fps_fit fps_address_fit(const struct fps_address *upstream, const struct fps_address *listen);

/*
 * Whether something usual leads from one to the other, of FPS_FIT_OTHER: a published port, a proxy, the mount of a
 * directory.
 */
bool fps_address_may_lead(const struct fps_address *upstream, const struct fps_address *listen);

/* An order in which FPS_FIT_SAME are next to each other, but for paths that only have another name in common. */
int fps_address_compare(const struct fps_address *one, const struct fps_address *other);

void fps_address_free(struct fps_address *address);

#endif
