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
    if (!str_starts_with($name, 'stock-') && !is_file(dirname($file) . '/apache.conf')) {
        follow(new Tree($name));
    }
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
?>
done
--EXPECT--
done
