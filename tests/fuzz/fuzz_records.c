/* Records of any bytes at all: as `trace` and `report` read them. */
#include "fuzz.h"

#include "records.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fps_records records = {0};
	size_t count;

	fps_records_read(&records, fps_fuzz_file(0, data, size));
	fps_records_sort(&records);
	for (size_t i = 0; i < records.count; i++) {
		const struct fps_told *told = &records.told[i];

		fps_records_with_id(&records, (struct fps_span) {told->id, strlen(told->id)});
		fps_records_of_connection(&records, told->nginx_pid, told->connection, &count);
		fps_records_since(&records, told->time);
	}
	fps_records_free(&records);
	return 0;
}
