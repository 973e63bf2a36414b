/**
 * Live settings: what one thread changes, the others have once they look; what is not live stays
 * each thread's own.
 */
import { type Settings, defaultSettings } from "../../src/base/settings.ts";
import { beforeEach, expect, test } from "bun:test";
import { LiveSettings } from "../../src/base/live-settings.ts";

const MEBIBYTE = 1024 * 1024;

let own: Settings;
let others: Settings;
let live: LiveSettings;
let othersLive: LiveSettings;

beforeEach(() => {
  own = defaultSettings();
  others = defaultSettings();
  live = new LiveSettings(own);
  othersLive = new LiveSettings(others, live.shared);
});

test("before the first change nothing is new", () => {
  expect([live.refresh(), othersLive.refresh()]).toEqual([false, false]);
  expect(others).toEqual(defaultSettings());
});

test("a change reaches the others when they look, and is new once", () => {
  Object.assign(own, { verbosity: 2, detailEnabled: true, memoryLimit: 3000 * MEBIBYTE });
  live.publish();
  expect(others).toEqual(defaultSettings());
  expect(othersLive.refresh()).toBe(true);
  const changed = { verbosity: 2, detailEnabled: true, memoryLimit: 3000 * MEBIBYTE };
  expect(others).toEqual({ ...defaultSettings(), ...changed });
  expect(othersLive.refresh()).toBe(false);
});

test("changes go both ways, and the last one counts", () => {
  own.verbosity = 1;
  live.publish();
  othersLive.refresh();
  others.detailEnabled = true;
  othersLive.publish();
  live.refresh();
  expect(own).toMatchObject({ verbosity: 1, detailEnabled: true });
  own.detailEnabled = false;
  live.publish();
  othersLive.refresh();
  expect(others).toMatchObject({ verbosity: 1, detailEnabled: false });
});

test("several changes between two looks are one", () => {
  for (const verbosity of [1, 2, 3]) {
    own.verbosity = verbosity;
    live.publish();
  }
  expect(othersLive.refresh()).toBe(true);
  expect(others.verbosity).toBe(3);
  expect(othersLive.refresh()).toBe(false);
});

test("one's own change is no surprise to oneself", () => {
  own.verbosity = 3;
  live.publish();
  live.refresh();
  expect(own).toEqual({ ...defaultSettings(), verbosity: 3 });
});

test("other settings are not carried over", () => {
  own.threads = 7;
  own.verbosity = 1;
  live.publish();
  othersLive.refresh();
  expect(others).toEqual({ ...defaultSettings(), verbosity: 1 });
});

test("a thread that joins late learns what has changed", () => {
  own.verbosity = 2;
  live.publish();
  const late = defaultSettings();
  expect(new LiveSettings(late, live.shared).refresh()).toBe(true);
  expect(late.verbosity).toBe(2);
});

test("what one has not seen yet, it does not take back", () => {
  own.detailEnabled = true;
  live.publish();
  // No look in between: a pipeline that began before.
  others.verbosity = 1;
  othersLive.publish();
  live.refresh();
  othersLive.refresh();
  for (const settings of [own, others]) {
    expect(settings).toMatchObject({ verbosity: 1, detailEnabled: true });
    expect(settings.memoryLimit).toBe(defaultSettings().memoryLimit);
  }
});
