// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import Testing

@testable import MailRetrieval

struct ReceivedTimeTests {
    /// 2026-11-23T10:00:00Z.
    private let ten = Timestamp(milliseconds: 1_795_428_000_000)

    @Test(arguments: [
        "Mon, 23 Nov 2026 10:00:00 +0000", " 23 Nov 2026 11:00:00 +0100 (CET)", "Mon, 23 NOV 2026 05:00 -0500",
        "Tue, 24 Nov 2026 00:00:00 +1400", "Sun,  22 Nov 2026\t22:00:00 -1200", "23 Nov 2026 09:59:60 +0000",
    ])
    func `a date-time is compared in its own zone, to the second`(_ text: String) throws {
        let time = try #require(ReceivedTime(dateTime: text))
        #expect(time.isNotAfter(ten) && time.isNotAfter(ten + .seconds(86_400)))
        #expect(!time.isNotAfter(ten - .seconds(1)) && !time.isNotAfter(ten - .seconds(40 * 86_400)))
    }

    @Test(arguments: [
        "", "Mon,", "23 Nov 2026 10:00:00", "23 Nov 2026 10:00:00 CET", "23 Nov 26 10:00:00 +0100",
        "0 Nov 2026 10:00:00 +0000",
        "23 Now 2026 10:00:00 +0000", "23 Nov 2026 24:00:00 +0000", "23 Nov 2026 10 +0000",
        "23 Nov 2026 10:00:00 +0160",
        "23 Nov 2026 10:00:00 +010", "23 Nov 2026 10:-1:00 +0000", "23 Nov 2026 10:00:00 0+100",
        "23 Nov 99999 10:00:00 +0000",
    ])
    func `what is no date-time with a zone proves nothing`(_ text: String) {
        #expect(ReceivedTime(dateTime: text) == nil)
    }

    @Test func `the topmost Received field counts, behind its last semicolon`() throws {
        func time(_ header: String) -> ReceivedTime? { ReceivedTime(HeaderSection(ByteBuffer(string: header))) }
        let header =
            "Return-Path: <a@b.it>\r\nReceived: from x (a; b)\r\n by y id 1;\r\n Mon, 23 Nov 2026 10:00:00 +0000\r\n"
            + "Received: by z; Sun, 22 Nov 2026 10:00:00 +0000\r\n\r\n"
        let expected = try #require(ReceivedTime(dateTime: "23 Nov 2026 10:00:00 +0000"))
        #expect(time(header) == expected)
        #expect(time("Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\n") == nil)
        #expect(time("Received: by y\r\nReceived: by z; 22 Nov 2026 10:00:00 +0000\r\n\r\n") == nil)
    }
}
