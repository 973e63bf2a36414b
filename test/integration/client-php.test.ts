/**
 * Goal: php-memcached works with the server over both protocols, with all its serializers.
 * Method: peer-scripts/php-memcached-session.php, part by part.
 */

import { peerScript, testLogin, testSessions } from "../support/client-session.ts";

const PHP = {
  peer: "php-memcached",
  name: "php-memcached",
  command: ["php", peerScript("php-memcached-session.php")],
  parts: [
    "storing",
    "many",
    "unique",
    "counting",
    "times",
    "by_key",
    "kinds",
    "sizes",
    "buffered",
    "administration",
  ],
} as const;

testSessions(PHP, "text");
testSessions(PHP, "binary");
testLogin(PHP);
