/*
 * Lines of logs, each by itself, for `fpmsentinel explain`: what happened, or what may have happened and what would
 * decide.
 */
#ifndef FPS_EXPLAINLINE_H
#define FPS_EXPLAINLINE_H

#include <stdbool.h>

/* Explains the lines of standard input, as text or JSON. Returns an exit status. */
int fps_explainline_input(bool as_json);

/*
 * Explains one line, or a message without what a log puts around it, or a word for one: "104", "SIGKILL". -1: it is
 * none, and nothing has been said.
 */
int fps_explainline_text(const char *text, bool as_json);

#endif
