// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import ScannerProtocols
import Testing

@Suite struct ClamdReplyTests {
    @Test(arguments: [
        ("1: stream: OK", ClamdReply.clean),
        ("stream: OK", .clean),
        ("2: stream: Eicar-Test-Signature.UNOFFICIAL FOUND", .found("Eicar-Test-Signature.UNOFFICIAL")),
        ("INSTREAM size limit exceeded. ERROR", .tooLarge),
        ("12: INSTREAM size limit exceeded. ERROR", .tooLarge),
        ("3: Command invalid inside IDSESSION. ERROR", .failed("Command invalid inside IDSESSION. ERROR")),
        ("stream: Can't allocate memory ERROR", .failed("Can't allocate memory ERROR")),
        ("1: ClamAV 1.4.6/27500/Mon Nov 23 08:00:00 2026", .other("ClamAV 1.4.6/27500/Mon Nov 23 08:00:00 2026")),
        ("PONG", .other("PONG")),
        ("", .other("")),
        ("stream: OK FOUND", .found("OK")),
        (": stream: OK", .other(": stream: OK")),
    ])
    func `a reply is read`(_ line: String, _ reply: ClamdReply) {
        #expect(ClamdReply(line) == reply)
    }

    @Test func `replies are cut at their NULs wherever the pieces end`() {
        let octets = Array("1: stream: OK\0".utf8) + Array("2: stream: Virus-X FOUND\0".utf8)
        for cut in 0...octets.count {
            var decoder = ClamdReplyDecoder()
            let first = decoder.append(ByteBuffer(bytes: octets[..<cut]))
            let second = decoder.append(ByteBuffer(bytes: octets[cut...]))
            #expect((first ?? []) + (second ?? []) == [.clean, .found("Virus-X")])
        }
    }

    @Test func `a reply without end is given up, and what could steer a terminal is replaced`() {
        var decoder = ClamdReplyDecoder()
        #expect(decoder.append(ByteBuffer(repeating: 0x41, count: ClamdReplyDecoder.maximumOctets)) == [])
        #expect(decoder.append(ByteBuffer(repeating: 0x41, count: 1)) == nil)
        var other = ClamdReplyDecoder()
        let octets = Array("stream: a".utf8) + [0x1B, 0xC3, 0xA8, 0x0A] + Array(" FOUND\0".utf8)
        #expect(other.append(ByteBuffer(bytes: octets)) == [.found("a????")])
    }
}
