/** Packets as transcripts write them: fields to bytes, patterns of answers, and what is refused. */

import { describe, expect, test } from "bun:test";
import { decodeAnswers } from "./binary-packets.ts";
import { answerPattern, packetBytes, packetsNeedOwnServer } from "./binary-text.ts";
import { joined, latin1 } from "./bytes.ts";

function hex(...lines: string[]): string {
  return Buffer.from(packetBytes(lines)).toString("hex");
}

const ZERO = "00000000";

describe("requests", () => {
  test.each([
    ["Noop", `800a0000${ZERO}${ZERO}${ZERO}${ZERO}${ZERO}`],
    ["0x99 opaque=0x01020304", `80990000${ZERO}${ZERO}01020304${ZERO}${ZERO}`],
    ["Get key=ab cas=5", `80000002${ZERO}00000002${ZERO}${ZERO}000000056162`],
    ["Flush exptime=1", `800800000400000000000004${ZERO}${ZERO}${ZERO}00000001`],
    [
      "Get key=a bodyLength=9 extrasLength=3",
      `8000000103000000${"00000009"}${ZERO}${ZERO}${ZERO}61`,
    ],
    [
      "Set key=a flags=7 value=\\x20",
      `8001000108000000${"0000000a"}${ZERO}${ZERO}${ZERO}00000007${ZERO}6120`,
    ],
    ["Set key=a extras=", `80010001${ZERO}00000001${ZERO}${ZERO}${ZERO}61`],
    ["raw \\x80<3 x \\x01>", "80010101"],
  ])("%s", (line, expected) => {
    expect(hex(line)).toBe(expected);
  });

  test("one behind the other", () => {
    expect(hex("Noop", "Get key=<2 x a b>")).toBe(hex("Noop") + hex("Get key=a\\x20ba\\x20b"));
  });

  test.each(["Nothing", "256", "Get key", "Get kex=1", "Get key=ä"])("%s is refused", (line) => {
    expect(() => packetBytes([line])).toThrow();
  });
});

const answer = (cas: string): Uint8Array =>
  latin1(`\x81\0\0\0\x04\0\0\0\0\0\0\x05\0\0\0\x01${cas}\0\0\0\x07v`);

const text = (line: string): string => answerPattern([line]).toString();

describe("answers", () => {
  const pattern = answerPattern(["Get flags=7 value=v opaque=1 cas=*"]);

  test("any unique but 0", () => {
    expect(pattern.verdict(answer("\0\0\0\0\0\0\0\x09"))).toBe("match");
    expect(pattern.verdict(answer("\xff\0\0\0\0\0\0\0"))).toBe("match");
    expect(pattern.verdict(answer("\0\0\0\0\0\0\0\0"))).toBe("wrong");
  });

  test("more, wrong, too much", () => {
    const whole = answer("\0\0\0\0\0\0\0\x09");
    for (let length = 0; length < whole.length; length++) {
      expect(pattern.verdict(whole.subarray(0, length))).toBe("more");
    }
    expect(pattern.verdict(joined([whole, latin1("x")]))).toBe("wrong");
    for (const at of [0, 7, 11, 15, 28]) {
      const other = whole.slice();
      other[at] = 0x55;
      expect(pattern.verdict(other)).toBe("wrong");
    }
  });

  test("errors, numbers, keys, statuses", () => {
    expect(text("Get error=NOT_FOUND")).toEndWith("Not found");
    expect(text("Increment number=258")).toEndWith("\0\0\0\0\0\0\x01\x02");
    const [decoded] = decodeAnswers(latin1(text("GetK status=1 key=foo opaque=9 cas=3")));
    expect(decoded).toEqual({
      opcode: 0x0c,
      status: 1,
      opaque: 9,
      cas: 3n,
      extras: "",
      key: "foo",
      value: "",
    });
  });

  test("half an answer is an error", () => {
    expect(() => decodeAnswers(latin1("\x81\0"))).toThrow("half");
    expect(() => decodeAnswers(latin1("\x80\0"))).toThrow("no answer");
  });
});

test("uniques and statistics need a server of their own", () => {
  expect(packetsNeedOwnServer(["Get key=a", "Set key=a cas=0", "Get cas=*"])).toBe(false);
  for (const line of ["Stat", "Flush", "FlushQ", "Set key=a cas=2"]) {
    expect(packetsNeedOwnServer(["Noop", line])).toBe(true);
  }
});
