/* What the overview as text and as JSON have in common. */
#include "output/overview.h"

bool fps_overview_is_new(const struct fps_overview *overview, const struct fps_defect *defect)
{
	return defect->new_since || (overview->knows_new && defect->first >= overview->now - 86400);
}
