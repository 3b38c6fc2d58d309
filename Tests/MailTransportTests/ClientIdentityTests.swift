// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MailModel
import MailTransport
import NIOCore
import NIOPosix
import Testing

@Suite struct ClientIdentityTests {
    private let certificates: TestCertificates
    private let connector = MailConnector(group: MultiThreadedEventLoopGroup.singleton)

    init() throws {
        certificates = try TestCertificates()
    }

    private func server(implicit: Bool = false) async throws -> ScriptedServer {
        try await ScriptedServer(
            greeting: implicit ? nil : "220 ready\r\n",
            answers: ["STARTTLS": "220 go\r\n", "WHO": "250 {certificate}\r\n"],
            tls: try certificates.serverContext("localhost", asksForCertificate: true),
            implicit: implicit
        )
    }

    private func endpoint(_ server: ScriptedServer, _ scheme: Endpoint.Scheme = .smtp) -> Endpoint {
        Endpoint(scheme: scheme, host: "localhost", port: server.port, tls: .verify, trust: certificates.authority)
    }

    /// What the server says of the certificate that it was shown.
    private func shown(to endpoint: Endpoint) async throws -> String {
        let limit = Duration.seconds(10)
        let connection = try await connector.connect(to: endpoint, within: limit)
        if !endpoint.hasImplicitTLS {
            _ = try await connection.read(within: limit)
            try await connection.write(ByteBuffer(string: "STARTTLS\r\n"), within: limit)
            _ = try await connection.read(within: limit)
            try await connection.startTLS(within: limit)
        }
        try await connection.write(ByteBuffer(string: "WHO\r\n"), within: limit)
        let answer = String(buffer: try await connection.read(within: limit))
        await connection.close()
        return answer
    }

    private func identity(_ name: String = "other") -> ClientIdentity {
        ClientIdentity(certificate: certificates.path("\(name).pem"), key: certificates.path("\(name).key"))
    }

    @Test
    func
        `a certificate is shown to the servers that it is for, by STARTTLS and from the first octet, and to no others`()
        async throws
    {
        let (exchange, implicit, stranger) = (try await server(), try await server(implicit: true), try await server())
        #expect(try await shown(to: endpoint(exchange)) == "250 none\r\n")
        connector.show(identity(), to: [endpoint(exchange), endpoint(implicit, .smtps)])
        let expected = "250 \(try certificates.hash("other"))\r\n"
        #expect(try await shown(to: endpoint(exchange)) == expected)
        #expect(try await shown(to: endpoint(implicit, .smtps)) == expected)
        #expect(try await shown(to: endpoint(stranger)) == "250 none\r\n")
        connector.show(nil, to: [])
        #expect(try await shown(to: endpoint(exchange)) == "250 none\r\n")
        for server in [exchange, implicit, stranger] { try await server.stop() }
    }

    @Test func `a renewed certificate is shown at the next connection`() async throws {
        let exchange = try await server()
        connector.show(identity(), to: [endpoint(exchange)])
        let first = try await shown(to: endpoint(exchange))
        try certificates.renew("other")
        // The file's time has whole seconds; a renewal is not as soon as this.
        for name in ["other.pem", "other.key"] {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: 60)],
                ofItemAtPath: certificates.path(name)
            )
        }
        let second = try await shown(to: endpoint(exchange))
        let renewed = try certificates.hash("other")
        #expect(second != first && second == "250 \(renewed)\r\n")
        try await exchange.stop()
    }

    @Test func `a certificate that cannot be used ends the connection with words`() async throws {
        let exchange = try await server(implicit: true)
        let target = endpoint(exchange, .smtps)
        for (certificate, key, words) in [
            ("nowhere.pem", "other.key", "cannot read the gateway's certificate"), ("other.pem", "nowhere.key", "key"),
            ("ca.key", "other.key", "cannot use the gateway's certificate"),
            ("other.pem", "localhost.key", "cannot use"),
        ] {
            connector.show(
                ClientIdentity(certificate: certificates.path(certificate), key: certificates.path(key)),
                to: [target]
            )
            let error = await #expect(throws: TransportError.self) { try await shown(to: target) }
            #expect(error?.code == .tls && error?.message.contains(words) == true, "\(error?.message ?? "-")")
        }
        try await exchange.stop()
    }
}
