// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOSSL
import TestLab

/// A certificate authority made by the openssl command, with certificates for a server and for clients.
final class TestAuthority: Sendable {
    static let shared = Result { try TestAuthority() }

    let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("ceralacca-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try authority("ca")
        try authority("stranger")
        try leaf("server", subject: "/CN=relay.azienda.it", by: "ca")
        try leaf("second", subject: "/CN=second.azienda.it", by: "ca")
        try leaf("exchange", subject: "/C=IT/O=Azienda, S.p.A./CN=exch1.azienda.lan", by: "ca")
        try leaf("intruder", subject: "/CN=exch1.azienda.lan", by: "stranger")
    }

    func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

    /// A server's context; with `asksForCertificate` it verifies the client's certificate, when there is one.
    func server(_ name: String = "server", asksForCertificate: Bool = false) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try chain(name),
            privateKey: .privateKey(try key(name))
        )
        if asksForCertificate {
            configuration.certificateVerification = .optionalVerification
            configuration.trustRoots = .file(path("ca.pem"))
        }
        return try NIOSSLContext(configuration: configuration)
    }

    /// A client's context, with a certificate of its own or without one.
    func client(_ name: String? = nil) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .file(path("ca.pem"))
        if let name {
            configuration.certificateChain = try chain(name)
            configuration.privateKey = .privateKey(try key(name))
        }
        return try NIOSSLContext(configuration: configuration)
    }

    /// Runs openssl and returns what it wrote; `input` is what it reads.
    @discardableResult
    func openssl(_ arguments: [String], input: String = "") throws -> String {
        let file = directory.appendingPathComponent("input-\(UUID().uuidString)")
        try Data(input.utf8).write(to: file)
        return try Command.outcome("openssl", arguments, directory: directory.path, input: file.path).output
    }

    private func authority(_ name: String) throws {
        try openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout \(name).key -out \(name).pem -subj /CN=\(name)"
                .split(separator: " ").map(String.init)
        )
    }

    private func leaf(_ name: String, subject: String, by authority: String) throws {
        try openssl(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout \(name).key -out \(name).csr -subj"
                .split(separator: " ").map(String.init) + [subject]
        )
        try openssl(
            "x509 -req -in \(name).csr -CA \(authority).pem -CAkey \(authority).key -CAcreateserial -days 2 -out \(name).pem"
                .split(separator: " ").map(String.init)
        )
    }

    private func chain(_ name: String) throws -> [NIOSSLCertificateSource] {
        try NIOSSLCertificate.fromPEMFile(path("\(name).pem")).map { .certificate($0) }
    }

    private func key(_ name: String) throws -> NIOSSLPrivateKey {
        try NIOSSLPrivateKey(file: path("\(name).key"), format: .pem)
    }
}
