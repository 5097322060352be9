/* What the logs say, and which of it belongs together. */
#include "explain/explain.h"

#include "explain/join.h"

void fps_explain_sort(struct fps_known *known)
{
	fps_incidents_sort(&known->incidents);
	fps_records_sort(&known->records);
	fps_fpmlog_sort(&known->fpm_log);
}

struct fps_evidence fps_explain_join(struct fps_known *known)
{
	const struct fps_evidence evidence = {
		&known->records, &known->fpm_log, fps_join_shift(&known->incidents, &known->records)};

	fps_join_all(&known->incidents, &known->records, evidence.shift);
	fps_verdict_prepare(&known->fpm_log, &known->records, evidence.shift);
	return evidence;
}

void fps_explain_free(struct fps_known *known)
{
	fps_incidents_free(&known->incidents);
	fps_records_free(&known->records);
	fps_fpmlog_free(&known->fpm_log);
}
