/*
 * The rules: one table, one function a rule, by theme.
 */
#ifndef FPS_RULES_H
#define FPS_RULES_H

#include "command/doctor.h"

/* All of them. */
void fps_rules_look(struct fps_doctor *doctor);

/* The settings that do nothing for this error, whatever guides say, with the values that they have here. */
void fps_rules_idle_text(FILE *out, const struct fps_style *style, const struct fps_doctor *doctor);
struct json_object *fps_rules_idle_json(const struct fps_doctor *doctor);

typedef void fps_rule_look(struct fps_doctor *doctor, const struct fps_rule *rule);

/* ruletime.c */
fps_rule_look fps_rule_terminate_before_php, fps_rule_terminate_races_nginx, fps_rule_abandoned_requests, fps_rule_read_timeout_before_php,
	fps_rule_socket_timeout, fps_rule_send_timeout, fps_rule_connect_timeout;

/* rulestop.c */
fps_rule_look fps_rule_process_control_timeout, fps_rule_process_control_short, fps_rule_systemd_stop_signal, fps_rule_systemd_stop_timeout,
	fps_rule_emergency_restart;

/* rulememory.c */
fps_rule_look fps_rule_memory_observed, fps_rule_memory_sum, fps_rule_memory_unlimited, fps_rule_oom_policy, fps_rule_oom_group;

/* rulekeep.c */
fps_rule_look fps_rule_keepalive_recycling, fps_rule_keepalive_terminate, fps_rule_keepalive_starves, fps_rule_keepalive_ondemand;

/* rulequeue.c */
fps_rule_look fps_rule_backlog_short, fps_rule_backlog_cut, fps_rule_max_children_reached, fps_rule_allowed_clients;

/* rulelog.c */
fps_rule_look fps_rule_slowlog_off, fps_rule_worker_output_lost, fps_rule_log_level, fps_rule_core_dump;

/* ruleengine.c */
fps_rule_look fps_rule_hard_timeout, fps_rule_recursion_unlimited, fps_rule_pcre_jit, fps_rule_opcache_jit;

/* rulesize.c */
fps_rule_look fps_rule_header_too_big, fps_rule_request_buffering, fps_rule_post_max_size;

/* ruleown.c */
fps_rule_look fps_rule_not_loaded, fps_rule_parameters_missing, fps_rule_log_not_writable, fps_rule_log_not_rotated, fps_rule_coroner_gone,
	fps_rule_kernel_exit_info, fps_rule_private_tmp;

/* ruletrust.c */
fps_rule_look fps_rule_master_passed_over, fps_rule_not_trusted;

#endif
