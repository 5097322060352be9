/*
 * Deployments, by the service.version of records: which versions of a service there are, in the order in which each was
 * first seen, and which of them is the newest.
 */
#ifndef FPS_DEPLOY_H
#define FPS_DEPLOY_H

#include "log/recordindex.h"

struct fps_deploy {
	const char *service; /* "" where records do not name it */
	const char *version;
	double first; /* seconds since the epoch, of its first record of any kind */
};

/* By service, then by time. Borrows from the records. */
struct fps_deploys {
	struct fps_deploy *all;
	size_t count;
};

/* To be freed. */
struct fps_deploys fps_deploy_list(const struct fps_recordindex *records);

/* The deployment that a record is of; NULL: it has no version. */
const struct fps_deploy *fps_deploy_of(const struct fps_deploys *deploys, const struct fps_record *record);

/* Whether it is the newest of its service, or the oldest. */
bool fps_deploy_is_newest(const struct fps_deploys *deploys, const struct fps_deploy *deploy);
bool fps_deploy_is_oldest(const struct fps_deploys *deploys, const struct fps_deploy *deploy);

/* "shop 1.4.2", or the version alone. The caller frees it. */
char *fps_deploy_name(const struct fps_deploy *deploy);

void fps_deploy_free(struct fps_deploys *deploys);

#endif
