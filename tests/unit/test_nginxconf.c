/*
 * nginxconf.c, nginxtoken.c, nginxpass.c, nginxvalues.c and units.c: nginx's grammar, what is wrong with it, and where
 * fastcgi_pass leads.
 */
#include "unit.h"

#include "base/alloc.h"
#include "base/units.h"
#include "config/nginxpass.h"

#define FILE_ "# configuration file /etc/nginx/nginx.conf:\n"

static const struct {
	const char *name, *text, *error; /* NULL: none */
} texts[] = {
	{"nothing", FILE_, NULL},
	{"no dump", "http {\n}\n", "no line \"# configuration file NAME:\": this is not what nginx -T prints"},
	{"what nginx says before it", "nginx: configuration file test is successful\n" FILE_ "user x;\n", NULL},
	{"no semicolon", FILE_ "user x\n",
		"/etc/nginx/nginx.conf:1: the file ends in the middle of this directive, without \";\""},
	{"no semicolon before a brace", FILE_ "http {\n user x\n}\n",
		"/etc/nginx/nginx.conf:3: unexpected \"}\": the directive before it has no \";\""},
	{"cut", FILE_ "http {\n server {\n  listen 80;\n", "/etc/nginx/nginx.conf:2: this block has no closing \"}\""},
	{"too many braces", FILE_ "http {\n}\n}\n", "/etc/nginx/nginx.conf:3: unexpected \"}\": no block is open"},
	{"no name", FILE_ ";", "/etc/nginx/nginx.conf:1: unexpected \";\""},
	{"no name for a block", FILE_ "http { {} }", "/etc/nginx/nginx.conf:1: unexpected \"{\""},
	{"a quote", FILE_ "a \"b;\n\nc d;\n", "/etc/nginx/nginx.conf:1: a quote is opened here and never closed"},
	{"behind a quote", FILE_ "a 'b'c;", "/etc/nginx/nginx.conf:1: something follows right behind a closing quote"},
	{"a bracket behind a quote", FILE_ "if ($a = 'b') { c d; }", NULL},
	{"Lua",
		FILE_
		"content_by_lua_block {\n if x then y = '}' -- }\n --[[ } ]] z = [=[ } ]] ]=] end { } \"\\\"}\"\n}\nuser x;",
		NULL},
	{"Lua, cut", FILE_ "x y;\ncontent_by_lua_block { {} ",
		"/etc/nginx/nginx.conf:2: a block of Lua is opened here and never closed"},
	{"a table", FILE_ "map $a $b {\n default 0;\n \"~*{x}\" 1;\n}\nuser x;", NULL},
	{"a table, cut", FILE_ "\nmap $a $b {\n default 0;\n", "/etc/nginx/nginx.conf:2: this block has no closing \"}\""},
	{"an include",
		FILE_ "include a/*.conf;\ninclude b;\n# configuration file /etc/nginx/a/1.conf:\nuser x;\n# configuration file "
			  "/etc/nginx/b:\n",
		NULL},
	{"an include that is not there", FILE_ "\ninclude b;",
		"/etc/nginx/nginx.conf:2: includes /etc/nginx/b, which is not part of the input; is the nginx -T "
		"output truncated?"},
	{"an include of nothing", FILE_ "include a/*.conf;", NULL},
	{"an include of itself", FILE_ "include nginx.conf;",
		"/etc/nginx/nginx.conf:1: files that include files, too deep"},
	{"within an include", FILE_ "include b;\n# configuration file /etc/nginx/b:\n\n\na",
		"/etc/nginx/b:3: the file ends in the middle of this directive, without \";\""},
};

static bool parse(struct fps_nginxconf *conf, const char *text)
{
	return fps_nginxconf_parse(conf, (struct fps_span) {text, strlen(text)});
}

static void texts_are_read_or_refused(void)
{
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct fps_nginxconf conf = {.error = NULL};

		UNIT_CASE(texts[i].name);
		CHECK_INT(parse(&conf, texts[i].text), texts[i].error == NULL);
		if (conf.error || texts[i].error) {
			CHECK_STR(conf.error ? conf.error : "", conf.error ? strlen(conf.error) : 0,
				texts[i].error ? texts[i].error : "");
		}
		fps_nginxconf_free(&conf);
	}
	UNIT_CASE("");
}

static void blocks_in_blocks_end(void)
{
	struct fps_nginxconf conf = {.error = NULL};
	char text[4096] = FILE_;

	while (strlen(text) + 5 < sizeof text) {
		strcat(text, "a { ");
	}
	CHECK(!parse(&conf, text));
	CHECK(conf.error && strstr(conf.error, "no closing"));
	fps_nginxconf_free(&conf);
}

static void words_are_unescaped(void)
{
	static const char text[] = FILE_ "# no; a\n a \"b \\\"c\\n\\d\" 'e\\'f' g\\;h ${i}j #k\n $l{ m#n o\\\\p; }";
	static const char *const words[] = {"a", "b \"c\n\\d", "e'f", "g\\;h", "${i}j", "$l"};
	struct fps_nginxconf conf = {.error = NULL};

	CHECK(parse(&conf, text));
	const struct fps_directive *a = fps_nginxconf_find(&conf.root, "a", NULL);

	if (CHECK(a != NULL) && CHECK_INT(a->count, COUNT(words))) {
		for (size_t i = 0; i < COUNT(words); i++) {
			CHECK_STR(a->words[i], strlen(a->words[i]), words[i]);
		}
		CHECK_INT(a->line, 2);
		CHECK_STR(fps_nginxconf_word(a->children, 0), 3, "m#n");
		CHECK_STR(fps_nginxconf_word(a->children, 1), 3, "o\\p");
	}
	fps_nginxconf_free(&conf);
}

static const char site[] =
	FILE_ "http {\n"
		  " fastcgi_read_timeout 1m;\n"
		  " fastcgi_param A 1;\n"
		  " upstream pool { server unix:/run/a.sock; server 127.0.0.1:9000 weight=2; keepalive 3; }\n"
		  " server {\n"
		  "  fastcgi_param B 1;\n"
		  "  location /one { fastcgi_pass pool; }\n"
		  "  location /two { include two; location /deep { fastcgi_pass unix:/run/b.sock; } fastcgi_pass $x; }\n"
		  " }\n"
		  "}\n"
		  "# configuration file /etc/nginx/two:\n"
		  "\n"
		  "fastcgi_param C 1;\n"
		  "fastcgi_read_timeout 5s;\n";

static void passes_are_followed(void)
{
	struct fps_nginxconf conf = {.error = NULL};
	struct fps_passes passes = {.count = 0};

	if (!CHECK(parse(&conf, site))) {
		puts(conf.error);
		return;
	}
	fps_nginxpass_collect(&passes, &conf);
	if (CHECK_INT(passes.count, 3)) {
		const struct fps_pass *one = &passes.all[0], *deep = &passes.all[1], *variable = &passes.all[2];

		CHECK_INT(one->address_count, 2);
		CHECK(one->upstream != NULL);
		CHECK_INT(fps_nginxpass_holds(one, "fastcgi_read_timeout")->line, 2);
		CHECK(fps_nginxpass_gets(one, "B"));
		CHECK(!fps_nginxpass_gets(one, "A")); /* the server's own take away http's */
		CHECK_INT(deep->address_count, 1);
		CHECK(fps_nginxpass_gets(deep, "C") && !fps_nginxpass_gets(deep, "B"));
		CHECK_STR(fps_nginxpass_holds(deep, "fastcgi_read_timeout")->file, 14, "/etc/nginx/two");
		CHECK_INT(fps_nginxpass_holds(deep, "fastcgi_read_timeout")->line, 3);
		CHECK(fps_nginxpass_holds(deep, "fastcgi_send_timeout") == NULL);
		CHECK_INT(variable->address_count, 0);
	}
	fps_nginxpass_free(&passes);
	fps_nginxconf_free(&conf);
}

/*
 * Where each fastcgi_pass leads, one a line: the upstream in brackets, a question mark behind a variable that nobody
 * knows.
 */
static void variables_are_followed(void)
{
	static const char text[] =
		FILE_ "http {\n upstream pool { server unix:/run/a.sock; }\n upstream pool_b { server unix:/run/b.sock; }\n"
			  " map $host $by_host { default pool; a 127.0.0.1:9000; b $other; hostnames; c 127.0.0.1:9000; include "
			  "more.map; }\n"
			  " geo $Shop { default a; 10.0.0.0/8 b; delete 10.1.0.0/16; proxy 10.2.0.0/16; ranges; }\n split_clients "
			  "$remote_addr $half { 50% _b; * ''; }\n"
			  " server { set $here unix:/run/b.sock; location / { if ($a) { set $here unix:/run/c.sock; } fastcgi_pass "
			  "$here; } location /b { fastcgi_pass $by_host; }\n"
			  "  location /c { fastcgi_pass unix:/run/$shop.sock; } location /d { fastcgi_pass pool$half; } location "
			  "/e { fastcgi_pass unix:/run/${shop}_$host; }\n"
			  "  location /f { set $here unix:/run/f.sock; if ($a) { set $here unix:/run/g.sock; fastcgi_pass $here; } "
			  "location /f/f { set $here x; } }\n"
			  "  location /g { set $one a$two; set $two b$one; fastcgi_pass unix:$one; } location /h { fastcgi_pass "
			  "unix:$; } }\n"
			  " server { set $here unix:/run/d.sock; fastcgi_pass $here; set $name n; fastcgi_pass unix:/$nam$name; "
			  "set $self a; set $self $self-b; fastcgi_pass $self; set $by_lua ''; fastcgi_pass $by_lua;\n  "
			  "server_name '~^(?<site>\\w+)$' x; if ($site = '') { set $site unix:/run/e.sock; } fastcgi_pass $site; "
			  "}\n fastcgi_pass $host;\n}\n"
			  "# configuration file /etc/nginx/more.map:\nfastcgi_pass nothing;\n";
	static const char *const expected[] = {"/ unix:/run/b.sock", "/ unix:/run/c.sock", "/ unix:/run/f.sock",
		"/ unix:/run/g.sock", "/ x", "/b pool [unix:/run/a.sock]", "/b 127.0.0.1:9000", "/b nothing", "/b $other?",
		"/c unix:/run/a.sock", "/c unix:/run/b.sock", "/d pool_b [unix:/run/b.sock]", "/d pool [unix:/run/a.sock]",
		"/e $host?", "if unix:/run/f.sock", "if unix:/run/g.sock", "/g $two?", "/h unix:$", "server unix:/run/d.sock",
		"server $nam?", "server a", "server $self?", "server $by_lua?", "server unix:/run/e.sock", "server $site?",
		"http $host?"};
	struct fps_nginxconf conf = {.error = NULL};
	struct fps_passes passes = {.count = 0};

	if (!CHECK(parse(&conf, text))) {
		puts(conf.error);
	}
	fps_nginxpass_collect(&passes, &conf);
	for (size_t i = 0; i < passes.count || i < COUNT(expected); i++) {
		const struct fps_pass *pass = i < passes.count ? &passes.all[i] : NULL;
		const struct fps_directive *block = pass ? pass->pass->parent : NULL;
		char *record = pass == NULL
			? NULL
			: fps_alloc_format("%s %s%s%s%s",
				fps_nginxconf_word(block, strcmp(fps_nginxconf_word(block, 0), "location") == 0), pass->target,
				pass->upstream ? " [" : "",
				pass->upstream            ? pass->addresses[0]
					: pass->address_count ? ""
										  : "?",
				pass->upstream ? "]" : "");

		CHECK_STR(record ? record : "", record ? strlen(record) : 0, i < COUNT(expected) ? expected[i] : "");
		free(record);
	}
	fps_nginxpass_free(&passes);
	fps_nginxconf_free(&conf);
}

static void addresses_are_compared(void)
{
	static const struct {
		const char *address, *listen;
		bool same;
	} pairs[] = {
		{"unix:/run/a.sock", "/run/a.sock", true},
		{"UNIX:/run/a.sock", "/run/a.sock", true},
		{"unix:/run/a.sock", "/run/b.sock", false},
		{"unix:/dev/null", "/dev/../dev/null", true},
		{"127.0.0.1:9000", "9000", true},
		{"127.0.0.1:9000", "127.0.0.1:9000", true},
		{"localhost:9000", "127.0.0.1:9000", true},
		{"[::1]:9000", "[::]:9000", true},
		{"php:9000", "[::]:9000", true},
		{"php:9000", "127.0.0.1:9000", false},
		{"127.0.0.1:9001", "9000", false},
		{"10.0.0.1:9000", "10.0.0.1:9000", true},
		{"10.0.0.2:9000", "10.0.0.1:9000", false},
		{"127.0.0.1:9000", "/run/a.sock", false},
		{"unix:/9000", "9000", false},
		{"php", "9000", false},
		{"", "", false},
	};

	for (size_t i = 0; i < COUNT(pairs); i++) {
		UNIT_CASE(pairs[i].address);
		CHECK_INT(fps_nginxpass_same(pairs[i].address, pairs[i].listen), pairs[i].same);
	}
	UNIT_CASE("");
}

static void units_are_read(void)
{
	static const struct {
		const char *text;
		int64_t value; /* -9: none */
	} times[] = {{"60", 60000}, {"60s", 60000}, {"1m30s", 90000}, {"1m 30s", 90000}, {"500ms", 500}, {"1h", 3600000},
		{"1M", INT64_C(2592000000)}, {"", -9}, {"x", -9}, {"1x", -9}, {"99999999999999999s", INT64_C(1) << 50},
		{"99999999999999999999s", -9}};
	static const struct {
		const char *text;
		int64_t value;
	} sizes[] = {
		{"128M", 128 << 20}, {"1G", 1 << 30}, {"8k", 8192}, {"0", 0}, {"-1", -1}, {"", -9}, {"1 M", -9}, {"On", -9}};
	int64_t value;

	for (size_t i = 0; i < COUNT(times); i++) {
		UNIT_CASE(times[i].text);
		CHECK_INT(fps_units_nginx_time(times[i].text, &value) ? value : -9, times[i].value);
	}
	for (size_t i = 0; i < COUNT(sizes); i++) {
		UNIT_CASE(sizes[i].text);
		CHECK_INT(fps_units_size(sizes[i].text, &value) ? value : -9, sizes[i].value);
	}
	UNIT_CASE("");
	CHECK(strcmp(fps_units_bytes(INT64_C(3) << 29).text, "1.5G") == 0);
	CHECK(strcmp(fps_units_bytes(128 << 20).text, "128M") == 0);
}

UNIT_MAIN(TEST(texts_are_read_or_refused), TEST(blocks_in_blocks_end), TEST(words_are_unescaped),
	TEST(passes_are_followed), TEST(variables_are_followed), TEST(addresses_are_compared), TEST(units_are_read))
