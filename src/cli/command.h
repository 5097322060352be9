/*
 * A command of the tool: a file below command/.
 */
#ifndef FPS_COMMAND_H
#define FPS_COMMAND_H

/* Exit statuses of the tool. */
enum { FPS_EXIT_EXPLAINED, FPS_EXIT_UNEXPLAINED, FPS_EXIT_TROUBLE };

struct fps_command {
	const char *name, *summary;
	/* The arguments begin with the command's name. Returns an exit status. */
	int (*run)(int argc, char **argv);
};

extern const struct fps_command fps_command_trace, fps_command_show, fps_command_report, fps_command_doctor,
	fps_command_setup;

#endif
