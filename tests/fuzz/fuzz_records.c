/* Records of any bytes at all: as `trace` and `report` read them, and as `show` shows them. */
#include "fuzz.h"

#include "native/annotate.h"
#include "output/record_text.h"

#include <json-c/json.h>
#include <string.h>

static void show(void *unused, struct fps_span line, struct fps_record *record)
{
	struct json_object *json = fps_record_json(line);

	(void) unused;
	fps_annotate(json, "/none");
	fps_record_text(fps_fuzz_null(), json, record);
	json_object_put(json);
	fps_record_free(record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fps_recordindex records = {0};
	const char *name = fps_fuzz_file(0, data, size);
	uint64_t broken = 0;
	size_t count;

	fps_recordindex_each(name, false, show, NULL, &broken);
	fps_recordindex_read(&records, name, false);
	fps_recordindex_sort(&records);
	for (size_t i = 0; i < records.count; i++) {
		const struct fps_record *record = &records.all[i];

		fps_recordindex_with_id(&records, (struct fps_span) {record->id, strlen(record->id)});
		fps_recordindex_of_connection(&records, record->nginx_pid, record->connection, &count);
		fps_recordindex_since(&records, record->time);
	}
	fps_recordindex_free(&records);
	return 0;
}
