/* phpmessage.c: PHP's messages as FPM hands them to the web server, and what pages write into them. */
#include "unit.h"

#include "log/phpmessage.h"

#define FATAL "PHP message: PHP Fatal error:  "
#define AT " in /srv/a.php on line 3"

static void fatal_errors(void)
{
	static const struct {
		const char *said;
		enum fps_php_kind kind;
		const char *message;
	} cases[] = {
		{FATAL "Uncaught Error: x in /srv/a.php:3", FPS_PHP_EXCEPTION,
			"PHP Fatal error:  Uncaught Error: x in /srv/a.php:3"},
		{FATAL "Uncaught RuntimeException: child said: Allowed memory size of 1 bytes exhausted" AT, FPS_PHP_EXCEPTION,
			NULL},
		{FATAL "Allowed memory size of 134217728 bytes exhausted (tried to allocate 20480 bytes)" AT,
			FPS_PHP_MEMORY_LIMIT, NULL},
		{FATAL "Out of memory (allocated 262144) (tried to allocate 4096 bytes)" AT, FPS_PHP_OUT_OF_MEMORY, NULL},
		{FATAL "Out of memory (allocated 2097152 bytes) (tried to allocate 4096 bytes)" AT, FPS_PHP_OUT_OF_MEMORY,
			NULL},
		{FATAL "Maximum execution time of 30 seconds exceeded" AT, FPS_PHP_MAX_EXECUTION_TIME, NULL},
		{FATAL "Cannot redeclare a()" AT, FPS_PHP_FATAL, NULL},
		{"PHP message: PHP Parse error:  syntax error, unexpected end of file" AT, FPS_PHP_PARSE, NULL},
		{"PHP message: PHP Recoverable fatal error:  a" AT, FPS_PHP_FATAL, NULL},
		{"PHP Fatal error:  a" AT, FPS_PHP_FATAL, "PHP Fatal error:  a" AT},
		/* several */
		{"PHP message: PHP Warning:  a" AT "\n" FATAL "b" AT, FPS_PHP_FATAL, "PHP Fatal error:  b" AT},
		{"PHP message: PHP Warning:  a" AT "\\n" FATAL "b" AT, FPS_PHP_FATAL, "PHP Fatal error:  b" AT},
		{"PHP message: PHP Warning:  a" AT "; " FATAL "b" AT, FPS_PHP_FATAL, NULL},
		{"PHP message: PHP Warning:  a" AT FATAL "b" AT, FPS_PHP_FATAL, NULL},
		{"PHP message: said" FATAL "b" AT, FPS_PHP_FATAL, NULL},
		/* what is quoted is no error of this request */
		{"PHP message: PHP Warning:  job failed: PHP Fatal error:  Uncaught Error: x in /srv/b.php:1" AT, FPS_PHP_NONE,
			NULL},
		{"PHP message: PHP Warning:  job failed: " FATAL "x" AT, FPS_PHP_NONE, NULL},
		{"PHP message: it said \"" FATAL "x\"", FPS_PHP_NONE, NULL},
		{"PHP message: Allowed memory size of 1 bytes exhausted", FPS_PHP_NONE, NULL},
		{"PHP message: PHP Warning:  a\nPHP Fatal error:  b" AT, FPS_PHP_NONE, NULL},
		{"Primary script unknown", FPS_PHP_NONE, NULL},
		{"PHP message: PHP Fatal errors are bad: ", FPS_PHP_NONE, NULL},
		{"", FPS_PHP_NONE, NULL},
	};
	struct fps_span message;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fps_span said = {cases[i].said, strlen(cases[i].said)};

		UNIT_CASE(cases[i].said);
		CHECK_INT(fps_phpmessage_fatal(said, &message), cases[i].kind);
		if (cases[i].message != NULL) {
			CHECK_STR(message.at, message.len, cases[i].message);
		}
	}
	UNIT_CASE("");
}

int main(void)
{
	static const struct unit_test tests[] = {TEST(fatal_errors)};

	return unit_run(tests, COUNT(tests));
}
