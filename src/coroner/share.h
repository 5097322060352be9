/* How much of the log one worker may take for what is no death. */
#ifndef FPS_CORONER_SHARE_H
#define FPS_CORONER_SHARE_H

#include "ward.h"

/*
 * Whether one more event of that ward may be written. A worker keeps to fpmsentinel.max_per_minute by itself (src/quota.h); one whose
 * native code does not may write twice that, since its minutes need not be the coroner's, and standard error says once a minute that
 * there was more.
 */
bool fps_share_take(struct fps_ward *ward, uint64_t now_ns);

#endif
