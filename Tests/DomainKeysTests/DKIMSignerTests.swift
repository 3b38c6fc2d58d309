// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import DomainKeys
import MailModel
import NIOCore
import TestLab
import Testing

@Suite struct DKIMSignerTests {
    private static let now = Timestamp(milliseconds: 1_795_000_000_000)

    /// The message of RFC 8463 appendix A.
    private static let example = """
        From: Joe SixPack <joe@football.example.com>\r
        To: Suzie Q <suzie@shopping.example.net>\r
        Subject: Is dinner ready?\r
        Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r
        Message-ID: <20030712040037.46341.5F8J@football.example.com>\r
        \r
        Hi.\r
        \r
        We lost the game.  Are you hungry yet?\r
        \r
        Joe.\r

        """

    /// The Ed25519 seed of RFC 8463 appendix A.2, in PKCS #8.
    private static let ed25519 = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
        -----END PRIVATE KEY-----
        """

    private func key(_ pem: String, selector: String = "brisbane") throws -> DomainKey {
        DomainKey(
            domain: "football.example.com",
            selector: selector,
            key: try SigningKey(pem: Secret(pem))
        )
    }

    private func fields(_ message: String, _ keys: [DomainKey], pieces: Int = .max) throws -> String {
        let header = HeaderSection(ByteBuffer(string: message))
        var body = ByteBuffer(bytes: Array(message.utf8).dropFirst(header.octets))
        var signer = DKIMSigner(keys)
        while let piece = body.readSlice(length: min(pieces, body.readableBytes)), piece.readableBytes > 0 {
            signer.append(piece)
        }
        return try signer.fields(for: header, at: Self.now)
    }

    @Test func `the key and the body hash are those of RFC 8463 appendix A`() throws {
        let key = try key(Self.ed25519)
        #expect(key.key.record == "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
        #expect(key.recordName == "brisbane._domainkey.football.example.com")
        let field = try fields(Self.example, [key])
        #expect(field.contains("\r\n bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"))
        #expect(
            field.hasPrefix("DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com;")
        )
        // Each once more than it occurs: none can be added.
        let names =
            "From:From:Sender:Reply-To:To:To:Cc:Subject:Subject:Date:Date:Message-ID:Message-ID:In-Reply-To:"
            + "References:MIME-Version:Content-Type:Content-Transfer-Encoding"
        #expect(field.filter { !$0.isWhitespace }.contains("h=\(names);"))
        let lines = field.split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines.last == "" && lines.allSatisfy { $0.utf8.count <= 78 })
    }

    @Test(arguments: [
        ("", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
        ("\r\n\r\n", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
        (" \t\r\n", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
    ])
    func `a body of blank lines is no body`(_ body: String, _ hash: String) throws {
        let field = try fields("From: a@football.example.com\r\n\r\n\(body)", [key(Self.ed25519)])
        #expect(field.contains(" bh=\(hash);"))
    }

    @Test func `the signature is the same however the body is cut, and whatever relaxed form lets pass`() throws {
        let key = try key(Self.ed25519)
        let body = "a  b\t c \r\n\r\n \r\nd\r\r\ne \n f\r\nlast"
        let message = "From: a@football.example.com\r\nSubject: x\r\n\r\n\(body)"
        let whole = try fields(message, [key])
        for size in 1..<12 { #expect(try fields(message, [key], pieces: size) == whole) }
        for alike in [
            message + "\r\n", message + " \t\r\n\r\n\r\n", message.replacing("a  b\t c \r\n", with: "a b c\r\n"),
            message.replacing("Subject: x", with: "SUBJECT :\r\n\tx "),
        ] { #expect(try fields(alike, [key]) == whole) }
        for other in [message + "x", message.replacing("Subject: x", with: "Subject: y"), "\(message)\r\n\r\nx"] {
            #expect(try fields(other, [key]) != whole)
        }
    }

    @Test func `what is no key is refused without being shown`() throws {
        let wrong = [
            "", "-----BEGIN PRIVATE KEY-----\nsegreto\n-----END PRIVATE KEY-----", "segreto",
            Self.ed25519.replacing("MC4CAQ", with: "MC4CAA"),
        ]
        for pem in wrong {
            let error = #expect(throws: SigningKeyError.self) { try SigningKey(pem: Secret(pem)) }
            #expect(error?.description.contains("segreto") == false)
        }
        #expect("\(try SigningKey(pem: Secret(Self.ed25519)))" == "ed25519-sha256")
    }

    /// Debian's opendkim verifies what was signed, and finds every change.
    @Test(arguments: ["rsa:2048", "rsa:1024", "rsa-pkcs1:2048", "ed25519"])
    func `opendkim verifies the signature, and refuses it after a change`(_ kind: String) throws {
        let directory = try Files.makeTemporaryDirectory("dkim")
        defer { Files.remove(directory) }
        let path = "\(directory)/key.pem"
        switch kind {
        case "ed25519": try Command.run("openssl", ["genpkey", "-algorithm", "ed25519", "-out", path])
        case "rsa-pkcs1:2048": try Command.run("openssl", ["genrsa", "-traditional", "-out", path, "2048"])
        default:
            try Command.run(
                "openssl",
                ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:\(kind.dropFirst(4))", "-out", path]
            )
        }
        let key = try key(Files.text(path))
        #expect(key.key.rsaBits == (kind == "ed25519" ? nil : Int(kind.suffix(4))))
        try Files.write("\(key.recordName) \(key.key.record)\n", to: "\(directory)/keys")
        try Files.write(
            "Mode v\nTestPublicKeys \(directory)/keys\nMinimumKeyBits 1024\nUserID root\n",
            to: "\(directory)/opendkim.conf"
        )
        let body =
            "perché no?  \r\n\r\n\tdue  \r\n.\r\n" + String(repeating: "riga lunga \t di testo\r\n", count: 5000)
            + "\r\n\r\n"
        let header = Self.example.split(separator: "\r\n\r\n")[0]
        let message = "Received: x\r\n\(header)\r\nCc: uno@x.it,\r\n due@x.it\r\n\r\n\(body)"
        let signed = try fields(message, [key]) + message
        #expect(try Self.verdict(signed, directory).contains("succeeded"))
        let changes = [
            signed.replacing("perch", with: "Perch"), signed.replacing("dinner", with: "lunch"),
            signed.replacing("due@x.it", with: "tre@x.it"), "From: other@x.it\r\n" + signed,
        ]
        for changed in changes { #expect(try !Self.verdict(changed, directory).contains("succeeded")) }
    }

    private static func verdict(_ message: String, _ directory: String) throws -> String {
        try Files.write(message, to: "\(directory)/message")
        return try Command.outcome(
            "opendkim",
            ["-x", "\(directory)/opendkim.conf", "-t", "\(directory)/message", "-vv"]
        )
        .output
    }
}
