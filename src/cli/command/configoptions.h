/*
 * The configuration that a command looks at: what its options name, or what this machine has.
 */
#ifndef FPS_CONFIGOPTIONS_H
#define FPS_CONFIGOPTIONS_H

#include "base/options.h"
#include "rules/rules.h"

struct fps_configoptions_options {
	const char *nginx, *apache, *fpm, *php, *unit;
	struct fps_front front;
};

/* Their rows, with the letters of three of them; `of` is where they are in the struct of a command's options. */
#define FPS_CONFIGOPTIONS_ROWS(nginx_letter, apache_letter, unit_letter, of) \
	{nginx_letter, "nginx-conf", "FILE", NULL, \
		"nginx.conf, or a file (-: standard input) with what nginx -T prints; else nginx -T is run", fps_options_text, \
		(of) + offsetof(struct fps_configoptions_options, nginx)}, \
		{apache_letter, "apache-conf", "FILE", NULL, \
			"httpd.conf or apache2.conf; else, if nginx passes nothing to FPM, that in the usual places", \
			fps_options_text, (of) + offsetof(struct fps_configoptions_options, apache)}, \
		{'c', "fpm-conf", "FILE", NULL, "php-fpm.conf; else that of the running FPM, or FPM's default", \
			fps_options_text, (of) + offsetof(struct fps_configoptions_options, fpm)}, \
		{'b', "php", "BINARY", NULL, "php-fpm; else that of the running FPM, or the newest one in /usr/sbin", \
			fps_options_text, (of) + offsetof(struct fps_configoptions_options, php)}, \
		{unit_letter, "unit", "FILE", NULL, \
			"systemd's unit of FPM, or what systemctl cat or show prints of it; else systemctl is asked", \
			fps_options_text, (of) + offsetof(struct fps_configoptions_options, unit)}, \
		{'B', "balancer-timeout", "TIME", NULL, \
			"how long the load balancer in front of nginx waits for an answer, or lets a connection be idle: 60s", \
			fps_options_span, (of) + offsetof(struct fps_configoptions_options, front.balancer)}, \
	{ \
		'C', "client-timeout", "TIME", NULL, "how long clients wait", fps_options_span, \
			(of) + offsetof(struct fps_configoptions_options, front.client) \
	}

struct fps_configoptions {
	struct fps_server server;
	struct fps_recordindex records;
	struct fps_doctor doctor;
	bool whole; /* nginx's configuration could be read */
};

/* All but the records. False: it has said what cannot be read. */
bool fps_configoptions_read(struct fps_configoptions *configuration, const struct fps_configoptions_options *options);

/* Where nobody names records: those that the pools write, if there are any yet. */
void fps_configoptions_read_usual(struct fps_configoptions *configuration);

/* What the rules find, with these records; a plan that nginx or FPM refuses is taken out. Once it has been paired. */
void fps_configoptions_look(struct fps_configoptions *configuration, const struct fps_recordindex *records);
void fps_configoptions_free(struct fps_configoptions *configuration);

#endif
