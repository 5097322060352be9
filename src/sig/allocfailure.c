#include "sig/allocfailure.h"

#include "record/buf.h"
#include "sig/proc.h"
#include "sig/sender.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#define OVERCOMMIT_NEVER 2

/* "RLIMIT_AS allows 512 MiB of address space, of which 509 are in use" */
static void add_limit(struct fps_draft *draft, int resource, const char *allows, const char *of_what, uint64_t used)
{
	struct rlimit limit;
	struct fps_sig_buf text;
	char words[sizeof draft->evidence[0]];

	if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
		return;
	}
	fps_sig_buf_init(&text, words, sizeof words);
	fps_sig_buf_text(&text, allows);
	fps_sig_buf_u64(&text, limit.rlim_cur >> 20);
	fps_sig_buf_text(&text, of_what);
	fps_sig_buf_u64(&text, used >> 20);
	fps_sig_buf_text(&text, " are in use");
	fps_sig_buf_terminate(&text);
	fps_sig_sender_evidence(draft, words, 0, NULL);
}

/*
 * errno stays what it was until something else fails, so it hints at the reason and proves it only together with a
 * limit.
 */
void fps_sig_allocfailure_fill(struct fps_draft *draft, int error)
{
	struct fps_sig_buf text;
	uint64_t mapped, data;

	if (error != ENOMEM) {
		return;
	}
	fps_sig_buf_init(&text, draft->error_message, sizeof draft->error_message);
	text.len = strnlen(draft->error_message, sizeof draft->error_message - 1);
	fps_sig_buf_text(&text, " after memory was refused (ENOMEM)"); /* src/cli/explain/advice.c looks for these words */
	fps_sig_buf_terminate(&text);

	fps_sig_proc_self_mapped(&mapped, &data);
	add_limit(draft, RLIMIT_AS, "RLIMIT_AS allows ", " MiB of address space, of which ", mapped);
	add_limit(draft, RLIMIT_DATA, "RLIMIT_DATA allows ", " MiB of private memory, of which ", data);
	if (fps_sig_proc_overcommit() == OVERCOMMIT_NEVER) {
		fps_sig_sender_evidence(
			draft, "vm.overcommit_memory is 2: the kernel refuses what is beyond CommitLimit", 0, NULL);
	}
}
