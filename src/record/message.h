/*
 * A death in a sentence: for the record's message, and for nginx's error log. May be called from
 * a signal handler.
 */
#ifndef FPS_SIG_MESSAGE_H
#define FPS_SIG_MESSAGE_H

#include "blackbox.h"
#include "record/buf.h"

/* "segfault", as in RECORD's closed list of causes. */
const char *fps_sig_message_cause(const struct fps_draft *draft);
const char *fps_sig_message_name(enum fps_cause cause);

/*
 * "worker-death", "request-killed" ..., and whether it is the first; and how grave: "critical", "error", "warning",
 * "info".
 */
const char *fps_sig_message_action(const struct fps_draft *draft);
bool fps_sig_message_is_death(const struct fps_draft *draft);
const char *fps_sig_message_level(const struct fps_draft *draft);

/* "startup", "execute" ...; NULL outside of a request's life. */
const char *fps_sig_message_phase(enum fps_phase phase);

/* The event's id: 32 lower-case hexadecimal digits that sort by time, the same whoever asks. */
void fps_sig_message_id(const struct fps_slot *slot, struct fps_sig_buf *to);

/*
 * The next earlier event of the same request, from *next on, which begins at 0; NULL behind the last. And its id.
 */
const struct fps_earlier *fps_sig_message_earlier(const struct fps_slot *slot, uint32_t *next);
void fps_sig_message_earlier_id(const struct fps_slot *slot, const struct fps_earlier *earlier, struct fps_sig_buf *to);

/*
 * How long before the death memory and PHP stack were taken, in whole milliseconds: 0 if not before, else at least 1.
 */
bool fps_sig_message_is_sampled(const struct fps_draft *draft);
uint64_t fps_sig_message_age_ms(const struct fps_draft *draft);

/* The one that the death of this request will have. */
void fps_sig_message_death_id(const struct fps_slot *slot, struct fps_sig_buf *to);

/* "www[8785] segfault: null pointer read at 0x0, 0.012 s into GET /a.php, in f() at /srv/a.php:3" */
void fps_sig_message_text(const struct fps_slot *slot, struct fps_sig_buf *to);

/*
 * "fpmsentinel: segfault in f() at /srv/a.php:3 (record 0192...)"; with an error of
 * fps_sig_logfile_append() instead of the id why there is no record, with -1 neither.
 */
void fps_sig_message_last_words(const struct fps_slot *slot, int error, struct fps_sig_buf *to);

/*
 * Text of the arena, up to a NUL behind which the engine hides the rest of "class@anonymous", as
 * in PHP's own messages. A span that points out of the arena is empty.
 */
const char *fps_sig_message_span(const struct fps_draft *draft, struct fps_arena_span span, size_t *len);

#endif
