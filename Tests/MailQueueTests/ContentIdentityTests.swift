// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import MailQueue
import NIOCore
import Testing

struct ContentIdentityTests {
    private static let header =
        "From: Ente <ente@pec.fuori.example>\r\nTo: azienda@pec.example.it\r\nSubject: POSTA CERTIFICATA: prova\r\n"
        + "Message-ID: <opec1.20261123@pec.fuori.example>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0100\r\n"
        + "X-Trasporto: posta-certificata\r\nMIME-Version: 1.0\r\nContent-Type: multipart/signed;\r\n boundary=\"b\"\r\n"
    private static let body = "--b\r\n\r\nCiao\r\n\r\n--b--\r\n"
    private static let message = "\(header)\r\n\(body)"

    private func identity(_ message: String, piece: Int = .max) -> String? {
        var identity = ContentIdentity()
        var octets = ByteBuffer(string: message)
        while let next = octets.readSlice(length: min(piece, octets.readableBytes)), next.readableBytes > 0 {
            identity.append(next)
        }
        return identity.finish()
    }

    @Test func `a message is known however it is cut into pieces`() throws {
        let whole = try #require(identity(Self.message))
        #expect(whole.count == 64)
        for piece in 1...40 { #expect(identity(Self.message, piece: piece) == whole) }
    }

    @Test(arguments: [
        "Return-Path: <ente@pec.fuori.example>\r\nDelivered-To: azienda@pec.example.it\r\nReceived: from a by b;\r\n\tdate\r\n",
        "Received: from x by y for <azienda+segreto@relay.azienda.it>; date\r\nX-Forwarded-To: azienda@relay\r\n",
        "Resent-From: azienda@pec.example.it\r\nAuthentication-Results: mx; spf=pass\r\nX-Spam-Score: 1\r\n",
    ])
    func `what servers put on the way counts for nothing`(_ trace: String) {
        #expect(identity(trace + Self.message) == identity(Self.message))
        #expect(identity("\(Self.header)\(trace)\r\n\(Self.body)") == identity(Self.message), "wherever it stands")
    }

    @Test(arguments: ["", "\r\n", "\r\n\r\n\r\n"])
    func `folding, runs of blanks and empty lines at the end count for nothing`(_ end: String) {
        let folded = Self.header.replacing("POSTA CERTIFICATA: prova", with: "POSTA\r\n\tCERTIFICATA:   prova ")
        #expect(identity("\(folded)\r\n\(Self.body)\(end)", piece: 7) == identity(Self.message))
        #expect(
            identity("\(Self.header)\r\n\(Self.body.dropLast())") == identity(Self.message),
            "a last line end that SMTP adds"
        )
    }

    @Test(arguments: [
        ("Ciao", "ciao"), ("Ciao", "Ciao "), ("Ciao\r\n", "Ciao\r\n\r\n"), ("Ciao\r\n", "Ciao\n"),
        ("Ciao\r\n", "Ciao\r"),
        ("\r\n\r\n--b\r\n", "\r\n\r\n\r\n--b\r\n"), ("prova\r\n", "prova 2\r\n"), ("opec1.", "OPEC1."),
        ("10:00", "10:01"),
        ("posta-certificata\r\n", "errore\r\n"), ("boundary=\"b\"", "boundary=b"), ("Ente", "Altro"),
        ("To: azienda", "Cc: azienda"), ("MIME-Version: 1.0\r\n", ""), ("To: azienda", "To: altra"),
    ])
    func `everything else counts`(_ change: (String, String)) throws {
        let other = Self.message.replacing(change.0, with: change.1)
        try #require(other != Self.message)
        #expect(identity(other) != identity(Self.message))
        #expect(identity(other) != nil)
    }

    @Test func `fields that move from the header to the body, or into each other, are another message`() {
        let one = "Message-ID: <a@b>\r\nSubject: x\r\n\r\nComments: y\r\n"
        #expect(identity(one) != identity("Message-ID: <a@b>\r\nSubject: x\r\nComments: y\r\n\r\n"))
        #expect(identity(one) != identity("Message-ID: <a@b>\r\nSubject: xcomments:y\r\n\r\n"))
    }

    @Test(arguments: [
        "", "From: a@b\r\n\r\nx", "Message-ID:\r\n\r\nx", "Message-ID: <>\r\n\r\nx", "no header at all\r\n",
        "Message-ID: <a@b>\r\nMessage-ID: <a@b>\r\n\r\nx", "Message-ID: <a@b>\r\nno colon\r\n\r\nx",
        "Message-ID: <a@b>\r\n" + String(repeating: "X: y\r\n", count: 60_000) + "\r\nx",
    ])
    func `nothing is said of a message without a whole header and one Message-ID`(_ message: String) {
        #expect(identity(message) == nil)
        #expect(identity(message, piece: 1000) == nil)
    }

    @Test(arguments: [
        "From ente Mon Nov 23 10:00:00 2026\r\n\(header)\r\nx", ">From ente\r\n\(header)\r\nx",
        "\(header)Cc : altra@pec.example.it\r\n\r\nx", "Subject\t: x\r\nMessage-ID: <a@b>\r\n\r\nx",
        "Message-ID: <a@b>\r\nContent-Type: x/y; name=\"a  b\"\r\n\r\nx",
        "Message-ID: <a@b>\r\nContent-Disposition: attachment; filename=\"a\r\n\tb\"\r\n\r\nx",
        "Message-ID: <a@b>\r\nContent-Type: x/y; name=\"a\\\"  b\"\r\n\r\nx",
    ])
    func `nothing is said of a message that readers might read otherwise`(_ message: String) {
        #expect(identity(message) == nil)
        #expect(identity(message, piece: 3) == nil)
    }

    @Test(arguments: [
        "Content-Type: x/y;  name=\"a b\"", "Content-Type: x/y;\r\n\tname=\"a\r\n b\"", "X-Mailer : x",
        "Subject: \"a  b\"",
    ])
    func `what readers read alike has an identity`(_ field: String) {
        #expect(identity("Message-ID: <a@b>\r\n\(field)\r\n\r\nx") != nil)
    }

    @Test func `every field by which certified mail is told apart counts, apart from what deliveries put on top`() {
        let read = Set(ClassifiedField.allCases.map { $0.rawValue.lowercased() })
        #expect(read.subtracting(ContentIdentity.names) == ["return-path"])
        for field in ClassifiedField.allCases where field != .returnPath {
            let other = Self.message.replacing("\r\n\r\n", with: "\r\n\(field.rawValue): x\r\n\r\n", maxReplacements: 1)
            #expect(identity(other) != identity(Self.message), "\(field)")
        }
    }

    @Test func `a message of a header alone has an identity, with its empty line or without`() {
        let header = "Message-ID: <a@b>\r\nSubject: x\r\n"
        #expect(identity(header) != nil)
        #expect(identity(header) == identity("\(header)\r\n"))
        #expect(identity(header, piece: 1) == identity("\(header)\r\n\r\n\r\n", piece: 3))
    }

    @Test func `line ends without end cost no memory and no time to speak of`() {
        let lines = String(repeating: "\r\n", count: 500_000)
        #expect(identity("Message-ID: <a@b>\r\n\r\n\(lines)") == identity("Message-ID: <a@b>\r\n\r\n"))
        #expect(identity("Message-ID: <a@b>\r\n\r\n\(lines)x") != identity("Message-ID: <a@b>\r\n\r\nx"))
    }
}
