/* The draft's stacks as JSON: the members "php" and "native" of a record. AS-safe. */
#ifndef FPS_SIG_FRAMES_H
#define FPS_SIG_FRAMES_H

#include "blackbox.h"
#include "record/json.h"

#define FPS_SIG_FRAME_NAME 128

/* The names of the native frames to come, "" for none; NULL, as at first: nobody has looked. Not copied. */
void fps_sig_frames_name(const char (*names)[FPS_SIG_FRAME_NAME]);

/* At most `show` frames, from both ends; frames_omitted says how many are left out. */
void fps_sig_frames_php(struct fps_sig_json *json, const struct fps_draft *draft, const char *version, uint32_t show);

/*
 * The array "calls": the first arguments of functions that fpmsentinel.calls lists, for the frames that are shown, in
 * their order. A call whose argument is not known is listed without a name if a frame of the same function further out
 * has one, so that a reader can tell whose it is.
 */
void fps_sig_frames_calls(struct fps_sig_json *json, const struct fps_draft *draft, uint32_t show);

void fps_sig_frames_native(struct fps_sig_json *json, const struct fps_draft *draft, uint32_t show);

#endif
