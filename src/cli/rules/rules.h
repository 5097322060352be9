/*
 * The rules: one table with a function for each rule, by theme.
 */
#ifndef FPS_RULES_H
#define FPS_RULES_H

#include "config/serverconfig.h"
#include "log/recordindex.h"
#include "rules/configtest.h"
#include "rules/findings.h"

/* What the rules look at, and what they find. The caller owns the first two members. */
struct fps_doctor {
	const struct fps_server *server;
	const struct fps_recordindex *records;
	struct fps_findings findings;
	struct fps_patch patch;      /* the fixes as changes of files */
	struct fps_configtest tried; /* which programs accept them */
	struct fps_place *idle;      /* the fps_rules_idle settings as they were before the plan; NULL: not looked at */
	const struct fps_pair *at;   /* what a rule looks at now: only its pool in the scope POOL, NULL in SERVER and FPM */
};

/* Settings in force for it: of nginx, the pool, FPM's [global], PHP. */
struct fps_effective fps_rules_nginx(const struct fps_doctor *doctor, const char *name, const char *otherwise);
struct fps_effective fps_rules_pool(const struct fps_doctor *doctor, const char *name);
struct fps_effective fps_rules_global(const struct fps_doctor *doctor, const char *name);
struct fps_effective fps_rules_php(const struct fps_doctor *doctor, const char *name);

/* What has Apache keep its connections to the pool; NULL: they are closed after each request. */
const struct fps_directive *fps_rules_reuse(const struct fps_doctor *doctor);

/* Who in front of the web server gives up first, and when. */
struct fps_place fps_rules_front(const struct fps_doctor *doctor);

/* Runs all rules repeatedly: applies their advice to the configuration, and looks again until they find nothing new. */
void fps_rules_look(struct fps_doctor *doctor, struct fps_server *server);

/*
 * Runs those about fpmsentinel itself, once, and without a plan: whether it is loaded, gets the parameters that it
 * needs and can write its log.
 */
void fps_rules_look_at_own(struct fps_doctor *doctor, struct fps_server *server);

/* Frees the findings. */
void fps_rules_free(struct fps_doctor *doctor);

/* A setting that does nothing about this error, whatever guides say. */
struct fps_idle {
	const char *name;
	const char *nginx; /* its default in nginx; NULL: of php.ini or, with a dot or "pm", of a pool */
	const char *does;
};

extern const struct fps_idle fps_rules_idle[];
extern const size_t fps_rules_idle_count;

/* timeouts.c */
fps_rule_look fps_rule_terminate_before_php, fps_rule_terminate_races_nginx, fps_rule_abandoned_requests,
	fps_rule_mixed_limits, fps_rule_mixed_pools, fps_rule_next_upstream_repeats, fps_rule_read_timeout_before_php,
	fps_rule_socket_timeout, fps_rule_send_timeout, fps_rule_connect_timeout, fps_rule_front_gives_up;

/* reloadstop.c */
fps_rule_look fps_rule_process_control_timeout, fps_rule_process_control_short, fps_rule_process_control_long,
	fps_rule_systemd_stop_signal, fps_rule_systemd_stop_timeout, fps_rule_container_stop_signal,
	fps_rule_container_stop_timeout, fps_rule_emergency_restart;

/* memory.c */
fps_rule_look fps_rule_memory_observed, fps_rule_memory_sum, fps_rule_memory_unlimited, fps_rule_oom_policy,
	fps_rule_oom_group;

/* keepalive.c */
fps_rule_look fps_rule_keepalive_recycling, fps_rule_keepalive_terminate, fps_rule_keepalive_starves,
	fps_rule_keepalive_ondemand, fps_rule_keepalive_reload;

/* enablereuse.c */
fps_rule_look fps_rule_enablereuse_starves, fps_rule_enablereuse_recycling, fps_rule_enablereuse_terminate,
	fps_rule_enablereuse_ondemand;

/* queue.c */
fps_rule_look fps_rule_backlog_short, fps_rule_backlog_cut, fps_rule_max_children_reached, fps_rule_allowed_clients,
	fps_rule_selinux;

/* logging.c */
fps_rule_look fps_rule_slowlog_off, fps_rule_worker_output_lost, fps_rule_log_level, fps_rule_core_dump;

/* phpengine.c */
fps_rule_look fps_rule_hard_timeout, fps_rule_recursion_unlimited, fps_rule_pcre_jit, fps_rule_opcache_jit,
	fps_rule_opcache_reports;

/* sizelimits.c */
fps_rule_look fps_rule_header_too_big, fps_rule_request_buffering, fps_rule_post_max_size;

/* fpmsentinel.c */
fps_rule_look fps_rule_not_loaded, fps_rule_parameters_missing, fps_rule_log_not_writable, fps_rule_log_not_rotated,
	fps_rule_coroner_gone, fps_rule_kernel_exit_info, fps_rule_private_tmp;

/* trust.c */
fps_rule_look fps_rule_master_passed_over, fps_rule_not_trusted;

#endif
