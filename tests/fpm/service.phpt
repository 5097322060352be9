--TEST--
Which deployment: service.* of a pool's directives, else of OpenTelemetry's variables in FPM's environment
--SKIPIF--
<?php require __DIR__ . '/skipif.inc'; ?>
--FILE--
<?php
require __DIR__ . '/server.inc';
require __DIR__ . '/scenario.inc';

/** @return array<string, ?array> by pool: `service` of its first death; a short record may lack it */
function services(array $environment, bool $storm = false): array
{
    $pools = ['www' => [], 'shop' => ['php_admin_value[fpmsentinel.service_name]' => 'Käse-Söhne',
        'php_admin_value[fpmsentinel.service_version]' => '2026.11.3',
        'php_admin_value[fpmsentinel.environment]' => 'staging']];
    $server = new Server(['pools' => $pools, 'wrapper' => ['env', ...$environment]]);
    mkdir("$server->dir/docroot/shop");
    foreach (['', 'shop/'] as $n => $directory) {
        $server->script("{$directory}die.php", 'crashme("null-read");');
        for ($deaths = $storm ? 12 : 1; $deaths > 0; $deaths--) {
            same('status', 502, $server->get("/{$directory}die.php")->status);
            $server->records($count = ($count ?? 0) + 1);
        }
    }
    foreach ($server->records($count) as $record) {
        ['pool' => $pool, 'incomplete' => $incomplete] = $ours = $record['fpmsentinel'];
        if (isset($ours['storm'])) { // has no room for all
            same("$pool: in a storm", true,
                in_array('service', $incomplete, true) || $record['service'] === $services[$pool]);
        }
        $services[$pool] ??= $record['service'] ?? null;
        $short[$pool] = isset($ours['storm']);
    }
    same('storm', ['www' => $storm, 'shop' => $storm], $short);
    $server->stop();
    return $services;
}

$shop = ['name' => 'Käse-Söhne', 'version' => '2026.11.3', 'environment' => 'staging'];
same('neither', ['www' => null, 'shop' => $shop], services([]));
$otel = ['OTEL_RESOURCE_ATTRIBUTES=service.name=attribute, service.version = 1%2E2%2C3 ,'
    . 'deployment.environment.name=prod,host.id,=x,service.namespace=other',
    'OTEL_SERVICE_NAME=variable'];
$expected = ['name' => 'variable', 'version' => '1.2,3', 'environment' => 'prod'];
same('variables', ['www' => $expected, 'shop' => $shop], services($otel, true));
$long = str_repeat('ä', 40); // 80 bytes
same('cut', ['name' => str_repeat('ä', 31), 'environment' => 'dev'], services(["OTEL_SERVICE_NAME=$long",
    'OTEL_RESOURCE_ATTRIBUTES=deployment.environment=dev'])['www']);
?>
done
--EXPECT--
done
