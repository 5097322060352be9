/* Labels of a line. */
#include "log/unwrapped.h"

#include <string.h>

void fps_unwrapped_set(struct fps_unwrapped *unwrapped, enum fps_label label, struct fps_span value)
{
	char *to = unwrapped->labels[label];
	size_t len = value.len < sizeof(unwrapped->labels[0]) ? value.len : sizeof(unwrapped->labels[0]) - 1;

	if (*to == '\0' && !fps_span_is(value, "-")) {
		memcpy(to, value.len ? value.at : "", len);
		to[len] = '\0';
	}
}
