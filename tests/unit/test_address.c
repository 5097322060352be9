/* address.c: where nginx sends a request and where a pool listens, as the same address or not. */
#include "unit.h"

#include "log/address.h"

#include <sys/stat.h>

static enum fps_fit fit(const char *upstream, const char *listen)
{
	struct fps_address one = fps_address_of_upstream((struct fps_span) {upstream, strlen(upstream)}),
					   other = fps_address_of_listen(listen);
	enum fps_fit found = fps_address_fit(&one, &other);

	/* in this order an upstream is looked up among the addresses of all pools */
	if (one.kind != FPS_ADDRESS_NONE && fps_address_compare(&one, &other) == 0) {
		CHECK_INT(found, FPS_FIT_SAME);
	}
	fps_address_free(&one);
	fps_address_free(&other);
	return found;
}

struct pair {
	const char *upstream, *listen;
	enum fps_fit fit;
};

static void check(const struct pair *pairs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char name[512];

		snprintf(name, sizeof name, "%s and %s", pairs[i].upstream, pairs[i].listen ? pairs[i].listen : "none");
		UNIT_CASE(name);
		CHECK_INT(fit(pairs[i].upstream, pairs[i].listen), pairs[i].fit);
		UNIT_CASE("");
	}
}

static void paths(void)
{
	static const struct pair pairs[] = {
		{"fastcgi://unix:/run/nowhere/a.sock:", "/run/nowhere/a.sock", FPS_FIT_SAME},
		{"fastcgi://unix:/run/nowhere/a.sock", "/run/nowhere/a.sock", FPS_FIT_SAME},
		{"unix:/run/nowhere/a.sock:", "/run/nowhere/a.sock", FPS_FIT_SAME},
		{"fastcgi://unix:/var/run/nowhere/a.sock:", "/run/nowhere/a.sock", FPS_FIT_SAME},
		{"fastcgi://unix:/run/nowhere/a.sock:", "/var/run/nowhere/a.sock", FPS_FIT_SAME},
		{"fastcgi://unix://run//nowhere/./b/../a.sock:", "/run/nowhere/a.sock", FPS_FIT_SAME},
		{"fastcgi://unix:/../../run/nowhere/a.sock:", "/run/nowhere/a.sock", FPS_FIT_SAME},
		{"fastcgi://unix:/run/nowhere/a.sock:", "/run/nowhere/b.sock", FPS_FIT_OTHER},
		{"fastcgi://unix:/run/nowhere/a.sock:", "/run/nowhere/a.sock2", FPS_FIT_OTHER},
		{"fastcgi://unix:/run/nowhere/A.sock:", "/run/nowhere/a.sock", FPS_FIT_OTHER},
		/* from within a chroot or a container, or nginx within one */
		{"fastcgi://unix:/srv/jail/run/a.sock:", "/run/a.sock", FPS_FIT_LIKELY},
		{"fastcgi://unix:/run/a.sock:", "/var/www/run/a.sock", FPS_FIT_LIKELY},
		{"fastcgi://unix:other.sock:", "/srv/nginx/other.sock", FPS_FIT_LIKELY},
		{"fastcgi://unix:/srv/jail/xrun/a.sock:", "/run/a.sock", FPS_FIT_OTHER},
		{"fastcgi://unix:/a:", "/", FPS_FIT_OTHER},
		/* who knows */
		{"", "/run/a.sock", FPS_FIT_UNKNOWN},
		{"fastcgi://", "/run/a.sock", FPS_FIT_UNKNOWN},
		{"fastcgi://unix:", "/run/a.sock", FPS_FIT_UNKNOWN},
		{"fastcgi://unix::", "/run/a.sock", FPS_FIT_UNKNOWN},
		{"fastcgi://unix:/run/a.sock:", NULL, FPS_FIT_UNKNOWN},
		{"fastcgi://unix:/run/a.sock:", "", FPS_FIT_UNKNOWN},
		{"fastcgi://unix:/run/a\xe9.sock:", "/run/a\xef\xbf\xbd.sock", FPS_FIT_UNKNOWN},
		{"fastcgi://php", "/run/a.sock", FPS_FIT_UNKNOWN}, /* a group of nginx's */
		{"fastcgi://unix:/run/a.sock:", "127.0.0.1:9000", FPS_FIT_OTHER},
		{"fastcgi://127.0.0.1:9000", "/run/a.sock", FPS_FIT_OTHER},
	};

	check(pairs, COUNT(pairs));
}

static void hosts(void)
{
	static const struct pair pairs[] = {
		{"fastcgi://127.0.0.1:9000", "127.0.0.1:9000", FPS_FIT_SAME},
		{"fastcgi://127.0.0.1:9000", "127.0.0.1:9001", FPS_FIT_OTHER},
		{"fastcgi://127.0.0.1:9000", "127.0.0.2:9000", FPS_FIT_OTHER},
		{"fastcgi://127.0.0.1:9912", "[::]:9912", FPS_FIT_LIKELY},
		{"fastcgi://127.0.0.1:9912", "0.0.0.0:9912", FPS_FIT_LIKELY},
		{"fastcgi://127.0.0.1:9912", "*:9912", FPS_FIT_LIKELY},
		{"fastcgi://127.0.0.1:9912", "9912", FPS_FIT_LIKELY},
		{"fastcgi://127.0.0.1:9912", ":9912", FPS_FIT_LIKELY},
		{"fastcgi://10.0.0.7:9912", "[::]:9912", FPS_FIT_LIKELY},
		{"fastcgi://[2001:db8::7]:9912", "[::]:9912", FPS_FIT_LIKELY},
		{"fastcgi://0.0.0.0:9912", "127.0.0.1:9912", FPS_FIT_LIKELY},
		{"fastcgi://127.0.0.1:9001", "[::]:9000", FPS_FIT_OTHER},
		{"fastcgi://[2001:DB8::A]:9000", "[2001:db8::a]:9000", FPS_FIT_SAME},
		{"fastcgi://[2001:db8:0:0::a]:9000", "[2001:db8::a]:9000", FPS_FIT_SAME},
		{"fastcgi://[fe80::1%eth0]:9000", "[fe80::1]:9000", FPS_FIT_SAME},
		{"fastcgi://127.0.0.1:9000", "[::ffff:127.0.0.1]:9000", FPS_FIT_SAME},
		{"fastcgi://127.0.0.1:9000", "[::ffff:7f00:1]:9000", FPS_FIT_SAME},
		{"fastcgi://127.0.0.1:9000", "[::ffff:0.0.0.0]:9000", FPS_FIT_LIKELY},
		{"fastcgi://[::1]:9000", "127.0.0.1:9000", FPS_FIT_OTHER},
		{"fastcgi://localhost:9000", "127.0.0.1:9000", FPS_FIT_LIKELY},
		{"fastcgi://LOCALHOST:9000", "[::1]:9000", FPS_FIT_LIKELY},
		{"fastcgi://localhost:9000", "localhost:9000", FPS_FIT_SAME},
		{"fastcgi://localhost:9000", "10.0.0.7:9000", FPS_FIT_UNKNOWN}, /* hosts files say strange things */
		{"fastcgi://localhost.example:9000", "127.0.0.1:9000", FPS_FIT_UNKNOWN},
		{"fastcgi://php:9000", "[::]:9000", FPS_FIT_LIKELY},
		{"fastcgi://php:9000", "127.0.0.1:9000", FPS_FIT_UNKNOWN},
		{"fastcgi://php:9001", "[::]:9000", FPS_FIT_OTHER},
		{"127.0.0.1:9000", "127.0.0.1:9000", FPS_FIT_SAME},
		{"fastcgi://127.0.0.1:09000", "127.0.0.1:9000", FPS_FIT_SAME},
		{"fastcgi://127.0.0.1:0", "127.0.0.1:0", FPS_FIT_UNKNOWN},
		{"fastcgi://127.0.0.1:65536", "127.0.0.1:65536", FPS_FIT_UNKNOWN},
		{"fastcgi://127.0.0.1:9000", "127.0.0.1:9000000000000000000000", FPS_FIT_UNKNOWN},
		{"fastcgi://127.0.0.1:90x", "127.0.0.1:90", FPS_FIT_UNKNOWN},
		{"fastcgi://[::1:9000", "[::1]:9000", FPS_FIT_UNKNOWN},
		{"fastcgi://[]:9000", "[::]:9000", FPS_FIT_UNKNOWN},
		{"fastcgi://[:9000", "[::]:9000", FPS_FIT_UNKNOWN},
		{"fastcgi://127.0.0.1", "127.0.0.1:80", FPS_FIT_UNKNOWN},
	};

	check(pairs, COUNT(pairs));
}

static char tree[64] = "/tmp/fps-address-XXXXXX"; /* without links in its own name, and nobody else's */

static const char *in_tree(const char *format)
{
	static char texts[8][512];
	static unsigned next;
	char *text = texts[next++ % COUNT(texts)];

	snprintf(text, sizeof texts[0], format, tree);
	return text;
}

#define LINK(to, name) CHECK_INT(symlink(to, in_tree("%s/" name)), 0)
#define FIT(upstream, listen) fit(in_tree("fastcgi://unix:%s/" upstream ":"), in_tree("%s/" listen))

/* Links count as the kernel has them, also where the socket is not there any more. */
static void links(void)
{
	if (!CHECK(mkdtemp(tree) != NULL)) {
		return;
	}
	CHECK_INT(mkdir(in_tree("%s/run"), 0755), 0);
	CHECK_INT(mkdir(in_tree("%s/run/php"), 0755), 0);
	LINK("run", "var-run");
	LINK(in_tree("%s/run"), "absolute");
	LINK("alternative", "run/php/php-fpm.sock"); /* as Debian has it */
	LINK("php8.2-fpm.sock", "run/php/alternative");
	LINK("loop", "loop");
	LINK("run/php", "deep");

	CHECK_INT(FIT("run/php/php-fpm.sock", "run/php/php8.2-fpm.sock"), FPS_FIT_SAME);
	CHECK_INT(FIT("run/php/php-fpm.sock", "run/php/php8.1-fpm.sock"), FPS_FIT_OTHER);
	CHECK_INT(FIT("var-run/php/a.sock", "run/php/a.sock"), FPS_FIT_SAME);
	CHECK_INT(FIT("run/php/a.sock", "var-run/php/a.sock"), FPS_FIT_SAME);
	CHECK_INT(FIT("absolute/php/a.sock", "var-run/php/./a.sock"), FPS_FIT_SAME);
	CHECK_INT(FIT("deep/../a.sock", "run/a.sock"), FPS_FIT_SAME);
	CHECK_INT(FIT("run/php/../a.sock", "run/a.sock"), FPS_FIT_SAME);
	CHECK_INT(FIT("loop/a.sock", "run/a.sock"), FPS_FIT_OTHER);
	CHECK_INT(FIT("loop/a.sock", "loop/a.sock"), FPS_FIT_SAME);
	CHECK_INT(FIT("nowhere/a.sock", "run/a.sock"), FPS_FIT_OTHER);
}

/* Whoever can put a link where their pool listens does not listen for another pool. */
static void strangers(void)
{
	CHECK_INT(mkdir(in_tree("%s/evil"), 0755), 0);
	CHECK_INT(mkdir(in_tree("%s/evil/mine"), 0755), 0);
	LINK("../run/php/shop.sock", "evil/evil.sock");
	LINK("../../run/php", "evil/mine/php");
	CHECK_INT(FIT("run/php/shop.sock", "evil/evil.sock"), FPS_FIT_SAME);
	CHECK_INT(chmod(in_tree("%s/evil"), 0777), 0);
	strcat(tree, "/."); /* another name, which no cache has */
	CHECK_INT(FIT("run/php/shop.sock", "evil/evil.sock"), FPS_FIT_OTHER);
	CHECK_INT(FIT("run/php/shop.sock", "evil/mine/php/shop.sock"), FPS_FIT_OTHER);
	/* nginx does go where that leads */
	CHECK_INT(FIT("evil/evil.sock", "run/php/shop.sock"), FPS_FIT_SAME);
	CHECK_INT(chmod(in_tree("%s/evil"), 01777), 0);
	strcat(tree, "/.");
	CHECK_INT(FIT("run/php/shop.sock", "evil/evil.sock"), FPS_FIT_SAME); /* sticky, and its own */
	if (geteuid() == 0) {
		CHECK_INT(lchown(in_tree("%s/evil/evil.sock"), 65534, 65534), 0);
		strcat(tree, "/.");
		CHECK_INT(FIT("run/php/shop.sock", "evil/evil.sock"), FPS_FIT_OTHER);
		CHECK_INT(chmod(in_tree("%s/evil"), 0755) == 0 && chown(in_tree("%s/evil"), 65534, 65534) == 0, true);
		strcat(tree, "/.");
		CHECK_INT(FIT("run/php/shop.sock", "evil/evil.sock"), FPS_FIT_OTHER);
	}
}

/* Names that nobody has measured, and more of them than are remembered. */
static void long_and_many(void)
{
	char text[9000], name[64];

	memset(text, 'a', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	memcpy(text, "fastcgi://unix:/", strlen("fastcgi://unix:/"));
	CHECK_INT(fit(text, text + strlen("fastcgi://unix:")), FPS_FIT_UNKNOWN);
	memcpy(text, "fastcgi://", strlen("fastcgi://"));
	CHECK_INT(fit(text, "[::]:9000"), FPS_FIT_UNKNOWN);
	for (size_t i = 0; i < 500; i += 2) {
		memcpy(text + i, "/.", 2);
	}
	strcpy(text + 500, "/x");
	CHECK_INT(fit("fastcgi://unix:/x:", text), FPS_FIT_SAME);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 500; i++) {
			char upstream[96];

			snprintf(name, sizeof name, "/run/php/%d.sock", i);
			snprintf(upstream, sizeof upstream, "fastcgi://unix:%s:", name);
			CHECK_INT(fit(upstream, name), FPS_FIT_SAME);
		}
	}
}

static void clean_up(void)
{
	char command[1024];

	snprintf(command, sizeof command, "rm -rf '%.*s'", (int) strlen("/tmp/fps-address-XXXXXX"), tree);
	CHECK_INT(system(command), 0);
}

int main(void)
{
	static const struct unit_test tests[] = {
		TEST(paths), TEST(hosts), TEST(links), TEST(strangers), TEST(long_and_many), TEST(clean_up)};

	return unit_run(tests, COUNT(tests));
}
