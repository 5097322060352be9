/*
 * What `fpmsentinel doctor` makes of any bytes at all: the input up to a line of "--" is what nginx -T prints, up to
 * the next one what php-fpm -tt prints, up to the next one what php-fpm -i prints, and the rest records. All rules look
 * at it, and what they find is told.
 */
#include "fuzz.h"

#include "base/alloc.h"
#include "output/findings.h"

#include <stdlib.h>
#include <string.h>

/* The next part of the input, in a block of its own, so that a read behind its end is seen. */
static struct fps_span part(const uint8_t **data, size_t *size)
{
	const uint8_t *end = memmem(*data, *size, "\n--\n", 4);
	size_t taken = end ? (size_t) (end - *data) : *size;
	char *copy = malloc(taken ? taken : 1);
	struct fps_span text = {copy, taken};

	memcpy(copy, *data, taken);
	taken += end ? 4 : 0;
	*data += taken;
	*size -= taken;
	return text;
}

/* Every fastcgi_pass to every pool, whatever the addresses are, so that the rules have something to compare. */
static void pair_up(struct fps_server *server)
{
	const struct fps_section *pools;
	size_t count = fps_serverconfig_pools(server, &pools);

	fps_nginxpass_collect(&server->passes, &server->nginx);
	for (size_t i = 0; i < server->passes.count && i < 20; i++) {
		const struct fps_pass *pass = &server->passes.all[i];

		for (size_t n = 0; n < count && n < 20; n++) {
			for (size_t a = 0; a < pass->address_count && a < 20; a++) {
				fps_nginxpass_same(pass->addresses[a], fps_fpmconf_value(&pools[n], "listen"));
			}
			FPS_ALLOC_APPEND(server->pairs, server->pair_count) = (struct fps_pair) {pass, &pools[n]};
		}
	}
	server->user_count = server->pair_count;
	for (size_t n = 0; n < count && n < 20; n++) {
		FPS_ALLOC_APPEND(server->pairs, server->user_count) = (struct fps_pair) {NULL, &pools[n]};
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fps_server server = {.machine = {.memory = INT64_C(1) << 32, .somaxconn = 4096, .cpus = 2, .kernel = 612}};
	struct fps_recordindex records = {.count = 0};
	struct fps_doctor doctor = {.server = &server, .records = &records};
	struct fps_style style = {.width = 80};
	struct fps_span parts[3];

	for (int i = 0; i < 3; i++) {
		parts[i] = part(&data, &size);
	}
	if (fps_nginxconf_parse(&server.nginx, parts[0]) && fps_fpmconf_parse(&server.fpm, parts[1])) {
		fps_phpinfo_parse(&server.ini, parts[2]);
		fps_recordindex_read(&records, fps_fuzz_file(0, data, size), false);
		pair_up(&server);
		fps_rules_look(&doctor, &server);
		fps_findings_text(fps_fuzz_null(), &style, &doctor, false);
		fps_findings_text(fps_fuzz_null(), &style, &doctor, true);
		fps_findings_text_idle(fps_fuzz_null(), &style, &doctor);
		fps_findings_json(fps_fuzz_null(), &doctor);
	}
	fps_nginxpass_free(&server.passes);
	fps_nginxconf_free(&server.nginx);
	fps_fpmconf_free(&server.fpm);
	fps_phpinfo_free(&server.ini);
	fps_rules_free(&doctor);
	fps_recordindex_free(&records);
	free(server.pairs);
	for (int i = 0; i < 3; i++) {
		free((char *) (uintptr_t) parts[i].at);
	}
	return 0;
}
