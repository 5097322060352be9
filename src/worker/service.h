/* The name, version and environment of what was deployed, as OpenTelemetry's variables have them. */
#ifndef FPS_WORKER_SERVICE_H
#define FPS_WORKER_SERVICE_H

#include "blackbox.h"

/*
 * Reads OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES. In FPM's master, at its start: a pool's workers have an
 * environment of their own.
 */
void fps_service_read_environment(void);

/* The text of each directive or, where that is empty, what the environment says. */
struct fps_service fps_service_of(const struct fps_service *directives);

#endif
