/* The quick pass: one look for words in a whole buffer, and a few bytes of each line. */
#include "log/scan.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) \
	&& !defined(__SANITIZE_ADDRESS__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

enum { BEGINNING = 21 }; /* bytes of `2026/05/12 10:00:00 [` */

typedef unsigned char block __attribute__((vector_size(32)));
typedef uint64_t words __attribute__((vector_size(32)));

static bool is_word(const char *at, const char *end)
{
	return (end - at >= 8 && memcmp(at, "upstream", 8) == 0) || (end - at >= 7 && memcmp(at, "resolve", 7) == 0)
		|| (end - at >= 6 && memcmp(at, "stderr", 6) == 0);
}

/*
 * The first "upstream", "resolve" or "stderr", by two letters of each that are rare together; `end` if there is none.
 * Thirty-two places at a time.
 */
WIDE static const char *find_word(const char *at, const char *end)
{
	for (; end - at >= (long) sizeof(block) + 8; at += sizeof(block)) {
		block first, last, second, third, fourth, fifth;

		memcpy(&first, at, sizeof(block));
		memcpy(&last, at + 7, sizeof(block));   /* upstreaM */
		memcpy(&second, at + 4, sizeof(block)); /* resoLve */
		memcpy(&third, at + 5, sizeof(block));  /* resolVe */
		memcpy(&fourth, at + 1, sizeof(block)); /* sTderr */
		memcpy(&fifth, at + 2, sizeof(block));  /* stDerr */
		words hits = (words) (((first == 'u') & (last == 'm')) | ((second == 'l') & (third == 'v'))
			| ((fourth == 't') & (fifth == 'd')));

		if ((hits[0] | hits[1] | hits[2] | hits[3]) == 0) {
			continue;
		}
		for (size_t i = 0; i < sizeof(block); i++) {
			if (is_word(at + i, end)) {
				return at + i;
			}
		}
	}
	for (; at < end; at++) {
		if (is_word(at, end)) {
			return at;
		}
	}
	return end;
}

static uint64_t load(const char *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* Whether `0000/00/00 00:00:00 [` may stand here: its signs, the digits are left to who takes it apart. */
static bool may_begin(const char *at)
{
	static const char mask[] = "\0\0\0\0\xff\0\0\xff"
							   "\0\0\xff\0\0\xff\0\0",
					  like[] = "\0\0\0\0/\0\0/"
							   "\0\0 \0\0:\0\0";

	return (load(at) & load(mask)) == load(like) && (load(at + 8) & load(mask + 8)) == load(like + 8) && at[16] == ':'
		&& at[19] == ' ' && at[20] == '[';
}

/* [crit] and [alert]: nginx's own faults need not name an upstream. */
static bool is_critical(const char *at, const char *end)
{
	return end - at > BEGINNING + 1 && (memcmp(at + BEGINNING, "cr", 2) == 0 || memcmp(at + BEGINNING, "al", 2) == 0);
}

uint64_t fps_scan_skip(struct fps_scan *scan, struct fps_span *text)
{
	const char *at = text->at, *end = at + text->len;
	uint64_t count = 0;

	if (text->len < BEGINNING || !may_begin(at)) {
		return 0;
	}
	for (;;) {
		const char *newline = memchr(at, '\n', (size_t) (end - at));

		if (newline == NULL || end - newline <= BEGINNING || !may_begin(newline + 1)) {
			break;
		}
		if (scan->word == NULL || scan->word < at) {
			scan->word = find_word(at, end);
		}
		if (scan->word < newline || is_critical(at, newline)) {
			break;
		}
		at = newline + 1;
		count++;
	}
	*text = (struct fps_span) {at, (size_t) (end - at)};
	return count;
}
