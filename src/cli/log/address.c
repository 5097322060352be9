/* Makes addresses canonical. */
#include "log/address.h"

#include "base/alloc.h"
#include "base/trusted.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_PATH = 512, MAX_LINKS = 40, MAX_HOST = 255, CACHED = 64 };

/* A path under construction. */
struct path {
	char bytes[PATH_MAX];
	size_t len;
};

static void go_up(struct path *path)
{
	while (path->len > 0 && path->bytes[--path->len] != '/') {
	}
	path->bytes[path->len] = '\0';
}

static bool append(struct path *path, struct fps_span name)
{
	if (path->len + 1 + name.len >= sizeof(path->bytes)) {
		return false;
	}
	path->bytes[path->len++] = '/';
	memcpy(path->bytes + path->len, name.at, name.len);
	path->len += name.len;
	path->bytes[path->len] = '\0';
	return true;
}

/* The next name of a path; false: there is none. */
static bool next_name(const char **rest, struct fps_span *name)
{
	*rest += strspn(*rest, "/");
	*name = (struct fps_span) {*rest, strcspn(*rest, "/")};
	*rest += name->len;
	return name->len > 0;
}

static char *finish(const struct path *path)
{
	const char *text = path->bytes;

	/* links are resolved where they exist, but logs may be read on another machine */
	text += strncmp(text, "/var/run/", strlen("/var/run/")) == 0 ? strlen("/var") : 0;
	return fps_alloc_copy((struct fps_span) {text, strlen(text)}, 0);
}

static char *without_dots(const char *from)
{
	struct path path = {.len = 0};
	struct fps_span name;

	while (next_name(&from, &name)) {
		if (fps_span_is(name, "..")) {
			go_up(&path);
		} else if (!fps_span_is(name, ".") && !append(&path, name)) {
			break;
		}
	}
	return finish(&path);
}

/*
 * A path being resolved. For the path that a pool listens on, only links that nobody else can create count: one in a
 * directory of the pool's user could lead to the socket of another pool.
 */
struct walk {
	struct path path;
	char *rest; /* the rest of the path */
	bool any;   /* follow all links */
	bool theirs;
	unsigned links;
};

/* Puts the link's target before the rest. */
static bool follow(struct walk *walk, const struct path *parent, const char *rest)
{
	char target[PATH_MAX], *joined;
	ssize_t len = readlink(walk->path.bytes, target, sizeof(target) - 1);

	if (len <= 0 || ++walk->links > MAX_LINKS || (walk->theirs && !walk->any)) {
		return false;
	}
	target[len] = '\0';
	joined = fps_alloc_format("%s%s", target, rest);
	free(walk->rest);
	walk->rest = joined;
	walk->path = *parent;
	if (*target == '/') {
		walk->path.len = 0;
		walk->path.bytes[0] = '\0';
	}
	return true;
}

/* Walks one more name of the path; false: its target cannot be determined. */
static bool step(struct walk *walk, struct fps_span name, const char *rest)
{
	struct path parent = walk->path;
	struct stat directory, entry;

	if (!append(&walk->path, name)) {
		return false;
	}
	if (lstat(walk->path.bytes, &entry) == 0) {
		walk->theirs = walk->theirs || lstat(parent.len ? parent.bytes : "/", &directory) != 0
			|| !fps_trusted_keeps(&directory, &entry);
		if (S_ISLNK(entry.st_mode)) {
			return follow(walk, &parent, rest);
		}
	}
	walk->rest = memmove(walk->rest, rest, strlen(rest) + 1);
	return true;
}

/* The path with links resolved; parts that do not exist here have none. NULL: it cannot be determined. */
static char *without_links(const char *from, bool any)
{
	struct walk walk = {.rest = fps_alloc_format("%s", from), .any = any};
	struct fps_span name;
	bool good = true;

	while (good) {
		const char *rest = walk.rest;

		if (!next_name(&rest, &name)) {
			break;
		}
		if (fps_span_is(name, "..") || fps_span_is(name, ".")) {
			if (name.len == 2) {
				go_up(&walk.path);
			}
			memmove(walk.rest, rest, strlen(rest) + 1);
		} else {
			good = step(&walk, name, rest);
		}
	}
	free(walk.rest);
	return good ? finish(&walk.path) : NULL;
}

/* Logs name the same few paths over and over. */
static char *real_path(const char *path, bool any)
{
	static struct {
		char *path, *real;
		bool any;
	} cache[CACHED];
	size_t hash = any;

	for (const char *at = path; *at; at++) {
		hash = hash * 31 + (unsigned char) *at;
	}
	hash %= CACHED;
	if (cache[hash].path == NULL || cache[hash].any != any || strcmp(cache[hash].path, path) != 0) {
		free(cache[hash].path);
		free(cache[hash].real);
		cache[hash].path = fps_alloc_format("%s", path);
		cache[hash].real = without_links(path, any);
		cache[hash].any = any;
	}
	return cache[hash].real ? fps_alloc_format("%s", cache[hash].real) : NULL;
}

/* a record has U+FFFD if the path is not UTF-8 */
static struct fps_address of_path(struct fps_span text, bool any)
{
	struct fps_address address = {.kind = FPS_ADDRESS_NONE};
	char *path;

	if (text.len == 0 || text.len > MAX_PATH || memchr(text.at, '\0', text.len)
		|| fps_span_find(text, "\xef\xbf\xbd")) {
		return address;
	}
	path = fps_alloc_copy(text, 0);
	address.kind = FPS_ADDRESS_PATH;
	address.name = without_dots(path);
	/* otherwise it is below a directory that the log does not name */
	address.real = *path == '/' ? real_path(path, any) : NULL;
	if (address.real && strcmp(address.real, address.name) == 0) {
		free(address.real);
		address.real = NULL;
	}
	free(path);
	return address;
}

/* An IPv4 address in IPv6 notation. */
static struct in6_addr mapped(struct in_addr v4)
{
	struct in6_addr host = {.s6_addr = {[10] = 0xff, [11] = 0xff}};

	memcpy(&host.s6_addr[12], &v4, sizeof(v4));
	return host;
}

static bool read_host(struct fps_address *address, char *host)
{
	struct in_addr v4 = {INADDR_ANY};
	size_t len = strlen(host);

	if (*host == '[' && host[len - 1] == ']') {
		host[len - 1] = '\0';
		host[strcspn(host, "%")] = '\0'; /* the interface of a link-local address */
		return inet_pton(AF_INET6, host + 1, &address->host) == 1;
	}
	if (*host == '\0' || strcmp(host, "*") == 0 || inet_pton(AF_INET, host, &v4) == 1) {
		address->host = mapped(v4);
		return true;
	}
	return false;
}

/* "127.0.0.1:9000", "[::]:9000", "php:9000", ":9000", "9000". */
static struct fps_address of_host(struct fps_span text)
{
	struct fps_address address = {.kind = FPS_ADDRESS_NONE};
	struct fps_span host = {NULL, 0}, rest = text;
	int64_t port;
	char *name;

	for (struct fps_span piece; fps_span_take(&rest, ":", &piece);) {
		host = (struct fps_span) {text.at, (size_t) (rest.at - text.at) - 1};
	}
	if (rest.len == 0 || host.len > MAX_HOST || !fps_span_number(&rest, &port) || rest.len > 0 || port < 1
		|| port > UINT16_MAX) {
		return address;
	}
	address.port = (uint16_t) port;
	name = fps_alloc_copy(host, 0);
	if (read_host(&address, name)) {
		address.kind = FPS_ADDRESS_INET;
		free(name);
	} else if (*name != '[') {
		address.kind = FPS_ADDRESS_NAME;
		address.name = name;
	} else {
		free(name);
	}
	return address;
}

struct fps_address fps_address_of_upstream(struct fps_span text)
{
	fps_span_skip(&text, "fastcgi://");
	if (fps_span_skip(&text, "unix:")) {
		text.len -= text.len && text.at[text.len - 1] == ':'; /* nginx's address, which is followed by a URI */
		return of_path(text, true);
	}
	return of_host(text);
}

struct fps_address fps_address_of_listen(const char *text)
{
	struct fps_span span = {text, text ? strlen(text) : 0};

	return span.len && *text == '/' ? of_path(span, false) : of_host(span);
}

static bool is_any(const struct fps_address *address)
{
	struct in6_addr any = mapped((struct in_addr) {INADDR_ANY});

	return address->kind == FPS_ADDRESS_INET
		&& (IN6_IS_ADDR_UNSPECIFIED(&address->host) || memcmp(&address->host, &any, sizeof(any)) == 0);
}

static bool is_loopback(const struct fps_address *address)
{
	if (address->kind == FPS_ADDRESS_NAME) {
		return strcasecmp(address->name, "localhost") == 0;
	}
	return IN6_IS_ADDR_LOOPBACK(&address->host)
		|| (IN6_IS_ADDR_V4MAPPED(&address->host) && address->host.s6_addr[12] == 127);
}

static const char *real_of(const struct fps_address *address)
{
	return address->real ? address->real : address->name;
}

/*
 * Whether one path is the other as seen from another root directory (a chroot, a container) or, for nginx, from its
 * prefix.
 */
static bool is_below(const char *path, const char *other)
{
	size_t len = strlen(path), others = strlen(other);
	const char *tail = len > others ? path + len - others : path, *whole = len > others ? other : other + others - len;

	return *tail == '/' && strcmp(tail, whole) == 0;
}

static enum fps_fit fit_of_paths(const struct fps_address *one, const struct fps_address *other)
{
	bool linked = one->real || other->real;

	if (strcmp(one->name, other->name) == 0 || (linked && strcmp(real_of(one), real_of(other)) == 0)) {
		return FPS_FIT_SAME;
	}
	return is_below(one->name, other->name) || (linked && is_below(real_of(one), real_of(other))) ? FPS_FIT_LIKELY
																								  : FPS_FIT_OTHER;
}

static enum fps_fit fit_of_hosts(const struct fps_address *one, const struct fps_address *other)
{
	bool named = one->kind == FPS_ADDRESS_NAME || other->kind == FPS_ADDRESS_NAME;

	if (one->port != other->port) {
		return FPS_FIT_OTHER;
	}
	if (one->kind == other->kind
		&& (named ? strcasecmp(one->name, other->name) == 0
				  : memcmp(&one->host, &other->host, sizeof(one->host)) == 0)) {
		return FPS_FIT_SAME;
	}
	if (is_any(one) || is_any(other) || (named && is_loopback(one) && is_loopback(other))) {
		return FPS_FIT_LIKELY;
	}
	return named ? FPS_FIT_UNKNOWN : FPS_FIT_OTHER;
}

bool fps_address_is_local(const struct fps_address *address)
{
	switch (address->kind) {
		case FPS_ADDRESS_PATH: return true;
		case FPS_ADDRESS_INET:
			return IN6_IS_ADDR_LOOPBACK(&address->host)
				|| (IN6_IS_ADDR_V4MAPPED(&address->host) && address->host.s6_addr[12] == 127);
		case FPS_ADDRESS_NAME: return strcmp(address->name, "localhost") == 0;
		default: return false;
	}
}

enum fps_fit fps_address_fit(const struct fps_address *upstream, const struct fps_address *listen)
{
	if (upstream->kind == FPS_ADDRESS_NONE || listen->kind == FPS_ADDRESS_NONE) {
		return FPS_FIT_UNKNOWN;
	}
	if (upstream->kind == FPS_ADDRESS_PATH && listen->kind == FPS_ADDRESS_PATH) {
		return fit_of_paths(upstream, listen);
	}
	if (upstream->kind == FPS_ADDRESS_PATH || listen->kind == FPS_ADDRESS_PATH) {
		return FPS_FIT_OTHER;
	}
	return fit_of_hosts(upstream, listen);
}

bool fps_address_may_lead(const struct fps_address *upstream, const struct fps_address *listen)
{
	bool is_path = upstream->kind == FPS_ADDRESS_PATH, is_other = listen->kind == FPS_ADDRESS_PATH;

	if (is_path && is_other && *upstream->name && *listen->name) {
		return strcmp(strrchr(upstream->name, '/'), strrchr(listen->name, '/')) == 0;
	}
	return !is_path && !is_other;
}

int fps_address_compare(const struct fps_address *one, const struct fps_address *other)
{
	int result = (one->kind > other->kind) - (one->kind < other->kind);

	result = result ? result : (int) one->port - (int) other->port;
	result = result ? result : memcmp(&one->host, &other->host, sizeof(one->host));
	return result || one->name == NULL || other->name == NULL ? result : strcmp(real_of(one), real_of(other));
}

void fps_address_free(struct fps_address *address)
{
	free(address->name);
	free(address->real);
}
