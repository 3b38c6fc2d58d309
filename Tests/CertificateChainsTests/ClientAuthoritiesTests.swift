// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertificateChains
import Foundation
import TestLab
import Testing

@Suite struct ClientAuthoritiesTests {
    private static let name = "mail.protection.outlook.com"
    private let directory: String
    private let authority: CertificateAuthority
    private let authorities: ClientAuthorities

    init() throws {
        directory = try Files.makeTemporaryDirectory("authorities")
        authority = try CertificateAuthority(in: directory)
        authorities = try #require(ClientAuthorities(pem: try Self.octets(authority.root)))
    }

    private static func octets(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    private static func chain(_ paths: String...) throws -> [[UInt8]] {
        try paths.map { path in
            try Command.run("openssl", ["x509", "-in", path, "-outform", "DER", "-out", "\(path).der"])
            return try octets("\(path).der")
        }
    }

    private func failure(_ extensions: String..., subject: String = "/CN=x", days: Int = 30) throws -> String? {
        let issued = try authority.issue("leaf", subject: subject, extensions: extensions, days: days)
        return authorities.failure(of: try Self.chain(issued.certificate), name: Self.name)
    }

    @Test(arguments: ["serverAuth", "clientAuth", "serverAuth,clientAuth", ""])
    func `a certificate for servers, for clients, for both or for anything is taken`(_ usage: String) throws {
        let names = "subjectAltName=DNS:*.mail.protection.outlook.com,DNS:\(Self.name),DNS:outlook.com"
        #expect(try (usage.isEmpty ? failure(names) : failure(names, "extendedKeyUsage=\(usage)")) == nil)
    }

    @Test func `one for signing programs, one that has expired and one of another authority are not`() throws {
        let names = "subjectAltName=DNS:\(Self.name)"
        #expect(try failure(names, "extendedKeyUsage=codeSigning")?.contains("not trusted") == true)
        #expect(try failure(names, days: -1)?.contains("expired") == true)
        let stranger = try CertificateAuthority(in: "\(directory)/stranger")
        let issued = try stranger.issue("leaf", extensions: [names])
        #expect(
            authorities.failure(of: try Self.chain(issued.certificate), name: Self.name)?.contains("not trusted")
                == true
        )
        let both = try Self.chain(issued.certificate, stranger.root)
        #expect(authorities.failure(of: both, name: Self.name)?.contains("not trusted") == true)
        #expect(authorities.failure(of: [], name: Self.name) != nil)
        #expect(authorities.failure(of: [[0x30, 0x80, 1]], name: Self.name) != nil)
    }

    @Test(arguments: [
        "DNS:*.protection.outlook.com", "DNS:*.mail.protection.outlook.com", "DNS:x.mail.protection.outlook.com",
        "DNS:protection.outlook.com", "DNS:mail.protection.outlook.com.altra.it", "DNS:xmail.protection.outlook.com",
        "DNS:.mail.protection.outlook.com", "DNS:mail.protection.outlook.com.", "email:x@mail.protection.outlook.com",
        "URI:https://mail.protection.outlook.com/", "DNS:*", "DNS:mail.*.outlook.com",
    ])
    func `only the very name among the alternative names counts`(_ name: String) throws {
        let words = try #require(try failure("subjectAltName=\(name)", subject: "/CN=\(Self.name)"))
        #expect(words.contains("is not that of \(Self.name)"))
    }

    @Test func `the subject's name does not count, nor a name with a NUL in it; case makes no difference`() throws {
        #expect(try failure(subject: "/CN=\(Self.name)")?.contains("names nothing") == true)
        // dNSName "mail.protection.outlook.com\0.altra.it"
        let octets = Array(Self.name.utf8) + [0] + Array(".altra.it".utf8)
        let body = [0x82, UInt8(octets.count)] + octets
        let der = ([0x30, UInt8(body.count)] + body).map { String($0, radix: 16).leftPadded }.joined(separator: ":")
        #expect(try failure("subjectAltName=DER:\(der)") != nil)
        #expect(try failure("subjectAltName=DNS:MAIL.Protection.Outlook.COM") == nil)
    }

    @Test func `a chain is followed by the certificates that come along`() throws {
        let middle = try authority.issue(
            "middle",
            subject: "/CN=middle",
            extensions: ["basicConstraints=critical,CA:TRUE"]
        )
        let names = "\(directory)/names.ext"
        try Files.write("subjectAltName=DNS:\(Self.name)\nextendedKeyUsage=serverAuth\n", to: names)
        let leaf = try authority.issue("deep")
        try Command.run(
            "openssl",
            ["x509", "-req", "-in", "\(directory)/deep.csr", "-CA", middle.certificate, "-CAkey", middle.key]
                + ["-CAcreateserial", "-days", "5", "-out", leaf.certificate, "-extfile", names]
        )
        let whole = try Self.chain(leaf.certificate, middle.certificate)
        #expect(authorities.failure(of: whole, name: Self.name) == nil)
        #expect(authorities.failure(of: Array(whole.prefix(1)), name: Self.name)?.contains("not trusted") == true)
        // A certificate that is no authority's signs nothing.
        let unfit = try authority.issue("false", subject: "/CN=false", extensions: ["basicConstraints=CA:FALSE"])
        try Command.run(
            "openssl",
            ["x509", "-req", "-in", "\(directory)/deep.csr", "-CA", unfit.certificate, "-CAkey", unfit.key]
                + ["-CAcreateserial", "-days", "5", "-out", leaf.certificate, "-extfile", names]
        )
        let signedByLeaf = try Self.chain(leaf.certificate, unfit.certificate)
        #expect(authorities.failure(of: signedByLeaf, name: Self.name)?.contains("not trusted") == true)
    }

    @Test(arguments: ["clientAuth", "serverAuth,clientAuth", ""])
    func `without a name any of the authority's will do that may serve clients`(_ usage: String) throws {
        let issued = try authority.issue("any", extensions: usage.isEmpty ? [] : ["extendedKeyUsage=\(usage)"])
        #expect(authorities.failure(of: try Self.chain(issued.certificate)) == nil)
    }

    @Test func `without a name a certificate for servers alone is not taken`() throws {
        let names = "subjectAltName=DNS:\(Self.name)"
        let issued = try authority.issue("server", extensions: [names, "extendedKeyUsage=serverAuth"])
        let chain = try Self.chain(issued.certificate)
        #expect(authorities.failure(of: chain)?.contains("not trusted") == true)
        #expect(authorities.failure(of: chain, name: Self.name) == nil)
    }

    @Test(arguments: [("rsa:1024", "-sha256"), ("rsa:2048", "-sha1")])
    func `keys and digests that are too weak prove nothing, to a client's listener or a server's anchor`(
        _ key: String,
        _ digest: String
    ) throws {
        for (key, digest, isTaken) in [(key, digest, false), ("rsa:2048", "-sha256", true)] {
            let place = "\(directory)/weak"
            try Files.write("subjectAltName=DNS:\(Self.name)\n", to: "\(place).ext")
            try Command.run(
                "openssl",
                ["req", "-newkey", key, "-nodes", "-keyout", "\(place).key", "-out", "\(place).csr", "-subj", "/CN=x"]
            )
            try Command.run(
                "openssl",
                ["x509", "-req", digest, "-in", "\(place).csr", "-CA", authority.root, "-CAkey", "\(directory)/ca.key"]
                    + ["-CAcreateserial", "-days", "5", "-out", "\(place).pem", "-extfile", "\(place).ext"]
            )
            let chain = try Self.chain("\(place).pem")
            let anchor = try #require(try Self.chain(authority.root).first)
            #expect((authorities.failure(of: chain, name: Self.name) == nil) == isTaken)
            #expect((authorities.failure(of: chain) == nil) == isTaken)
            #expect((CertificateChain.failure(of: chain, anchor: anchor, names: [Self.name]) == nil) == isTaken)
        }
    }

    @Test func `the roots of the system are read, and a text without certificates is none`() throws {
        let system = try #require(ClientAuthorities(pem: try Self.octets("/etc/ssl/certs/ca-certificates.crt")))
        #expect(system.count > 50)
        let issued = try authority.issue("leaf", extensions: ["subjectAltName=DNS:\(Self.name)"])
        #expect(
            system.failure(of: try Self.chain(issued.certificate), name: Self.name)?.contains("not trusted") == true
        )
        #expect(
            ClientAuthorities(pem: Array("-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n".utf8)) == nil
        )
        #expect(ClientAuthorities(pem: []) == nil)
    }

    @Test func `the names of a certificate in a file are its DNS names, in lower case and in order`() throws {
        let issued = try authority.issue(
            "names",
            subject: "/CN=other.it",
            extensions: ["subjectAltName=DNS:Relay.azienda.it,IP:10.0.0.2,email:a@b.it,DNS:*.azienda.it"]
        )
        let text = try Self.octets(issued.certificate) + Self.octets(authority.certificate)
        #expect(Certificate.dnsNames(pem: text) == ["relay.azienda.it", "*.azienda.it"])
        #expect(Certificate.dnsNames(pem: Array("no certificate".utf8)).isEmpty)
        let bare = try authority.issue("bare", subject: "/CN=other.it")
        #expect(Certificate.dnsNames(pem: try Self.octets(bare.certificate)).isEmpty)
    }
}

extension String {
    fileprivate var leftPadded: String { count == 1 ? "0\(self)" : self }
}
