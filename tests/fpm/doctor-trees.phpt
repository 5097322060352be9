--TEST--
fpmsentinel doctor: its plan for whole configurations of applications, hosting panels and images, followed
--SKIPIF--
<?php
require __DIR__ . '/skipif.inc';
needs('patch');
?>
--FILE--
<?php
require __DIR__ . '/trees.inc';

foreach (glob(dirname(__DIR__) . '/trees/*/expect.json') as $file) {
    $name = basename(dirname($file));
    str_starts_with($name, 'stock-') || follow(new Tree($name));
}

// the copy that nginx tests has all includes in it, also in quotes and beside other directives: a nginx that keeps it

$dir = sys_get_temp_dir() . '/fps-' . bin2hex(random_bytes(6));
mkdir($dir);
register_shutdown_function(fn () => exec('rm -rf ' . escapeshellarg($dir)));
file_put_contents("$dir/nginx", "#!/bin/sh\ncase \"$3\" in */plan.conf) cp \"$3\" $dir/tried ;; esac\nexec "
    . Server::path('TEST_NGINX') . " \"$@\"\n");
chmod("$dir/nginx", 0755);
putenv("PATH=$dir:" . getenv('PATH'));
foreach (['bitnami' => 'fastcgi_send_timeout 300s;', 'twelve-mixed' => 'fastcgi_keep_conn off;'] as $name => $advice) {
    (new Tree($name))->report();
    $tried = file_get_contents("$dir/tried");
    same("$name: tried", [true, 0], [str_contains($tried, $advice), preg_match('~^[^#]*\binclude\s~m', $tried)]);
}

// many places alike are said once: no more lines than two of them take, but for a longer list of places

foreach (['wordpress-hosting', 'cpanel-50', 'plesk', 'thirty-on-a-line'] as $name) {
    $lines = [];
    foreach ([2, null] as $copies) {
        $text = (new Tree($name, $copies))->doctor();
        // far more pools are more memory
        $text = preg_replace('~^warning  memory-limit-sum: .*?\n\n~ms', '', $text);
        $lines[] = substr_count($text, "\n");
    }
    same("$name: lines", true, $lines[1] <= $lines[0] + 2 * substr_count($text, "\n  also "));
}
?>
done
--EXPECT--
done
