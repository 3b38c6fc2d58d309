// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailTransport
import NIOCore
import NIOPosix

@testable import Sandbox

/// A provider's core with its POP3 service on loopback.
struct ProviderWorld {
    let core: ProviderCore
    let listener: POP3Listener
    let anna = ProviderWorld.account("anna@pec.example.it", login: "M1", "segreto-a")
    let bruno = ProviderWorld.account("bruno@pec.example.it", login: nil, "segreto-b")
    let directory: DemoDirectory
    let trust: String

    static func make() async throws -> ProviderWorld {
        let accounts = [
            account("anna@pec.example.it", login: "M1", "segreto-a"),
            account("bruno@pec.example.it", login: nil, "segreto-b"),
        ]
        let identifiers = ProviderIdentifiers(
            domain: Fixtures.profile.domain,
            clock: FixedClock(moment: Fixtures.moment),
            prefix: "sim1"
        )
        let core = ProviderCore(
            profile: Fixtures.profile,
            accounts: ProviderAccounts(accounts),
            voice: CertifiedVoice(own: try Fixtures.composer(), peers: [:], identifiers: identifiers),
            maildrops: Maildrops(),
            events: Arrivals(),
            clock: FixedClock(moment: Fixtures.moment),
            identifiers: identifiers,
            certifiedDomains: ["altro-pec.example.it"],
            maximumTotal: .megabytes(1)
        )
        let authority = try Fixtures.serverAuthority.get()
        let tls = try ServerTLS.context(try authority.serverIdentity())
        let listener = try await POP3Listener.open(
            core: core,
            tls: tls,
            group: MultiThreadedEventLoopGroup.singleton,
            logger: Fixtures.quiet
        )
        let directory = try DemoDirectory()
        return ProviderWorld(
            core: core,
            listener: listener,
            directory: directory,
            trust: try directory.write(try authority.trustPEM(), to: "ca.pem")
        )
    }

    /// Runs the service while `body` runs.
    func run(_ body: () async throws -> Void) async throws {
        async let _: Void = listener.run()  // cancelled when the scope is left
        defer { try? directory.remove() }
        try await body()
    }

    func pop3() async throws -> LineClient {
        let endpoint = Endpoint(
            scheme: .pop3s,
            host: "localhost",
            port: listener.port,
            tls: .verify,
            trust: trust
        )
        return LineClient(
            try await MailConnector(group: MultiThreadedEventLoopGroup.singleton)
                .connect(to: endpoint, within: .seconds(60))
        )
    }

    static func account(_ address: String, login: String?, _ password: String) -> ProviderAccount {
        ProviderAccount(address: Fixtures.address(address), login: login, password: Secret(password))
    }
}

/// Speaks a protocol of lines, one command at a time.
final class LineClient {
    private let connection: MailConnection
    private var buffer = ByteBuffer()

    init(_ connection: MailConnection) {
        self.connection = connection
    }

    func line() async throws -> String {
        while true {
            if let end = buffer.readableBytesView.firstIndex(of: 0x0A) {
                let line = buffer.readString(length: end - buffer.readerIndex + 1) ?? ""
                return String(line.unicodeScalars.filter { $0 != "\r" && $0 != "\n" }.map(Character.init))
            }
            var octets = try await connection.read(within: .seconds(60))
            buffer.writeBuffer(&octets)
        }
    }

    func lines(until end: String) async throws -> [String] {
        var lines: [String] = []
        while true {
            let line = try await line()
            if line == end { return lines }
            lines.append(line)
        }
    }

    func send(_ text: String) async throws {
        try await connection.write(ByteBuffer(string: text), within: .seconds(60))
    }

    func say(_ command: String) async throws -> String {
        try await send(command + "\r\n")
        return try await line()
    }

    func close() async { await connection.close() }
}
