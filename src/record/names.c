#include "record/names.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#if defined(__x86_64__)
static const char *const registers[FPS_SIG_NAMES_REGISTERS] = {
	"rip",
	"rsp",
	"rbp",
	"rax",
	"rbx",
	"rcx",
	"rdx",
	"rsi",
	"rdi",
	"r8",
	"r9",
	"r10",
	"r11",
	"r12",
	"r13",
	"r14",
	"r15",
	"eflags",
};
#define ARCH "x86_64"
#elif defined(__aarch64__)
static const char *const registers[FPS_SIG_NAMES_REGISTERS] = {
	"x0",
	"x1",
	"x2",
	"x3",
	"x4",
	"x5",
	"x6",
	"x7",
	"x8",
	"x9",
	"x10",
	"x11",
	"x12",
	"x13",
	"x14",
	"x15",
	"x16",
	"x17",
	"x18",
	"x19",
	"x20",
	"x21",
	"x22",
	"x23",
	"x24",
	"x25",
	"x26",
	"x27",
	"x28",
	"x29",
	"x30",
	"sp",
	"pc",
};
#define ARCH "aarch64"
#else
static const char *const registers[1];
#define ARCH "unknown"
#endif

const char *fps_sig_names_arch(void)
{
	return ARCH;
}

const char *fps_sig_names_register(uint32_t index)
{
	return index < FPS_SIG_NAMES_REGISTERS ? registers[index] : NULL;
}

const char *fps_sig_names_error(int error)
{
	switch (error) {
		case EACCES:
		case EPERM: return "permission denied";
		case ENOENT: return "no such directory";
		case ENOTDIR: return "not a directory";
		case ELOOP: return "is a symbolic link";
		case EINVAL:
		case ENXIO: /* a FIFO without a reader, a socket */
		case EISDIR: return "is not a regular file";
		case ENOSPC:
		case EDQUOT: return "no space left";
		case EROFS: return "the file system is read-only";
		case EFBIG: return "file size limit reached";
		case EMFILE:
		case ENFILE: return "too many open files";
		case EAGAIN: return "the pipe is full";
		case ETIMEDOUT: return "it took too long";
		case ECHILD: return "the coroner's supervisor, which could become this user, is gone";
		case ENAMETOOLONG: return "the path is too long";
		case FPS_SIG_TRUSTEDPATH_REFUSED: return "others decide which file that is";
		default: return "input/output error";
	}
}

bool fps_sig_names_is_libc(const char *path)
{
	return strstr(path, "/libc.so") || strstr(path, "/ld-musl");
}
