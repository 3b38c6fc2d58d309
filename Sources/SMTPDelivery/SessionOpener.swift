// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailTransport
import SMTPProtocol

import struct NIOCore.ByteBuffer

/// A connection on which greeting, TLS and login are done.
struct OpenedConnection: Sendable {
    let connection: MailConnection
    let capabilities: SMTPCapabilities
    let isSecure: Bool
    let decoder: SMTPReplyDecoder
}

/// Drives an `SMTPClientMachine` over a new connection.
struct SessionOpener {
    let settings: SMTPSessionSettings
    var credentials: SMTPCredentials?
    let connector: MailConnector
    /// Where the server is, when its name alone does not say; see `SMTPClientSession.Place`.
    var place = SMTPClientSession.Place()

    /// Connects and opens a session under the policy `tls`.
    func open(_ endpoint: Endpoint, tls: TLSPolicy) async throws(SMTPClientError) -> OpenedConnection {
        let connection: MailConnection
        do {
            connection = try await connector.connect(
                to: endpoint,
                at: place.address,
                judgedBy: place.judge,
                within: settings.timeouts.connect
            )
        } catch {
            throw SMTPClientError(error.code == .tls ? .tls : .unreachable, error.message)
        }
        var machine = SMTPClientMachine(
            .init(
                hostname: settings.hostname,
                tls: tls,
                hasImplicitTLS: endpoint.hasImplicitTLS,
                credentials: credentials,
                peer: connection.peer
            )
        )
        do {
            return try await run(&machine, connection)
        } catch {
            await connection.close()
            throw error
        }
    }

    private func run(
        _ machine: inout SMTPClientMachine,
        _ connection: MailConnection
    ) async throws(SMTPClientError) -> OpenedConnection {
        var decoder = SMTPReplyDecoder()
        while true {
            let reply = try await readReply(&decoder, connection, machine.state)
            var actions = machine.handle(.reply(reply))
            while !actions.isEmpty {
                switch actions.removeFirst() {
                case .send(let line): try await write(line, connection)
                case .sendSecret(let line): try await write(line.reveal(), connection)
                case .startTLS:
                    actions += machine.handle(try await startTLS(decoder, connection))
                case .ready(let capabilities):
                    return OpenedConnection(
                        connection: connection,
                        capabilities: capabilities,
                        isSecure: machine.isSecure,
                        decoder: decoder
                    )
                case .fail(let error): throw error
                }
            }
        }
    }

    private func startTLS(
        _ decoder: SMTPReplyDecoder,
        _ connection: MailConnection
    ) async throws(SMTPClientError) -> SMTPClientMachine.Event {
        guard decoder.isEmpty else { throw injection(connection) }
        do {
            try await connection.startTLS(within: settings.timeouts.connect)
            return .tlsEstablished
        } catch {
            guard error.code != .injection else { throw injection(connection) }
            return .tlsFailed(place.judge?.refusal ?? error.message)
        }
    }

    private func injection(_ connection: MailConnection) -> SMTPClientError {
        SMTPClientError(
            .protocolViolation,
            "\(connection.peer) sent octets in clear behind its go-ahead for TLS, as an attacker on the way would"
        )
    }

    private func write(_ line: String, _ connection: MailConnection) async throws(SMTPClientError) {
        do {
            try await connection.write(ByteBuffer(string: line + "\r\n"), within: settings.timeouts.command)
        } catch {
            throw SMTPClientError(.unreachable, error.message)
        }
    }

    private func readReply(
        _ decoder: inout SMTPReplyDecoder,
        _ connection: MailConnection,
        _ state: SMTPClientMachine.State
    ) async throws(SMTPClientError) -> SMTPReply {
        let limit = state == .greeting ? settings.timeouts.greeting : settings.timeouts.command
        let end = ContinuousClock.now + limit
        do {
            while true {
                if let reply = try decoder.next() { return reply }
                decoder.append(try await connection.read(within: max(.zero, end - .now)))
            }
        } catch let error as TransportError {
            throw SMTPClientError(.unreachable, error.message)
        } catch {
            throw SMTPClientError(.protocolViolation, "\(connection.peer): \(error)")
        }
    }
}
