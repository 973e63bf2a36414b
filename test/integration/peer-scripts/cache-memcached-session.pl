# A session of Cache::Memcached against the server: cache-memcached-session.pl <port>.
#
# Prints a line for each check that failed, and at the end how many there were.

use strict;
use warnings;
use Cache::Memcached;

my $address = "127.0.0.1:$ARGV[0]";
my $client  = Cache::Memcached->new({ servers => [$address], compress_threshold => 100_000 });
my ($checks, $failed) = (0, 0);

sub is {
    my ($got, $expected, $what) = @_;
    $checks++;
    my ($left, $right) = map { defined $_ ? $_ : "undef" } $got, $expected;
    return if $left eq $right;
    $failed++;
    print "$what: got " . substr($left, 0, 80) . ", expected " . substr($right, 0, 80) . "\n";
}

is($client->get("absent"), undef, "absent");
is($client->set("key", "value"), 1, "set");
is($client->get("key"), "value", "get");
is($client->add("key", "other") ? 1 : 0, 0, "add on a present key");
is($client->add("new", "fresh") ? 1 : 0, 1, "add");
is($client->replace("nobody", "x") ? 1 : 0, 0, "replace on nothing");
is($client->replace("key", "second") ? 1 : 0, 1, "replace");
is($client->append("key", "-after") ? 1 : 0, 1, "append");
is($client->prepend("key", "before-") ? 1 : 0, 1, "prepend");
is($client->get("key"), "before-second-after", "get after append and prepend");
is($client->set("count", 10), 1, "set a number");
is($client->incr("count"), 11, "incr");
is($client->incr("count", 5), 16, "incr by 5");
is($client->decr("count", 7), 9, "decr");
is($client->incr("nobody") ? 1 : 0, 0, "incr on nothing");

my $every = join "", map { chr } 0 .. 255;
is($client->set("octets", $every x 200), 1, "set binary");
is($client->get("octets"), $every x 200, "get binary");
is($client->set("structure", { list => [1, 2, 3] }), 1, "set a structure (uses flags)");
is($client->get("structure")->{list}[2], 3, "get a structure");

$client->set("many$_", "value $_") for 1 .. 300;
my $many = $client->get_multi(map { "many$_" } 0 .. 300);
is(scalar(keys %$many), 300, "get_multi: how many");
is($many->{many300}, "value 300", "get_multi: the last");

is($client->set("short", "x", 1), 1, "set with expiry");
is($client->set("past", "x", -1), 1, "set with an expiry in the past");
is($client->get("past"), undef, "expired");

is($client->delete("key") ? 1 : 0, 1, "delete");
is($client->delete("key") ? 1 : 0, 0, "delete on nothing");
is($client->get("key"), undef, "get after delete");

# Compression off: two megabytes must reach the server as they are, and be refused.
my $plain = Cache::Memcached->new({ servers => [$address] });
is($plain->set("large", "x" x 900_000), 1, "set 900,000 bytes");
is(length($plain->get("large")), 900_000, "get 900,000 bytes");
is($plain->set("large", "x" x 2_000_000) ? 1 : 0, 0, "set 2,000,000 bytes");
is($plain->get("large"), undef, "the old value went");

my $stats = $client->stats(["misc", "items", "slabs", "malloc"]);
my $misc  = $stats->{hosts}{$address}{misc};
is($misc->{version}, "1.6.45", "stats: version");
is($misc->{curr_items} > 300 ? 1 : 0, 1, "stats: curr_items");
is($client->get("many7"), "value 7", "in step after stats malloc");

is(defined $client->flush_all ? 1 : 0, 1, "flush_all");
is($client->get("many7"), undef, "get after flush_all");
$client->disconnect_all;

print "$checks checks, $failed failed\n";
