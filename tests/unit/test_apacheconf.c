/* apacheconf.c and apachepass.c: Apache's grammar, where it leads to FPM, and what holds there. */
#include "tree.h"

#include "base/alloc.h"
#include "config/apachepass.h"

#define PHP "<FilesMatch \\.php$>\n SetHandler \"proxy:unix:/run/a.sock|fcgi://localhost\"\n</FilesMatch>\n"

/* Each pass: its line, where it leads, timeout and enablereuse of its connections, ProxyTimeout or Timeout. */
static const struct {
	const char *name, *text, *passes;
} texts[] = {
	{"nothing", "", ""},
	{"a handler", PHP, "2 unix:/run/a.sock - - -\n"},
	{"the server's time", "Timeout 300\n" PHP, "3 unix:/run/a.sock - - Timeout=300\n"},
	{"the last one counts", "ProxyTimeout 1\nproxytimeout 2\n" PHP, "4 unix:/run/a.sock - - proxytimeout=2\n"},
	{"a virtual host's", "ProxyTimeout 9\n<VirtualHost *:80>\nProxyTimeout 5\n" PHP "</VirtualHost>\n",
		"5 unix:/run/a.sock - - ProxyTimeout=5\n"},
	{"the server's handler in a virtual host", "Timeout 300\n" PHP "<VirtualHost *>\nProxyTimeout 5\n</VirtualHost>\n",
		"3 unix:/run/a.sock - - Timeout=300\n3 unix:/run/a.sock - - ProxyTimeout=5\n"},
	{"a section for the connections", PHP "<Proxy \"fcgi://localhost/\" timeout=3 enablereuse=on>\n</Proxy>\n",
		"2 unix:/run/a.sock 3 on -\n"},
	{"ProxySet in it", PHP "<Proxy fcgi://localhost>\n ProxySet enablereuse=on timeout=4\n</Proxy>\n",
		"2 unix:/run/a.sock 4 on -\n"},
	{"a section for another host", PHP "<Proxy fcgi://local/ enablereuse=on>\n</Proxy>\n",
		"2 unix:/run/a.sock - - -\n"},
	{"a section with a socket, which counts", PHP "<Proxy unix:/run/b.sock|fcgi://localhost/>\n</Proxy>\n",
		"2 unix:/run/b.sock - - -\n"},
	{"ProxyPass", "ProxyPass / unix:/run/a.sock|fcgi://localhost/srv/www/ enablereuse=on timeout=7\n",
		"1 unix:/run/a.sock 7 on -\n"},
	{"ProxyPassMatch", "ProxyPassMatch ^/(.*\\.php)$ fcgi://127.0.0.1:9000/srv/$1\n", "1 127.0.0.1:9000 - - -\n"},
	{"in a location", "<Location />\nProxyPass fcgi://[::1]:9000/ timeout=1\n</Location>", "2 [::1]:9000 1 - -\n"},
	{"no port", "ProxyPass / fcgi://php/", "1 php:8000 - - -\n"},
	{"a rewrite", "RewriteRule ^(.*)$ \"fcgi://php:9000/srv/$1\" [P]", "1 php:9000 - - -\n"},
	{"another protocol", "ProxyPass / http://php:9000/\nSetHandler server-status\n", ""},
	{"a balancer",
		"ProxyPass / balancer://php/\n<Proxy balancer://php>\nBalancerMember fcgi://a:9000 timeout=2\n"
		"BalancerMember unix:/b|fcgi://b\nBalancerMember http://c\n</Proxy>",
		"3 a:9000 2 - -\n4 unix:/b - - -\n"},
	{"lines that go on", "ProxyPass / \\\n  fcgi://php:9000/ \\\r\n timeout=3\nProxyTimeout 1\n",
		"1 php:9000 3 - ProxyTimeout=1\n"},
	{"comments", "# ProxyPass / fcgi://a:1/ \\\nProxyTimeout 1\n" PHP, "4 unix:/run/a.sock - - -\n"},
	{"a definition", "Define SOCK /run/a.sock\nSetHandler \"proxy:unix:${SOCK}|fcgi://localhost\"\n",
		"2 unix:/run/a.sock - - -\n"},
	{"one that the environment has", "SetHandler proxy:unix:${SOCK}|fcgi://localhost\n", "1 unix:${SOCK} - - -\n"},
	{"a module that is loaded",
		"LoadModule proxy_fcgi_module a.so\n<IfModule mod_proxy_fcgi.c>\n<IfModule !mod_php8.c>\n" PHP
		"</IfModule>\n</IfModule>\nTimeout 4\n",
		"5 unix:/run/a.sock - - Timeout=4\n"},
	{"one that is not", "<IfModule proxy_fcgi_module>\n<IfModule x>\n</IfModule>\n" PHP "</IfModule>\nTimeout 4\n", ""},
	{"definitions that hold", "Define A\n<IfDefine A>\n" PHP "</IfDefine>\n<IfDefine !A>\n" PHP "</IfDefine>\n",
		"4 unix:/run/a.sock - - -\n"},
	{"files, a folder, a pattern",
		"ServerRoot ROOT\nInclude one.conf\nIncludeOptional more\nInclude none/*.conf\n"
		"IncludeOptional more/a*\n",
		"1 one:1 - - -\n1 two:2 - - -\n1 three:3 - - -\n1 two:2 - - -\n"},
	{"a file that includes itself", "ServerRoot ROOT\nInclude main.conf\nInclude one.conf", NULL},
	{"sections that do not end", "<VirtualHost *>\n<Proxy fcgi://localhost>\n" PHP, "4 unix:/run/a.sock - - -\n"},
	{"ends of sections that nobody opened", "</IfModule>\n</VirtualHost>\n</>\n<>\n<\n" PHP, NULL},
};

static char *passes_of(const struct fps_apacheconf *conf)
{
	struct fps_passes passes = {.count = 0};
	char *text = fps_alloc_copy(FPS_SPAN(""), 0);

	fps_apachepass_collect(&passes, &conf->tree);
	for (size_t i = 0; i < passes.count; i++) {
		const struct fps_pass *pass = &passes.all[i];
		const struct fps_directive *at, *holds = fps_apachepass_holds(pass, "ProxyTimeout");
		struct fps_span timeout = fps_apachepass_parameter(pass, "timeout", &at);
		struct fps_span reuse = fps_apachepass_parameter(pass, "enablereuse", &at);

		holds = holds ? holds : fps_apachepass_holds(pass, "Timeout");
		fps_alloc_append(&text, "%u %s %.*s %.*s %s%s%s\n", pass->pass->line, pass->target,
			FPS_SPAN_ARGS(timeout.len ? timeout : FPS_SPAN("-")), FPS_SPAN_ARGS(reuse.len ? reuse : FPS_SPAN("-")),
			holds ? fps_nginxconf_word(holds, 0) : "-", holds ? "=" : "", holds ? fps_nginxconf_word(holds, 1) : "");
		CHECK(fps_apachepass_beside(pass) != NULL);
	}
	fps_nginxpass_free(&passes);
	return text;
}

static void put(const char *text, size_t len)
{
	const char *root = strstr(text, "ROOT");
	char real[PATH_MAX], *copy;

	CHECK(realpath(tree, real) != NULL);
	copy = root && (size_t) (root - text) + 4 <= len
		? fps_alloc_format("%.*s%s%.*s", (int) (root - text), text, real, (int) (text + len - root) - 4, root + 4)
		: fps_alloc_format("%.*s", (int) len, text);
	tree_put_bytes("main.conf", copy, strlen(copy));
	free(copy);
}

static void texts_are_read(void)
{
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct fps_apacheconf conf = {.text_count = 0};
		char *passes;

		UNIT_CASE(texts[i].name);
		put(texts[i].text, strlen(texts[i].text));
		CHECK(fps_apacheconf_load(&conf, tree_path("main.conf")));
		passes = passes_of(&conf);
		if (texts[i].passes) {
			CHECK_STR(passes, strlen(passes), texts[i].passes);
		}
		free(passes);
		fps_apacheconf_free(&conf);
	}
}

/* Where a file is cut nothing worse happens than that the rest is missing. */
static void cut_texts_are_read(void)
{
	for (size_t i = 0; i < COUNT(texts); i++) {
		UNIT_CASE(texts[i].name);
		for (size_t len = 0; len < strlen(texts[i].text); len++) {
			struct fps_apacheconf conf = {.text_count = 0};

			put(texts[i].text, len);
			CHECK(fps_apacheconf_load(&conf, tree_path("main.conf")));
			free(passes_of(&conf));
			fps_apacheconf_free(&conf);
		}
	}
}

/* The text that a fix replaces is the directive's own. */
static void sources_are_kept(void)
{
	static const char text[] = "  <VirtualHost *:80 >  \n\tProxyTimeout \\\n 5  \n</VirtualHost>\n";
	struct fps_apacheconf conf = {.text_count = 0};
	const struct fps_directive *host, *timeout;

	put(text, strlen(text));
	CHECK(fps_apacheconf_load(&conf, tree_path("main.conf")));
	host = fps_nginxconf_find(&conf.tree.root, "VirtualHost", NULL);
	timeout = host ? fps_nginxconf_find(host, "ProxyTimeout", NULL) : NULL;
	if (CHECK(timeout != NULL)) {
		CHECK(fps_span_is(host->source, "<VirtualHost *:80 >"));
		CHECK(fps_span_is(timeout->source, "ProxyTimeout \\\n 5"));
		CHECK_INT(timeout->line, 2);
	}
	fps_apacheconf_free(&conf);
}

/* What others can change is not read. */
static void files_of_others(void)
{
	static const char text[] = "ServerRoot ROOT\nInclude others.conf\nInclude one.conf\n";
	struct fps_apacheconf conf = {.text_count = 0};
	char *passes;

	tree_put("others.conf", "ProxyPass / fcgi://other:1/\n");
	CHECK_INT(chmod(tree_path("others.conf"), 0666), 0);
	put(text, strlen(text));
	CHECK(fps_apacheconf_load(&conf, tree_path("main.conf")));
	passes = passes_of(&conf);
	CHECK_STR(passes, strlen(passes), "1 one:1 - - -\n");
	free(passes);
	fps_apacheconf_free(&conf);
}

static void a_file_that_is_not_there(void)
{
	struct fps_apacheconf conf = {.text_count = 0};

	CHECK(!fps_apacheconf_load(&conf, "/nowhere/httpd.conf"));
	CHECK_STR(conf.tree.error, strlen(conf.tree.error), "/nowhere/httpd.conf: No such file or directory");
	fps_apacheconf_free(&conf);
}

int main(void)
{
	static const struct unit_test tests[] = {TEST(texts_are_read), TEST(cut_texts_are_read), TEST(sources_are_kept),
		TEST(files_of_others), TEST(a_file_that_is_not_there)};
	int status;

	tree_make();
	tree_put("one.conf", "ProxyPass / fcgi://one:1/\n");
	tree_put("more/a.conf", "ProxyPass / fcgi://two:2/\n");
	tree_put("more/b.conf", "ProxyPass / fcgi://three:3/");
	status = unit_run(tests, COUNT(tests));
	tree_remove("");
	return status;
}
