/* One number for one defect, the same in every process and on every host. AS-safe. */
#ifndef FPS_SIG_FINGERPRINT_H
#define FPS_SIG_FINGERPRINT_H

#include "../blackbox.h"

/*
 * A hash of the cause and the innermost five PHP frames (class, function, file; no lines), or,
 * where there are none, of the innermost five native ones (build id, offset).
 */
uint64_t fps_sig_fingerprint(const struct fps_draft *draft);

#endif
