/* What is left to do once setup has put its files in place. */
#include "command/setupsteps.h"

#include "base/alloc.h"
#include "base/terminal.h"
#include "rules/effective.h"
#include "rules/plan.h"
#include "rules/settingplace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The places of nginx that pass requests to FPM without the parameters, a line each. */
static char *include_lines(struct fps_server *const *servers, size_t count, const char *include)
{
	char *lines = fps_alloc_format("%s", "");

	for (size_t i = 0; i < count; i++) {
		for (size_t n = 0; n < servers[i]->pair_count; n++) {
			const struct fps_pass *pass = servers[i]->pairs[n].pass;
			char *where = fps_settingplace_beside(pass);
			char *line = fps_alloc_format("  %s:  include %s;\n", where, include);

			/* one that leads to several pools is there once for each */
			if (!fps_nginxpass_gets(pass, "NGINX_CONNECTION") && strstr(lines, line) == NULL) {
				fps_alloc_append(&lines, "%s", line);
			}
			free(line);
			free(where);
		}
	}
	return lines;
}

/* A master that was started with the extension has its coroner beside it. */
static bool awaits_reload(struct fps_server *const *servers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct fps_machine *machine = &servers[i]->machine;

		if (machine->running.pid && !(machine->sees_maps && machine->coroner)) {
			return true;
		}
	}
	return false;
}

static bool loses_requests(const struct fps_server *server)
{
	return server->machine.running.pid && server->fpm.count
		&& fps_fpmconf_seconds(&server->fpm.sections[0], "process_control_timeout") == 0;
}

static void print_plan(const struct fps_server *server)
{
	struct fps_effective waits = fps_effective_pool(server, &server->fpm.sections[0], "process_control_timeout");
	const struct fps_recordindex none = {.count = 0};
	char *where = fps_settingplace_in(waits);

	fps_terminal_say("  %s:  process_control_timeout = %llds", where, (long long) fps_plan_reload(server, &none));
	free(where);
}

/* Of FPMs that run: what is started now kills nothing. The master that is told to reload still has the old value. */
static void print_losses(struct fps_server *const *servers, size_t count)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		if (loses_requests(servers[i])) {
			if (!any) {
				puts("\nThe reload kills every request that is running then: process_control_timeout is 0.\n"
					 "Before the reload:");
			}
			any = true;
			print_plan(servers[i]);
		}
	}
	if (any) {
		puts("  take this server out of its load balancer, or wait until no request is running:\n"
			 "  FPM reads the new value in this reload, so only later reloads wait for requests");
	}
}

static void print_reload(struct fps_server *const *servers, size_t count, bool nginx)
{
	char *units = fps_alloc_format("%s", "");
	bool others = false;

	for (size_t i = 0; i < count; i++) {
		const char *unit = servers[i]->machine.unit;

		if (unit) {
			fps_alloc_append(&units, " %s", unit);
		} else {
			others = true;
		}
	}
	if (*units) {
		fps_terminal_say("  systemctl reload%s%s", units, nginx ? " nginx" : "");
		nginx = false;
	}
	if (others) {
		fps_terminal_say(
			"  a reload of PHP-FPM (SIGUSR2 to its master)%s", nginx ? " and of nginx (nginx -s reload)" : "");
	}
	free(units);
}

void fps_setupsteps_print(struct fps_server *const *servers, size_t count, const struct fps_setupsteps *done)
{
	char *includes = include_lines(servers, count, done->include ? done->include : "");
	bool reload = done->written || *includes || awaits_reload(servers, count);

	puts("\nThe configuration is valid.");
	if (reload) {
		print_losses(servers, count);
	}
	puts("\nNext:");
	if (*includes) {
		fps_terminal_print_lines(stdout, includes);
	}
	if (done->tmpfiles) {
		puts("  systemd-tmpfiles --create");
	}
	if (reload) {
		print_reload(servers, count, done->include != NULL);
	}
	puts("  fpmsentinel doctor");
	free(includes);
}
