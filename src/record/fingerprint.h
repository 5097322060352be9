/* One number for one defect, the same in every process and on every host. AS-safe. */
#ifndef FPS_SIG_FINGERPRINT_H
#define FPS_SIG_FINGERPRINT_H

#include "blackbox.h"

/*
 * A hash of the cause and the innermost five PHP frames at the death (class, function, file; no lines). Where there are
 * none, as where another thread died, of the innermost five native ones (build id, offset); without those, of script
 * and phase. Of the cause and the pool alone for what ends a worker wherever that is, as SIGKILL does.
 */
uint64_t fps_sig_fingerprint(const struct fps_slot *slot);

#endif
