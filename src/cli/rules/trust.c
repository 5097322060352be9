/* Rules: files that were skipped because somebody other than root and the caller can change them. */
#include "base/alloc.h"
#include "base/trusted.h"
#include "rules/rules.h"

#include <stdlib.h>

void fps_rule_master_passed_over(struct fps_doctor *doctor)
{
	const struct fps_fpmmasters *running = &doctor->server->machine.running;

	for (size_t i = 0; i < running->passed_count; i++) {
		const struct fps_passed_over *passed = &running->passed[i];
		char *file = fps_alloc_format("/proc/%d", (int) passed->pid);

		fps_findings_found(&doctor->findings,
			fps_settingplace_file(file, "process %d, \"%s\": %s", (int) passed->pid, passed->title, passed->why),
			fps_settingplace_none(),
			fps_alloc_format("a shell, to see whose it is. If it is the FPM in question, name its files with --php and "
							 "--fpm-conf, or run doctor where it runs"),
			"ps -o pid,user,args -p %d", (int) passed->pid);
		free(file);
	}
}

void fps_rule_not_trusted(struct fps_doctor *doctor)
{
	size_t count;
	const struct fps_refusal *refusals = fps_trusted_refusals(&count);

	for (size_t i = 0; i < count; i++) {
		fps_findings_found(&doctor->findings, fps_settingplace_file(refusals[i].path, "%s", refusals[i].why),
			fps_settingplace_none(), NULL,
			"let it, and the directories above it, belong to root, and nobody else write to them");
	}
}
