/* Versions of services, out of records. */
#include "explain/deploy.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

static int compare_names(const struct fps_deploy *one, const struct fps_deploy *other)
{
	int result = strcmp(one->service, other->service);

	return result ? result : strcmp(one->version, other->version);
}

static int by_name(const void *a, const void *b)
{
	const struct fps_deploy *one = a, *other = b;
	int result = compare_names(one, other);

	return result ? result : (one->first > other->first) - (one->first < other->first);
}

static int by_time(const void *a, const void *b)
{
	const struct fps_deploy *one = a, *other = b;
	int result = strcmp(one->service, other->service);

	result = result ? result : (one->first > other->first) - (one->first < other->first);
	return result ? result : strcmp(one->version, other->version);
}

static struct fps_deploy deploy_of(const struct fps_record *record)
{
	return (struct fps_deploy) {record->service ? record->service : "", record->service_version, record->time};
}

struct fps_deploys fps_deploy_list(const struct fps_recordindex *records)
{
	struct fps_deploys deploys = {NULL, 0};
	size_t kept = 0;

	for (size_t i = 0; i < records->count; i++) {
		if (records->all[i].service_version) {
			FPS_ALLOC_APPEND(deploys.all, deploys.count) = deploy_of(&records->all[i]);
		}
	}
	if (deploys.count == 0) {
		return deploys;
	}
	qsort(deploys.all, deploys.count, sizeof(*deploys.all), by_name);
	for (size_t i = 0; i < deploys.count; i++) {
		if (kept == 0 || compare_names(&deploys.all[kept - 1], &deploys.all[i]) != 0) {
			deploys.all[kept++] = deploys.all[i];
		}
	}
	deploys.count = kept;
	qsort(deploys.all, deploys.count, sizeof(*deploys.all), by_time);
	return deploys;
}

const struct fps_deploy *fps_deploy_of(const struct fps_deploys *deploys, const struct fps_record *record)
{
	struct fps_deploy wanted;

	if (record->service_version == NULL) {
		return NULL;
	}
	wanted = deploy_of(record);
	for (size_t i = 0; i < deploys->count; i++) { /* there are few */
		if (compare_names(&deploys->all[i], &wanted) == 0) {
			return &deploys->all[i];
		}
	}
	return NULL;
}

bool fps_deploy_is_newest(const struct fps_deploys *deploys, const struct fps_deploy *deploy)
{
	return deploy == &deploys->all[deploys->count - 1] || strcmp(deploy[1].service, deploy->service) != 0;
}

bool fps_deploy_is_oldest(const struct fps_deploys *deploys, const struct fps_deploy *deploy)
{
	return deploy == deploys->all || strcmp(deploy[-1].service, deploy->service) != 0;
}

char *fps_deploy_name(const struct fps_deploy *deploy)
{
	return fps_alloc_format("%s%s%s", deploy->service, *deploy->service ? " " : "", deploy->version);
}

void fps_deploy_free(struct fps_deploys *deploys)
{
	free(deploys->all);
	*deploys = (struct fps_deploys) {NULL, 0};
}
