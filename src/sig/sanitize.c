#include "sanitize.h"

#define TERMINATE(field) ((field)[sizeof(field) - 1] = '\0')
/* The end of the year 9999, in microseconds since the epoch. */
#define LAST_US 253402300799999999ULL

/* Nothing happens after its death, or before the epoch. */
static void order_times(struct fps_request *request, struct fps_draft *draft)
{
	draft->died_us = draft->died_us < LAST_US ? draft->died_us : LAST_US;
	if (draft->other_thread) {
		return; /* the request is none of it, and may be just beginning */
	}
	if (request->started_ns > draft->died_ns || (draft->died_ns - request->started_ns) / 1000 > draft->died_us) {
		request->started_ns = draft->died_ns;
	}
	draft->sampled_ns = draft->sampled_ns < draft->died_ns ? draft->sampled_ns : draft->died_ns;
}

void fps_sig_sanitize(struct fps_slot *slot)
{
	struct fps_request *request = &slot->request;
	struct fps_draft *draft = &slot->draft;

	TERMINATE(slot->pool);
	TERMINATE(slot->sapi);
	TERMINATE(request->method);
	TERMINATE(request->domain);
	TERMINATE(request->path);
	TERMINATE(request->query);
	TERMINATE(request->script);
	TERMINATE(request->client_ip);
	TERMINATE(request->id);
	TERMINATE(request->nginx_pid);
	TERMINATE(request->nginx_connection);
	TERMINATE(request->nginx_connection_requests);
	TERMINATE(request->traceparent);
	TERMINATE(draft->sender_command);
	request->annotations = request->annotations <= FPS_MAX_ANNOTATIONS ? request->annotations : 0;
	for (size_t i = 0; i < FPS_MAX_ANNOTATIONS; i++) {
		TERMINATE(request->annotation[i].key);
		TERMINATE(request->annotation[i].value);
	}
	TERMINATE(draft->error_type);
	TERMINATE(draft->error_message);
	for (size_t i = 0; i < FPS_MAX_EVIDENCE; i++) {
		TERMINATE(draft->evidence[i]);
	}
	for (size_t i = 0; i < FPS_MAX_MODULES; i++) {
		struct fps_module *module = &draft->module[i];

		TERMINATE(module->path);
		module->build_id_len = module->build_id_len <= sizeof module->build_id ? module->build_id_len : 0;
	}
	order_times(request, draft);
	draft->php_frames = draft->php_frames <= FPS_MAX_FRAMES ? draft->php_frames : 0;
	draft->native_frames = draft->native_frames <= FPS_MAX_NATIVE_FRAMES ? draft->native_frames : 0;
	for (size_t i = 0; i < FPS_MAX_NATIVE_FRAMES; i++) {
		int16_t *module = &draft->native_frame[i].module;

		if (*module >= FPS_MAX_MODULES) {
			*module = -1;
		}
	}
}
