--TEST--
fpmsentinel doctor: SELinux, as far as it can be read, and nginx's 13
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/doctor.inc';

/** What it finds where /sys/fs/selinux says that; null: there is none. */
function found(Server $server, ?string $enforce, ?string $boolean): bool
{
    $folder = '/sys/fs/selinux';
    $mounts = "mount -t tmpfs none /sys/fs && mkdir -p $folder/booleans";
    $mounts .= $enforce === null ? '' : " && echo -n $enforce >$folder/enforce";
    $mounts .= $boolean === null ? '' : " && echo -n \"$boolean\" >$folder/booleans/httpd_can_network_connect";
    return isset(doctorWhere($server, $mounts)['selinux']);
}

// over TCP: nginx's own line, which no machine without SELinux can be brought to write

foreach (['tcp' => true, 'unix' => false] as $upstream => $expected) {
    $server = new Server($upstream === 'tcp' ? ['upstream' => 'tcp'] : []);
    $address = preg_match('~fastcgi_pass ([0-9.:]+);~', file_get_contents("$server->dir/nginx.conf"), $match)
        ? $match[1] : '127.0.0.1:9000';
    same("$upstream: nothing refused", false, found($server, '1', '0 0'));
    file_put_contents("$server->dir/log/nginx.log", date('Y/m/d H:i:s', time() + 5) . " [crit] 7#7: *1 connect() to "
        . "$address failed (13: Permission denied) while connecting to upstream, client: 127.0.0.1, server: , "
        . "request: \"GET / HTTP/1.1\", upstream: \"fastcgi://$address\", host: \"localhost\"\n", FILE_APPEND);
    foreach ([['1', '0 0', $expected], ['1', '1 1', false], ['0', '0 0', false], [null, '0 0', false],
        ['1', null, false]] as [$enforce, $boolean, $found]) {
        same("$upstream, enforce $enforce, boolean $boolean", $found, found($server, $enforce, $boolean));
    }
    $server->stop();
}
?>
done
--EXPECT--
done
