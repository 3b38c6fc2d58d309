// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOSSL
import TestLab

/// A certificate authority and two server certificates, made by the openssl command in a directory that goes with the value.
final class TestCertificates: Sendable {
    let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("ceralacca-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout ca.key -out ca.pem -subj /CN=Test"
        )
        try leaf("localhost", names: "DNS:localhost")
        try leaf("other", names: "DNS:other.example")
    }

    deinit {
        do { try FileManager.default.removeItem(at: directory) } catch {
            print("left behind: \(directory.path): \(error)")
        }
    }

    var authority: String { path("ca.pem") }

    func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

    /// The hash of a certificate's octets, as a `ScriptedServer` of this process says it.
    func hash(_ name: String) throws -> String {
        "\(try NIOSSLCertificate.fromPEMFile(path("\(name).pem"))[0].toDERBytes().hashValue)"
    }

    /// Puts another certificate in the place of `name`.
    func renew(_ name: String) throws {
        try leaf(name, names: "DNS:\(name)")
    }

    func serverContext(_ name: String, asksForCertificate: Bool = false) throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMFile(path("\(name).pem")).map {
            NIOSSLCertificateSource.certificate($0)
        }
        let key = try NIOSSLPrivateKey(file: path("\(name).key"), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain,
            privateKey: .privateKey(key)
        )
        if asksForCertificate {
            configuration.certificateVerification = .optionalVerification
            configuration.trustRoots = .file(authority)
        }
        return try NIOSSLContext(configuration: configuration)
    }

    private func leaf(_ name: String, names: String) throws {
        try openssl(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout \(name).key -out \(name).csr -subj /CN=\(name)"
        )
        try "subjectAltName=\(names)".write(toFile: path("\(name).ext"), atomically: true, encoding: .utf8)
        try openssl(
            "x509 -req -in \(name).csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out \(name).pem -extfile \(name).ext"
        )
    }

    private func openssl(_ arguments: String) throws {
        try Command.run("openssl", arguments.split(separator: " ").map(String.init), directory: directory.path)
    }
}
