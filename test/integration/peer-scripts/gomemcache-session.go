// A session of gomemcache against the server: gomemcache-session <port> text. It speaks text only,
// and reads with gets.
//
// Prints the name of each part once all of it was as expected. What was not goes to standard error
// and ends the session with code 1.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
)

var address = "127.0.0.1:" + os.Args[1]

func connect() *memcache.Client {
	client := memcache.New(address)
	client.Timeout = 10 * time.Second
	return client
}

func check(good bool, what string, got ...interface{}) {
	if !good {
		fmt.Fprintln(os.Stderr, what, got)
		os.Exit(1)
	}
}

func is(got, expected error, what string) {
	check(got == expected, what, got)
}

func item(key, value string) *memcache.Item {
	return &memcache.Item{Key: key, Value: []byte(value)}
}

func hasValue(client *memcache.Client, key, value string) {
	found, err := client.Get(key)
	is(err, nil, "get of "+key)
	check(string(found.Value) == value, key, string(found.Value))
}

func storing(client *memcache.Client) {
	_, err := client.Get("absent")
	is(err, memcache.ErrCacheMiss, "get of nothing")
	is(client.Set(&memcache.Item{Key: "key", Value: []byte("value"), Flags: 1<<32 - 1}), nil, "set")
	found, err := client.Get("key")
	check(err == nil && string(found.Value) == "value" && found.Flags == 1<<32-1, "get", found, err)
	is(client.Add(item("key", "x")), memcache.ErrNotStored, "add on a present key")
	is(client.Add(item("new", "fresh")), nil, "add")
	is(client.Replace(item("nobody", "x")), memcache.ErrNotStored, "replace on nothing")
	is(client.Replace(item("key", "second")), nil, "replace")
	hasValue(client, "key", "second")
	is(client.Delete("key"), nil, "delete")
	is(client.Delete("key"), memcache.ErrCacheMiss, "delete on nothing")
	_, err = client.Get("key")
	is(err, memcache.ErrCacheMiss, "get after delete")
	is(client.Set(item("a key", "x")), memcache.ErrMalformedKey, "a key with a space")
}

func many(client *memcache.Client) {
	keys := []string{"absent"}
	for i := 0; i < 500; i++ {
		key := fmt.Sprint("many", i)
		keys = append(keys, key)
		is(client.Set(item(key, "value of "+key)), nil, "set")
	}
	found, err := client.GetMulti(keys)
	check(err == nil && len(found) == 500, "GetMulti", len(found), err)
	for key, one := range found {
		check(one.Key == key && string(one.Value) == "value of "+key, "GetMulti", one)
	}
}

func counting(client *memcache.Client) {
	_, err := client.Increment("nobody", 1)
	is(err, memcache.ErrCacheMiss, "increment of nothing")
	is(client.Set(item("count", "10")), nil, "set")
	count, err := client.Increment("count", 5)
	check(count == 15 && err == nil, "increment", count, err)
	count, err = client.Decrement("count", 6)
	check(count == 9 && err == nil, "decrement", count, err)
	// A shorter number keeps the old length.
	hasValue(client, "count", "9 ")
	is(client.Set(item("large", strconv.FormatUint(1<<64-1, 10))), nil, "set")
	count, err = client.Increment("large", 1)
	check(count == 0 && err == nil, "past the largest", count, err)
	is(client.Set(item("text", "abc")), nil, "set")
	// Anything but this prefix of the error would be taken for a number.
	_, err = client.Increment("text", 1)
	check(err != nil && strings.Contains(err.Error(), "cannot increment or decrement non-numeric"),
		"increment of a text", err)
	hasValue(client, "text", "abc")
}

// Eight routines share a client and its connections: no step of a cas loop is lost.
func unique(client *memcache.Client) {
	is(client.Set(item("unique", "0")), nil, "set")
	first, _ := client.Get("unique")
	second, _ := client.Get("unique")
	first.Value = []byte("1")
	is(client.CompareAndSwap(first), nil, "cas")
	is(client.CompareAndSwap(second), memcache.ErrCASConflict, "a stale cas")
	is(client.Delete("unique"), nil, "delete")
	is(client.CompareAndSwap(second), memcache.ErrCacheMiss, "cas of nothing")
	is(client.Set(item("unique", "0")), nil, "set")
	var climbers sync.WaitGroup
	for i := 0; i < 8; i++ {
		climbers.Add(1)
		go func() {
			defer climbers.Done()
			for step := 0; step < 25; step++ {
				climb(client)
			}
		}()
	}
	climbers.Wait()
	hasValue(client, "unique", "200")
}

func climb(client *memcache.Client) {
	for {
		found, err := client.Get("unique")
		is(err, nil, "get")
		value, _ := strconv.Atoi(string(found.Value))
		found.Value = []byte(strconv.Itoa(value + 1))
		err = client.CompareAndSwap(found)
		if err == nil {
			return
		}
		is(err, memcache.ErrCASConflict, "cas")
	}
}

func times(client *memcache.Client) {
	set := func(key string, seconds int32) {
		is(client.Set(&memcache.Item{Key: key, Value: []byte("x"), Expiration: seconds}), nil, "set")
	}
	set("long", 100)
	set("until", int32(time.Now().Unix())+100)
	set("touched", 2)
	is(client.Touch("touched", 100), nil, "touch")
	is(client.Touch("nobody", 100), memcache.ErrCacheMiss, "touch of nothing")
	// It is gone no sooner than what was touched would have been.
	set("short", 2)
	set("past", -1)
	_, err := client.Get("past")
	is(err, memcache.ErrCacheMiss, "expired at once")
	deadline := time.Now().Add(5 * time.Second)
	for {
		if _, err := client.Get("short"); errors.Is(err, memcache.ErrCacheMiss) {
			break
		}
		check(time.Now().Before(deadline), "two seconds lasted too long")
		time.Sleep(50 * time.Millisecond)
	}
	for _, key := range []string{"long", "until", "touched"} {
		hasValue(client, key, "x")
	}
}

func sizes(client *memcache.Client) {
	noise := rand.New(rand.NewSource(7))
	for _, length := range []int{0, 1, 4096, 65536, 1000000} {
		value := make([]byte, length)
		noise.Read(value)
		is(client.Set(&memcache.Item{Key: "sized", Value: value}), nil, "set")
		found, err := client.Get("sized")
		check(err == nil && bytes.Equal(found.Value, value), "get", length, err)
	}
	err := client.Set(&memcache.Item{Key: "sized", Value: make([]byte, 2000000)})
	check(err != nil && strings.Contains(err.Error(), "object too large for cache"), "2 MB", err)
	_, err = client.Get("sized")
	is(err, memcache.ErrCacheMiss, "the old value went")
	longest := strings.Repeat("k", 250)
	is(client.Set(item(longest, "x")), nil, "set of the longest key")
	hasValue(client, longest, "x")
}

func administration(client *memcache.Client) {
	is(client.Set(item("flushed", "x")), nil, "set")
	is(client.DeleteAll(), nil, "DeleteAll")
	_, err := client.Get("flushed")
	is(err, memcache.ErrCacheMiss, "get after DeleteAll")
	is(client.Set(item("flushed", "x")), nil, "set")
	is(client.FlushAll(), nil, "FlushAll")
	_, err = client.Get("flushed")
	is(err, memcache.ErrCacheMiss, "get after FlushAll")
}

func main() {
	parts := []struct {
		name string
		hold func(*memcache.Client)
	}{
		{"storing", storing},
		{"many", many},
		{"counting", counting},
		{"unique", unique},
		{"times", times},
		{"sizes", sizes},
		{"administration", administration},
	}
	for _, part := range parts {
		part.hold(connect())
		fmt.Println(part.name)
	}
}
