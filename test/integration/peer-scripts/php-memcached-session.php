<?php
// A session of php-memcached against the server: php-memcached-session.php <port> text|binary, or
// <port> login <user> <password>.
//
// Prints the name of each part once all of it was as expected. What was not goes to standard error
// and ends the session with code 1.

[, $port, $mode] = $argv;
$client = connect($port, $mode !== 'text');

function connect(string $port, bool $binary, array $options = []): Memcached
{
    $client = new Memcached();
    $client->setOptions($options + [
        Memcached::OPT_BINARY_PROTOCOL => $binary,
        Memcached::OPT_COMPRESSION => false,
        Memcached::OPT_TCP_NODELAY => true,
        Memcached::OPT_CONNECT_TIMEOUT => 5000,
        Memcached::OPT_POLL_TIMEOUT => 5000,
        Memcached::OPT_RECV_TIMEOUT => 5000000,
        Memcached::OPT_SEND_TIMEOUT => 5000000,
    ]);
    $client->addServer('127.0.0.1', (int) $port);
    return $client;
}

function is(mixed $got, mixed $expected, string $what): void
{
    if ($got === $expected) {
        return;
    }
    [$left, $right] = array_map(
        fn ($value) => substr(var_export($value, true), 0, 200),
        [$got, $expected],
    );
    fwrite(STDERR, "$what: got $left, expected $right\n");
    exit(1);
}

/** A call that fails, and the code that tells why. */
function fails(Memcached $client, mixed $got, int $code, string $what): void
{
    is($got, false, $what);
    is($client->getResultCode(), $code, "$what: result code");
}

function storing(Memcached $client): void
{
    // The binary protocol tells why nothing was stored.
    $binary = (bool) $client->getOption(Memcached::OPT_BINARY_PROTOCOL);
    $present = $binary ? Memcached::RES_DATA_EXISTS : Memcached::RES_NOTSTORED;
    $absent = $binary ? Memcached::RES_NOTFOUND : Memcached::RES_NOTSTORED;
    fails($client, $client->get('absent'), Memcached::RES_NOTFOUND, 'get of nothing');
    is($client->set('key', 'value'), true, 'set');
    is($client->get('key'), 'value', 'get');
    fails($client, $client->add('key', 'other'), $present, 'add on a present key');
    is($client->add('new', 'fresh'), true, 'add');
    fails($client, $client->replace('nobody', 'x'), $absent, 'replace on nothing');
    is($client->replace('key', 'second'), true, 'replace');
    is($client->append('key', '-after'), true, 'append');
    is($client->prepend('key', 'before-'), true, 'prepend');
    is($client->get('key'), 'before-second-after', 'get after append and prepend');
    fails($client, $client->append('nobody', 'x'), Memcached::RES_NOTSTORED, 'append on nothing');
    is($client->delete('key'), true, 'delete');
    fails($client, $client->delete('key'), Memcached::RES_NOTFOUND, 'delete on nothing');
    fails($client, $client->get('key'), Memcached::RES_NOTFOUND, 'get after delete');
}

function many(Memcached $client): void
{
    $values = [];
    for ($i = 0; $i < 500; $i++) {
        $values["many$i"] = "value $i";
    }
    is($client->setMulti($values), true, 'setMulti');
    $keys = array_keys($values);
    $found = $client->getMulti([...$keys, 'absent'], Memcached::GET_PRESERVE_ORDER);
    is($found, $values + ['absent' => null], 'getMulti');
    is($client->getDelayed(['many3', 'absent', 'many4'], true), true, 'getDelayed');
    $fetched = array_map(fn ($item) => $item['value'], $client->fetchAll());
    is($fetched, ['value 3', 'value 4'], 'fetchAll');
    is(array_unique($client->deleteMulti($keys)), ['many0' => true], 'deleteMulti');
    is($client->getMulti($keys), [], 'getMulti after deleteMulti');
}

function unique(Memcached $client): void
{
    is($client->set('unique', 'first'), true, 'set');
    ['cas' => $cas, 'value' => $value] = $client->get('unique', null, Memcached::GET_EXTENDED);
    is($value, 'first', 'extended get');
    is($client->cas($cas, 'unique', 'second'), true, 'cas');
    $stale = $client->cas($cas, 'unique', 'third');
    fails($client, $stale, Memcached::RES_DATA_EXISTS, 'a stale cas');
    fails($client, $client->cas($cas, 'nobody', 'x'), Memcached::RES_NOTFOUND, 'cas on nothing');
    is($client->get('unique'), 'second', 'get after cas');
    $many = $client->getMulti(['unique'], Memcached::GET_EXTENDED);
    is($many['unique']['cas'] > $cas, true, 'a later unique');
}

function counting(Memcached $client): void
{
    is($client->set('count', '10'), true, 'set');
    is($client->increment('count'), 11, 'increment');
    is($client->increment('count', 5), 16, 'increment by 5');
    is($client->decrement('count', 7), 9, 'decrement');
    is($client->decrement('count', 100), 0, 'decrement ends at 0');
    $client->set('text', 'abc');
    is($client->increment('text'), false, 'increment of a text');
    is($client->get('text'), 'abc', 'the text is as it was');
    if (!$client->getOption(Memcached::OPT_BINARY_PROTOCOL)) {
        fails($client, $client->increment('nobody'), Memcached::RES_NOTFOUND, 'of nothing');
        return;
    }
    is($client->increment('begun', 5, 100, 60), 100, 'increment with an initial value');
    is($client->increment('begun', 5, 100, 60), 105, 'increment of what it made');
    is($client->decrement('begun-down', 1, 7), 7, 'decrement with an initial value');
    is($client->get('begun'), '105', 'get of a count');
    fails($client, $client->increment('nobody'), Memcached::RES_NOTFOUND, 'of nothing');
}

function times(Memcached $client): void
{
    is($client->set('long', 'y', 100), true, 'set for long');
    is($client->set('until', 'y', time() + 100), true, 'set until a time of day');
    is($client->set('touched', 'z', 2), true, 'set of what is touched');
    is($client->touch('touched', 100), true, 'touch');
    fails($client, $client->touch('nobody', 100), Memcached::RES_NOTFOUND, 'touch of nothing');
    // It is gone no sooner than what was touched would have been.
    is($client->set('short', 'x', 2), true, 'set for two seconds');
    is($client->set('past', 'x', time() - 100), true, 'set until a time that is over');
    is($client->get('past'), false, 'expired at once');
    for ($tries = 0; $client->get('short') !== false; $tries++) {
        is($tries < 100, true, 'two seconds last no five');
        usleep(50_000);
    }
    $expected = ['long' => 'y', 'until' => 'y', 'touched' => 'z'];
    is($client->getMulti(array_keys($expected)), $expected, 'the others');
}

function by_key(Memcached $client): void
{
    is($client->setByKey('master', 'kept', 'x'), true, 'setByKey');
    is($client->addByKey('master', 'kept', 'y'), false, 'addByKey on a present key');
    is($client->setMultiByKey('master', ['kept1' => 1, 'kept2' => 2.5]), true, 'setMultiByKey');
    is($client->getByKey('master', 'kept'), 'x', 'getByKey');
    $found = $client->getMultiByKey('master', ['kept1', 'kept2']);
    is($found, ['kept1' => 1, 'kept2' => 2.5], 'getMultiByKey');
    is($client->deleteByKey('master', 'kept'), true, 'deleteByKey');
    $deleted = $client->deleteMultiByKey('master', ['kept1', 'kept']);
    is($deleted, ['kept1' => true, 'kept' => Memcached::RES_NOTFOUND], 'deleteMultiByKey');
    is($client->getByKey('master', 'kept'), false, 'getByKey after deleteByKey');
}

/** The client keeps the kind of a value in the lower 16 bits of the flags; the rest is free. */
function kinds(Memcached $client): void
{
    $object = (object) ['name' => 'ünï', 'list' => [1, 2.5, null, true]];
    foreach (['PHP', 'IGBINARY', 'MSGPACK'] as $name) {
        $serializer = constant("Memcached::SERIALIZER_$name");
        $client->setOption(Memcached::OPT_SERIALIZER, $serializer);
        foreach ([17, -2.5, true, false, null, "a\r\nEND\r\n\0", [1, 'k' => [2]]] as $value) {
            is($client->set('kind', $value), true, 'set');
            is($client->get('kind'), $value, "a value by serializer $serializer");
        }
        $client->set('kind', $object);
        is(serialize($client->get('kind')), serialize($object), 'an object');
    }
    $client->setOption(Memcached::OPT_SERIALIZER, Memcached::SERIALIZER_PHP);
    $client->setOption(Memcached::OPT_USER_FLAGS, 0xabcd);
    $client->set('flagged', [1]);
    $extended = $client->get('flagged', null, Memcached::GET_EXTENDED);
    is([$extended['value'], $extended['flags']], [[1], 0xabcd], 'flags of the user');
    $client->setOption(Memcached::OPT_USER_FLAGS, -1);
    $client->setOption(Memcached::OPT_COMPRESSION, true);
    $client->set('packed', str_repeat('compress me ', 50_000));
    is($client->get('packed'), str_repeat('compress me ', 50_000), 'a compressed value');
    $client->setOption(Memcached::OPT_COMPRESSION, false);
}

function sizes(Memcached $client): void
{
    $every = implode('', array_map('chr', range(0, 255)));
    foreach (['', "\r\n", $every, str_repeat($every, 256), str_repeat($every, 4090)] as $value) {
        is($client->set('sized', $value), true, 'set of ' . strlen($value));
        is($client->get('sized') === $value, true, 'get of ' . strlen($value));
    }
    $large = str_repeat('x', 1 << 21);
    fails($client, $client->set('sized', $large), Memcached::RES_E2BIG, 'two megabytes');
    is($client->get('sized'), false, 'the old value went');
    is($client->set('after', 'error') && $client->get('after') === 'error', true, 'in step');
}

function buffered(Memcached $client): void
{
    global $port, $mode;
    $silence = [Memcached::OPT_NO_BLOCK => true, Memcached::OPT_NOREPLY => true];
    $quiet = connect($port, $mode !== 'text', $silence);
    for ($i = 0; $i < 300; $i++) {
        $quiet->set("quiet$i", "v$i");
    }
    $quiet->delete('quiet0');
    is($quiet->get('quiet299'), 'v299', 'get after 300 sets without a reply');
    is($client->get('quiet0'), false, 'get after a delete without a reply');
    $keys = array_map(fn ($i) => "quiet$i", range(0, 299));
    is(count($client->getMulti($keys)), 299, 'all the others');
    is($quiet->quit(), true, 'quit');
}

function administration(Memcached $client): void
{
    global $port;
    is($client->getVersion(), ["127.0.0.1:$port" => '1.6.45'], 'getVersion');
    $stats = $client->getStats()["127.0.0.1:$port"];
    is([$stats['version'], $stats['pointer_size']], ['1.6.45', 64], 'getStats');
    is($client->getStats('settings')["127.0.0.1:$port"]['maxbytes'], 64 << 20, 'stats settings');
    $client->set('listed', 'x');
    if (!$client->getOption(Memcached::OPT_BINARY_PROTOCOL)) {
        // What is fresh is not in COLD yet, which is what getAllKeys asks for.
        $listed = [];
        for ($i = 0; $i < 40 && !in_array('listed', $listed, true); $i++) {
            usleep(100000);
            $listed = $client->getAllKeys() ?: [];
        }
        is(in_array('listed', $listed, true), true, 'getAllKeys');
    }
    is($client->flush(), true, 'flush');
    is($client->get('listed'), false, 'get after flush');
}

/** SASL: who has the password is served, who has another one is not. */
function login(Memcached $client): void
{
    global $argv, $port;
    [, , , $user, $password] = $argv;
    fails($client, $client->set('key', 'x'), $client->getResultCode(), 'a stranger');
    $stranger = connect($port, true);
    $stranger->setSaslAuthData($user, "not $password");
    is($stranger->set('key', 'x'), false, 'a wrong password');
    $known = connect($port, true);
    is($known->setSaslAuthData($user, $password), true, 'setSaslAuthData');
    is($known->get('key'), false, 'nothing was stored by strangers');
    is($known->set('key', 'value'), true, 'set');
    is($known->getMulti(['key', 'absent']), ['key' => 'value'], 'getMulti');
}

$parts = ['storing', 'many', 'unique', 'counting', 'times', 'by_key', 'kinds', 'sizes'];
array_push($parts, 'buffered', 'administration');
foreach ($mode === 'login' ? ['login'] : $parts as $part) {
    $part($client);
    echo "$part\n";
}
