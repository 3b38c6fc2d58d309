// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import NIOCore
import Testing

/// Messages made to hurt whoever reads them: each test says what was done and what came of it.
@Suite(.timeLimit(.minutes(2)))
struct HostileTests {
    private static let depth = 100_000
    private static let delivery = CertificationXML("avvenuta-consegna", extra: "<consegna>a@b.example</consegna>")
    private static let forged = CertificationXML("avvenuta-consegna", extra: "<consegna>forged@x.example</consegna>")

    private static func notice(data: CertificationXML? = delivery) -> Notice {
        Notice("X-Ricevuta", "avvenuta-consegna", subject: "CONSEGNA: Offerta", data: data)
    }

    /// What is read of a message that comes in pieces, and the most octets that were held meanwhile.
    private static func stream(_ octets: [UInt8], piece: Int = 65_536) -> (message: CertifiedMessage, held: Int) {
        var (reader, held) = (CertifiedMessageReader(), 0)
        var rest = octets[...]
        while !rest.isEmpty {
            reader.append(ByteBuffer(bytes: rest.prefix(piece)))
            rest = rest.dropFirst(piece)
            held = max(held, reader.heldOctets)
        }
        return (reader.finish(), held)
    }

    // MARK: Nesting

    @Test(arguments: [true, false])
    func `parts a hundred thousand deep: passed over, what they hold is not taken, the data beside them are`(
        _ comesFirst: Bool
    ) {
        var nest = ""
        for level in 0..<Self.depth {
            nest += "Content-Type: multipart/mixed; boundary=n\(level)\n\n--n\(level)\n"
        }
        nest += Notice.part(Self.forged.text)
        var notice = Self.notice()
        notice.children.insert(nest, at: comesFirst ? 0 : notice.children.count)
        let found = Self.stream(notice.octets)
        #expect(found.message.deliveredTo == "a@b.example" && found.message.warnings.isEmpty)
        #expect(found.message.structure?.signature != nil && found.message.structure?.entity != nil)
        #expect(found.held < 150_000)
    }

    @Test func `messages in messages a hundred thousand deep: the outermost is the original, nothing in it is read`() {
        let nest = String(repeating: "Content-Type: message/rfc822\n\n", count: Self.depth)
        var notice = Self.notice()
        notice.children.insert(nest + Notice.part(Self.forged.text), at: 0)
        let found = Self.stream(notice.octets)
        #expect(found.message.deliveredTo == "a@b.example" && found.message.warnings.isEmpty)
        #expect((found.message.structure?.original?.count ?? 0) > nest.utf8.count)
        #expect(found.held < 150_000)
    }

    @Test func `a hundred thousand parts side by side: data behind the hundredth are not looked for, and it is told`() {
        var notice = Self.notice(data: nil)
        notice.children += Array(repeating: "Content-Type: text/plain\n\nx", count: Self.depth)
        notice.children.append(Notice.part(Self.delivery.text))
        let found = Self.stream(notice.octets)
        #expect(found.message.certification == nil)
        #expect(found.message.codes == [.structureDamaged, .dataMissing, .more])
        #expect(found.message.structure?.signature != nil && found.held < 150_000)
    }

    @Test func `many parts that could be data: a few are kept, whatever their size, and the named one is read`() {
        var notice = Self.notice(data: nil)
        let big = "Content-Type: application/xml\n\n<x>" + String(repeating: "y", count: 3_000_000)
        notice.children += Array(repeating: big, count: 8) + [Notice.part(Self.delivery.text)]
        let found = Self.stream(notice.octets)
        #expect(found.message.deliveredTo == "a@b.example")
        #expect(found.held < 6_000_000)
    }

    @Test(arguments: ["From", "Content-Type", "X-Ricevuta", "Message-ID", "Date"])
    func `comments a hundred thousand deep in a field: no stack is lost, and the data are read or the part is told`(
        _ name: String
    ) {
        let nest = String(repeating: "(", count: Self.depth) + String(repeating: ")", count: Self.depth)
        var notice = Self.notice()
        if name == "Content-Type" {
            notice.signedType = nest + notice.signedType
        } else {
            notice.set(name, nest + " posta-certificata@pec.gestore.example")
        }
        let message = Self.stream(notice.octets).message
        switch name {
        case "X-Ricevuta": #expect(message.codes.contains(.unknownKind))
        case "From": #expect(message.codes.contains(.addressSyntax) && message.from == nil)
        default: #expect(message.deliveredTo == "a@b.example")
        }
        #expect(message.kind == .delivery)
    }

    // MARK: Headers

    @Test func `a hundred thousand fields: what lies beyond the limit is not read, and it is told`() {
        var notice = Self.notice()
        notice.fields.insert(contentsOf: Array(repeating: ("X-A", "b"), count: Self.depth), at: 0)
        let found = Self.stream(notice.octets)
        #expect(found.message.codes.contains(.headerTruncated))
        #expect(found.message.kind == .ordinary, "nothing that announces certified mail stood within the limit")
        #expect(found.held < 1_000_000)
    }

    @Test
    func `raw octets and unknown character sets in fields: read as far as they can be, never a control character`() {
        for subject in [
            "CONSEGNA: Perch\u{E9} \u{1B}[2J", "CONSEGNA: =?klingon?Q?Perch=E9?=", "CONSEGNA: =?utf-8?Q?=1B[2J=FF=FE?=",
            "CONSEGNA: =?utf-8?B?!!!?=", "=?utf-8?Q?" + String(repeating: "=C3", count: 50_000) + "?=",
            "CONSEGNA: " + String(repeating: "=?utf-8?Q?", count: 20_000),
        ] {
            var notice = Self.notice(data: nil)
            notice.set("Subject", subject)
            // As ISO-8859-1: not UTF-8 where it is not ASCII.
            let octets = notice.text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
            let message = Self.stream(octets).message
            #expect(message.kind == .delivery)
            let controls = (message.subject ?? "").unicodeScalars.filter { $0.value < 0x20 || $0.value == 0x7F }
            #expect(controls.isEmpty, "\(subject.prefix(40))")
        }
    }

    @Test func `NUL octets, lone carriage returns and UTF-16: no receipt is seen where none can be read`() {
        let text = Self.notice().text
        var wide: [UInt8] = [0xFF, 0xFE]
        for unit in text.utf16 { wide += [UInt8(truncatingIfNeeded: unit), UInt8(truncatingIfNeeded: unit >> 8)] }
        #expect(Self.stream(wide).message.kind == .ordinary)
        #expect(Self.stream(Array(text.replacing("\r\n", with: "\r").utf8)).message.structure == nil)
        #expect(
            Self.stream(Array(text.replacing("X-Ricevuta", with: "X-Ric\u{0}evuta").utf8)).message.kind == .ordinary
        )
    }
}
