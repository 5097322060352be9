/* Labels of a line. */
#include "log/opening.h"

#include <string.h>

void fps_opening_set(struct fps_opening *opening, enum fps_label label, struct fps_span value)
{
	char *to = opening->labels[label];
	size_t len = value.len < sizeof(opening->labels[0]) ? value.len : sizeof(opening->labels[0]) - 1;

	if (*to == '\0' && !fps_span_is(value, "-")) {
		memcpy(to, value.len ? value.at : "", len);
		to[len] = '\0';
	}
}
