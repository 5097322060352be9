/*
 * Runs a command under what Docker's default seccomp profile refuses on x86_64, for dev/containers: without
 * CAP_SYS_ADMIN, CAP_SYS_PTRACE and the like. https://github.com/moby/profiles, seccomp/default.json; what is newer
 * than that profile is unknown to it, which runc answers with ENOSYS.
 *
 *   containers-seccomp [old] COMMAND...      old: as on a kernel before 4.8, without process_vm_readv and ptrace
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NEWEST 462 /* mseal */
#define NEW_NAMESPACES 0x7e020000

static const int refused[] = {SYS_acct, SYS_add_key, SYS_bpf, SYS_clock_settime, SYS_delete_module, SYS_fanotify_init,
	SYS_finit_module, SYS_fsconfig, SYS_fsmount, SYS_fsopen, SYS_fspick, SYS_get_mempolicy, SYS_init_module,
	SYS_io_uring_enter, SYS_io_uring_register, SYS_io_uring_setup, SYS_ioperm, SYS_iopl, SYS_kcmp, SYS_kexec_file_load,
	SYS_kexec_load, SYS_keyctl, SYS_lookup_dcookie, SYS_mbind, SYS_migrate_pages, SYS_mount, SYS_mount_setattr,
	SYS_move_mount, SYS_move_pages, SYS_open_by_handle_at, SYS_open_tree, SYS_perf_event_open, SYS_pidfd_getfd,
	SYS_pivot_root, SYS_process_madvise, SYS_quotactl, SYS_quotactl_fd, SYS_reboot, SYS_request_key, SYS_set_mempolicy,
	SYS_setdomainname, SYS_sethostname, SYS_setns, SYS_settimeofday, SYS_swapoff, SYS_swapon, SYS_syslog, SYS_sysfs,
	SYS_umount2, SYS_unshare, SYS_userfaultfd, SYS_uselib, SYS_ustat, SYS_vhangup};

static struct sock_filter code[200];
static unsigned short len;

static void add(unsigned short what, unsigned char yes, unsigned char no, unsigned value)
{
	code[len++] = (struct sock_filter) {what, yes, no, value};
}

static void refuse(int call, int error)
{
	add(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, (unsigned) call);
	add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | (unsigned) error);
}

static void make(int is_old)
{
	add(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		refuse(refused[i], EPERM);
	}
	if (is_old) {
		refuse(SYS_process_vm_readv, EPERM);
		refuse(SYS_process_vm_writev, EPERM);
		refuse(SYS_ptrace, EPERM);
	}
	refuse(SYS_clone3, ENOSYS);
	add(BPF_JMP | BPF_JGT | BPF_K, 0, 1, NEWEST);
	add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS);
	add(BPF_JMP | BPF_JEQ | BPF_K, 0, 3, SYS_clone);
	add(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, args[0]));
	add(BPF_JMP | BPF_JSET | BPF_K, 0, 1, NEW_NAMESPACES);
	add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EPERM);
	add(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
}

int main(int argc, char **argv)
{
	int is_old = argc > 1 && strcmp(argv[1], "old") == 0;
	struct sock_fprog program = {.filter = code};

	if (argc < 2 + is_old) {
		fputs("usage: containers-seccomp [old] COMMAND...\n", stderr);
		return 2;
	}
	make(is_old);
	program.len = len;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == -1) {
		perror("containers-seccomp");
		return 2;
	}
	execvp(argv[1 + is_old], argv + 1 + is_old);
	perror(argv[1 + is_old]);
	return 2;
}
