/*
 * What a unit test is written with: checks that go on after a failure, and the main function that
 * runs a program's tests. A test is a function; where its cases are a table, UNIT_CASE names the row.
 */
#ifndef FPS_UNIT_H
#define FPS_UNIT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *unit_test = "", *unit_case = "";
static unsigned unit_failures;

#define UNIT_CASE(name) (unit_case = (name))

static inline bool unit_check(bool good, const char *file, int line, const char *what)
{
	if (!good) {
		unit_failures++;
		printf("%s:%d: %s%s%s: %s\n", file, line, unit_test, *unit_case ? ", " : "", unit_case, what);
	}
	return good;
}

/* Bytes as a C literal would have them, the middle of long ones left out. */
static inline void unit_show(const char *label, const char *bytes, size_t len)
{
	printf("  %s (%zu bytes) \"", label, len);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char) bytes[i];

		if (len > 1000 && i == 500) {
			printf("\" ... \"");
			i = len - 500;
		}
		printf(c >= 0x20 && c < 0x7f && c != '"' && c != '\\' ? "%c" : "\\%03o", c);
	}
	printf("\"\n");
}

static inline bool unit_check_str(
	const char *actual, size_t len, const char *expected, const char *file, int line, const char *what)
{
	bool good = len == strlen(expected) && memcmp(actual, expected, len) == 0;

	if (!unit_check(good, file, line, what)) {
		unit_show("actual  ", actual, len);
		unit_show("expected", expected, strlen(expected));
	}
	return good;
}

static inline bool unit_check_int(int64_t actual, int64_t expected, const char *file, int line, const char *what)
{
	if (!unit_check(actual == expected, file, line, what)) {
		printf("  actual %lld, expected %lld\n", (long long) actual, (long long) expected);
	}
	return actual == expected;
}

#define CHECK(condition) unit_check((condition), __FILE__, __LINE__, #condition)
#define CHECK_STR(actual, len, expected) unit_check_str((actual), (len), (expected), __FILE__, __LINE__, #actual)
#define CHECK_INT(actual, expected) \
	unit_check_int((int64_t) (actual), (int64_t) (expected), __FILE__, __LINE__, #actual)

/* Whether the machine is known to lack something, like an emulator's kernel: the environment's UNIT_WITHOUT, words. */
static inline bool unit_without(const char *what)
{
	const char *without = getenv("UNIT_WITHOUT");

	return without && strstr(without, what);
}

/* Random numbers that are the same in every run (xorshift64*). */
static inline uint64_t unit_random(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15ULL;

	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dULL;
}

/* Runs a test in a child, for what can't be undone in a process. Its failures are the caller's. */
static inline void unit_in_child(void (*run)(void))
{
	int status = -1;

	fflush(stdout);
	pid_t pid = fork();

	if (pid == 0) {
		unit_failures = 0;
		run();
		fflush(stdout);
		_exit(unit_failures > 0);
	}
	if (!CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
		printf("  the child's wait status is 0x%x\n", (unsigned) status);
	}
}

struct unit_test {
	const char *name;
	void (*run)(void);
};

#define TEST(function) \
	{ \
#function, function \
	}
#define UNIT_MAIN(...) \
	int main(void) \
	{ \
		static const struct unit_test tests[] = {__VA_ARGS__}; \
		return unit_run(tests, COUNT(tests)); \
	}

static inline int unit_run(const struct unit_test *tests, size_t count)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < count; i++) {
		unit_test = tests[i].name;
		unit_case = "";
		tests[i].run();
	}
	return unit_failures > 0;
}

#endif
