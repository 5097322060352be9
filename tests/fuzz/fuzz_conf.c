/*
 * What `fpmsentinel doctor` makes of any bytes at all: the input up to a line of "--" is what nginx -T prints, up to the next one what
 * php-fpm -tt prints, up to the next one what php-fpm -i prints, and the rest records. All rules look at it, and what they find is told.
 */
#include "fuzz.h"

#include "rules/rules.h"

#include <json-c/json.h>
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
static void pair_up(struct fps_doctor *doctor)
{
	const struct fps_section *pools;
	size_t count = fps_doctor_pools(doctor, &pools);

	fps_nginxpass_collect(&doctor->passes, &doctor->nginx);
	for (size_t i = 0; i < doctor->passes.count && i < 20; i++) {
		const struct fps_pass *pass = &doctor->passes.all[i];

		for (size_t n = 0; n < count && n < 20; n++) {
			for (size_t a = 0; a < pass->address_count && a < 20; a++) {
				fps_nginxpass_same(pass->addresses[a], fps_fpmconf_value(&pools[n], "listen"));
			}
			doctor->pairs = fps_text_resize(doctor->pairs, doctor->pair_count + 1, sizeof(*doctor->pairs));
			doctor->pairs[doctor->pair_count++] = (struct fps_pair) {pass, &pools[n]};
		}
	}
	doctor->user_count = doctor->pair_count;
	for (size_t n = 0; n < count && n < 20; n++) {
		doctor->pairs = fps_text_resize(doctor->pairs, doctor->user_count + 1, sizeof(*doctor->pairs));
		doctor->pairs[doctor->user_count++] = (struct fps_pair) {NULL, &pools[n]};
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fps_doctor doctor = {.machine = {.memory = INT64_C(1) << 32, .somaxconn = 4096, .cpus = 2, .kernel = 612}};
	struct fps_style style = {.width = 80};
	struct fps_span parts[3];

	for (int i = 0; i < 3; i++) {
		parts[i] = part(&data, &size);
	}
	if (fps_nginxconf_parse(&doctor.nginx, parts[0]) && fps_fpmconf_parse(&doctor.fpm, parts[1])) {
		fps_phpini_parse(&doctor.ini, parts[2]);
		fps_records_read(&doctor.records, fps_fuzz_file(0, data, size), false);
		pair_up(&doctor);
		fps_rules_look(&doctor);
		fps_findings_text(fps_fuzz_null(), &style, &doctor.findings);
		fps_rules_idle_text(fps_fuzz_null(), &style, &doctor);
		json_object_put(fps_findings_json(&doctor.findings));
	}
	fps_nginxpass_free(&doctor.passes);
	fps_nginxconf_free(&doctor.nginx);
	fps_fpmconf_free(&doctor.fpm);
	fps_phpini_free(&doctor.ini);
	fps_findings_free(&doctor.findings);
	fps_records_free(&doctor.records);
	free(doctor.pairs);
	for (int i = 0; i < 3; i++) {
		free((char *) (uintptr_t) parts[i].at);
	}
	return 0;
}
