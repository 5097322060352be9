/* Finds where Apache's configuration leads (SetHandler, ProxyPass and the like), and which directives apply there. */
#include "config/apachepass.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

static bool is_named(const struct fps_directive *directive, const char *names)
{
	return directive->count > 0 && fps_span_is_among(fps_span_of(directive->words[0]), names);
}

static const struct fps_directive *find(
	const struct fps_directive *block, const char *name, const struct fps_directive *after)
{
	const struct fps_directive *at = after ? after->next : block->children;

	while (at && !is_named(at, name)) {
		at = at->next;
	}
	return at;
}

/* "unix:/path|fcgi://localhost/", "fcgi://127.0.0.1:9000/": splits the socket from the rest. */
static struct fps_span url_of(const char *target, struct fps_span *socket)
{
	struct fps_span url = fps_span_of(target), rest = url;

	*socket = (struct fps_span) {NULL, 0};
	if (strncasecmp(target, "unix:", 5) == 0 && fps_span_take(&rest, "|", socket)) {
		url = rest;
	}
	return url;
}

/* "unix:/path" or "127.0.0.1:9000"; the socket of the worker if it has one. */
static char *address_of(const char *target)
{
	struct fps_span socket, url = url_of(target, &socket), host;

	if (socket.at) {
		return fps_alloc_format("unix:%.*s", (int) socket.len - 5, socket.at + 5);
	}
	fps_span_take(&url, "://", &host);
	host = (struct fps_span) {url.at, 0};
	while (host.len < url.len && !strchr("/$", host.at[host.len])) {
		host.len++;
	}
	bool has_port = host.len && memchr(host.at, ':', host.len) && host.at[host.len - 1] != ']';

	return fps_alloc_format("%.*s%s", FPS_SPAN_ARGS(host), has_port ? "" : ":8000"); /* mod_proxy_fcgi's default */
}

/* Whether the worker serves requests to that URL: its own URL is a prefix of theirs. */
static bool serves(const char *worker, const char *target)
{
	struct fps_span socket, of_worker = url_of(worker, &socket), of_target = url_of(target, &socket);
	bool slash = of_worker.len == of_target.len + 1 && of_worker.at[of_target.len] == '/'; /* a path follows */
	size_t len = slash ? of_target.len : of_worker.len;

	return len > 0 && len <= of_target.len && memcmp(of_worker.at, of_target.at, len) == 0;
}

static size_t length_of(const struct fps_directive *proxy)
{
	return proxy ? strlen(fps_nginxconf_word(proxy, 1)) : 0;
}

/* The <Proxy> with the longest URL, of the virtual host or otherwise of the main server. */
static const struct fps_directive *worker_of(const struct fps_directive *block, const char *target)
{
	const struct fps_directive *best = NULL;

	for (; block && best == NULL; block = block->parent) {
		for (const struct fps_directive *at = NULL; (at = find(block, "Proxy", at)) != NULL;) {
			best = serves(fps_nginxconf_word(at, 1), target) && length_of(at) > length_of(best) ? at : best;
		}
	}
	return best;
}

static const struct fps_directive *host_of(const struct fps_directive *directive)
{
	const struct fps_directive *at = directive;

	while (at->parent && !is_named(at, "VirtualHost")) {
		at = at->parent;
	}
	return at;
}

static void add(struct fps_passes *passes, const struct fps_directive *directive, const struct fps_directive *host,
	const char *target)
{
	struct fps_pass pass = {.pass = directive, .is_apache = true, .host = host, .worker = worker_of(host, target)};
	const char *worker = pass.worker ? fps_nginxconf_word(pass.worker, 1) : "";

	pass.target = address_of(strncasecmp(worker, "unix:", 5) == 0 ? worker : target);
	FPS_ALLOC_APPEND(pass.addresses, pass.address_count) = pass.target;
	FPS_ALLOC_APPEND(passes->all, passes->count) = pass;
}

/* The balancer's members that are FPM. */
static void add_balancer(struct fps_passes *passes, const struct fps_directive *host, const char *target)
{
	for (const struct fps_directive *block = host; block; block = block->parent) {
		for (const struct fps_directive *proxy = NULL; (proxy = find(block, "Proxy", proxy)) != NULL;) {
			for (const struct fps_directive *member = NULL; serves(fps_nginxconf_word(proxy, 1), target)
				 && (member = find(proxy, "BalancerMember", member)) != NULL;) {
				if (strstr(fps_nginxconf_word(member, 1), "fcgi://")) {
					add(passes, member, host, fps_nginxconf_word(member, 1));
				}
			}
		}
	}
}

/* The main server's directive also applies in virtual hosts, some of which may have a longer or shorter timeout. */
static void add_hosts(struct fps_passes *passes, const struct fps_directive *directive, const char *target)
{
	const struct fps_directive *own = host_of(directive);

	add(passes, directive, own, target);
	for (const struct fps_directive *host = NULL;
		 own->parent == NULL && (host = find(own, "VirtualHost", host)) != NULL;) {
		if (find(host, "ProxyTimeout", NULL) || find(host, "Timeout", NULL)) {
			add(passes, directive, host, target);
		}
	}
}

/* The URL, after "proxy:" in a handler. NULL: it does not lead to FPM. */
static const char *target_of(const struct fps_directive *directive)
{
	bool is_handler = is_named(directive, "SetHandler AddHandler");

	for (size_t i = 1; i < directive->count && i < 3; i++) {
		const char *word = directive->words[i];

		if (is_handler ? strncasecmp(word, "proxy:", 6) == 0 : true) {
			word += is_handler ? 6 : 0;
			if (strstr(word, "fcgi://") || strncasecmp(word, "balancer://", 11) == 0) {
				return word;
			}
		}
	}
	return NULL;
}

void fps_apachepass_collect(struct fps_passes *passes, const struct fps_nginxconf *tree)
{
	for (const struct fps_directive *at = &tree->root; at; at = fps_nginxconf_next(at, &tree->root)) {
		const char *target =
			is_named(at, "SetHandler AddHandler ProxyPass ProxyPassMatch RewriteRule") ? target_of(at) : NULL;

		if (target && strncasecmp(target, "balancer://", 11) == 0) {
			add_balancer(passes, host_of(at), target);
		} else if (target) {
			add_hosts(passes, at, target);
		}
	}
}

/* A "name=value" among its words; the last one counts. */
static struct fps_span parameter_in(const struct fps_directive *directive, const char *name)
{
	struct fps_span value = {NULL, 0};
	size_t len = strlen(name);

	for (size_t i = 1; i < directive->count; i++) {
		if (strncasecmp(directive->words[i], name, len) == 0 && directive->words[i][len] == '=') {
			value = fps_span_of(directive->words[i] + len + 1);
		}
	}
	return value;
}

static void take_parameter(
	const struct fps_directive *directive, const char *name, struct fps_span *found, const struct fps_directive **at)
{
	struct fps_span value = parameter_in(directive, name);

	if (value.at) {
		*found = value;
		*at = directive;
	}
}

/* The pass's own parameters define its worker. */
struct fps_span fps_apachepass_parameter(const struct fps_pass *pass, const char *name, const struct fps_directive **at)
{
	struct fps_span found = FPS_SPAN("");

	*at = NULL;
	if (pass->worker) {
		take_parameter(pass->worker, name, &found, at);
		for (const struct fps_directive *set = NULL; (set = find(pass->worker, "ProxySet", set)) != NULL;) {
			take_parameter(set, name, &found, at);
		}
	}
	take_parameter(pass->pass, name, &found, at);
	return found;
}

const struct fps_directive *fps_apachepass_holds(const struct fps_pass *pass, const char *name)
{
	for (const struct fps_directive *block = pass->host; block; block = block->parent) {
		const struct fps_directive *found = NULL;

		for (const struct fps_directive *at = NULL; (at = find(block, name, at)) != NULL; found = at) {
		}
		if (found) {
			return found;
		}
	}
	return NULL;
}

const struct fps_directive *fps_apachepass_beside(const struct fps_pass *pass)
{
	const struct fps_directive *beside = pass->host->parent ? pass->host : find(pass->host, "Timeout", NULL);

	for (const struct fps_directive *at = pass->host->children; at && beside == NULL; at = at->next) {
		beside = at->block ? NULL : at;
	}
	return beside ? beside : pass->pass;
}
