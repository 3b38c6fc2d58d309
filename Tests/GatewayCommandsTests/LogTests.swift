// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import MailModel
import Synchronization
import Testing

@testable import GatewayCommands

struct LogTests {
    private final class Sink: LogSink {
        let lines = Mutex<[String]>([])
        func write(_ line: String) { lines.withLock { $0.append(line) } }
    }

    private let sink = Sink()

    private func logger(_ format: GatewayLogHandler.Format, level: Logger.Level = .info) -> Logger {
        let clock = CommandWorld.StoppedClock(moment: Timestamp(milliseconds: 1_795_428_000_123))
        return Logger(label: "test") { [sink] label in
            GatewayLogHandler(label: label, format: format, level: level, clock: clock, sink: sink)
        }
    }

    private var written: String { sink.lines.withLock { $0.joined() } }

    @Test func `a line has time, level, message and fields, the identifiers first`() {
        var log = logger(.text)
        log[metadataKey: "session"] = "s7"
        log.info(
            "message accepted",
            metadata: ["peer": "10.0.0.10", "size": "\(10_240)", "queueID": "01KBR0S2M0Q3RTX5"]
        )
        let time = MailDate.formatISO8601(Timestamp(milliseconds: 1_795_428_000_123))
        #expect(
            written == "\(time) INFO message accepted queueID=01KBR0S2M0Q3RTX5 session=s7 peer=10.0.0.10 size=10240\n"
        )
    }

    @Test(arguments: [
        ("a b", "\"a b\""), ("", "\"\""), ("a=b", "\"a=b\""), ("say \"no\"", "\"say \\\"no\\\"\""),
        ("a\\b", "\"a\\\\b\""),
        ("550 no\r\n2026-11-23T10:00:00.123Z INFO forged", "\"550 no\\r\\n2026-11-23T10:00:00.123Z INFO forged\""),
        ("\u{1B}[2J", "\"\\u{1b}[2J\""), ("a\u{2028}b", "\"a\\u{2028}b\""), ("\u{202E}abc", "\"\\u{202e}abc\""),
        ("\0", "\"\\u{0}\""), ("\u{85}", "\"\\u{85}\""), ("però", "però"), ("<a@b.it>", "<a@b.it>"),
    ]) func `a value cannot end its line, its field or its quotes`(_ value: String, _ expected: String) {
        logger(.text).info("said", metadata: ["reply": "\(value)"])
        #expect(written.hasSuffix(" INFO said reply=\(expected)\n"))
        #expect(written.split(separator: "\n", omittingEmptySubsequences: false).count == 2)
    }

    @Test func `message and keys are escaped too`() {
        logger(.text).error("a\nb", metadata: ["k\ney=x": "v"])
        #expect(written.hasSuffix(" ERROR a\\nb k_ey_x=v\n"))
    }

    @Test func `JSON lines are JSON, with one line an event`() throws {
        struct Failure: Error, CustomStringConvertible { var description: String { "broken \"pipe\"\n" } }
        logger(.json).warning(
            "said\n",
            error: Failure(),
            metadata: ["reply": "550\r\nno \u{1B}", "list": ["a", "b"], "time": "forged"]
        )
        #expect(written.split(separator: "\n").count == 1)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(written.utf8)) as? [String: String])
        #expect(object["message"] == "said\n")
        #expect(object["level"] == "warning")
        #expect(object["reply"] == "550\r\nno \u{1B}")
        #expect(object["list"] == "[a, b]")
        #expect(object["error"] == "broken \"pipe\"\n")
        #expect(object["time_"] == "forged")
        #expect(object["time"]?.hasSuffix("Z") == true)
    }

    @Test func `what is below the level is dropped, what is too long is cut, a secret is not shown`() {
        let log = logger(.text, level: .warning)
        log.info("no")
        #expect(written.isEmpty)
        log.warning(
            "long",
            metadata: ["reply": "\(String(repeating: "x", count: 100_000))", "password": "\(Secret("hunter2"))"]
        )
        #expect(written.utf8.count < 5000)
        #expect(written.contains("…"))
        #expect(!written.contains("hunter2"))
    }

    @Test func `what the task provides and what the call gives go before what the logger carries`() {
        var log = logger(.text)
        log[metadataKey: "a"] = "logger"
        log.info("x", metadata: ["a": "call"])
        #expect(written.hasSuffix(" INFO x a=call\n"))
    }
}
