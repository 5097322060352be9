--TEST--
Where PHP code itself was interrupted its line is approximate, interpreted and compiled; callers' lines are exact
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

$script = <<<'PHP'
    <?php
    class Work
    {
        function fault($length)
        {
            $text = $length < 0 ? crashme('wild-string') : 'x';

            $length = strlen($text); // no call: an opcode of its own, which says nothing of where it is
            return $length;
        }

        function loop($length)
        {
            for ($i = 0, $sum = 0; $length < 0 || $i < 10; $i++) {
                $sum += $i % 7;
            }
            return $sum;
        }

        function call($length)
        {
            return $length < 0 ? crashme('null-read') : 1;
        }
    }

    function work($method, $n)
    {
        return (new Work)->$method($n);
    }

    for ($i = 0; $i < 2000; $i++) { // until the JIT has noticed
        work($_GET['method'], $i);
    }
    $jit = function_exists('opcache_get_status') ? opcache_get_status()['jit'] : null;
    $jit && file_put_contents(__DIR__ . '/../log/jit', json_encode($jit));
    work($_GET['method'], -1);
    PHP;
$jit = ['opcache.jit_buffer_size' => '16M', 'opcache.file_update_protection' => 0, 'memory_limit' => '32M'];
$engines = [
    'interpreted' => [],
    'opcache' => ['opcache' => true, 'ini' => ['opcache.file_update_protection' => 0]],
    'tracing' => ['opcache' => true, 'ini' => $jit + ['opcache.jit' => 'tracing']],
    'function' => ['opcache' => true, 'ini' => $jit + ['opcache.jit' => 'function']],
];
foreach ($engines as $engine => $options) {
    $deaths = new Deaths($options);
    $deaths->script('work.php', $script);
    $terminate = function (Server $server, int $pid) {
        untilBusy($server, $pid);
        Server::kill($pid, 'TERM');
    };
    foreach (['fault' => 'segfault', 'loop' => 'terminated', 'call' => 'segfault'] as $method => $cause) {
        $deaths->inflict($method, $cause, "/work.php?method=$method", $method === 'loop' ? $terminate : null);
        $status = json_decode((string) @file_get_contents("{$deaths->server->dir}/log/jit"), true);
        same("$engine, $method: compiled", str_contains($engine, 'n') && $engine !== 'interpreted',
            isset($status) && $status['buffer_free'] < $status['buffer_size']);
    }
    $file = "{$deaths->server->dir}/docroot/work.php";
    $callers = [['function' => 'work', 'file' => $file, 'line' => 28],
        ['function' => '{main}', 'file' => $file, 'line' => 36]];
    $bodies = ['fault' => [4, 10], 'loop' => [12, 18]];
    foreach ($deaths->records() as $method => ['fpmsentinel' => $ours]) {
        $stack = $ours['php']['stack'];
        same("$engine, $method: callers", $callers, array_slice($stack, -2));
        if ($method === 'call') {
            same("$engine, call: stack", [['function' => 'crashme'],
                ['class' => 'Work', 'type' => '->', 'function' => 'call', 'file' => $file, 'line' => 22]],
                array_slice($stack, 0, -2));
            continue;
        }
        same("$engine, $method: innermost", ['Work', $method, true],
            [$stack[0]['class'], $stack[0]['function'], $stack[0]['line_approximate'] ?? false]);
        [$first, $last] = $bodies[$method];
        same("$engine, $method: line", true, $stack[0]['line'] >= $first && $stack[0]['line'] <= $last);
        same("$engine, $method: incomplete", [], $ours['incomplete']);
    }
}
?>
done
--EXPECT--
done
