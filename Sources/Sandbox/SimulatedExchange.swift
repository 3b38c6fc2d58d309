// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import Logging
public import MailModel
import MailTransport
public import NIOCore
import SMTPDelivery
import SMTPProtocol
import SMTPServer

/// A company's Exchange on loopback: takes mail for its domains by SMTP, and sends mail to its smarthost.
///
/// It offers what the documentation of Exchange lists (EXCHANGE.md §1), as far as our own listener speaks it; what Exchange
/// alone speaks (NTLM, XRDST, BINARYMIME) is left out, and SMTPUTF8 is offered beside it.
public final class SimulatedExchange: Sendable {
    /// How it behaves.
    public struct Behaviour: Sendable {
        /// Its name in greeting and EHLO.
        public var hostname = "exch1.azienda.example"
        /// The largest message: the default of a receive connector, 36 MB.
        public var maximumOctets = 37_748_736
        /// The most recipients of a message.
        public var maximumRecipients = 200
        /// Messages are counted and their octets dropped: for load.
        public var onlyCounts = false
        /// Judges a recipient before its domain is looked at; nil leaves it to that. For faults.
        public var judge: @Sendable (AddrSpec) -> SMTPReply? = { _ in nil }
        /// Called before a message is taken: a reply refuses it in its place. For faults.
        public var objection: @Sendable (ExchangeMessage) -> SMTPReply? = { _ in nil }

        /// An obliging one.
        public init() {}
    }

    /// The port of its receive connector.
    public let port: Int
    /// What it took, in order.
    public let messages: Arrivals<ExchangeMessage>

    private let listener: SMTPListener
    private let behaviour: Behaviour
    private let connector: MailConnector

    private init(
        port: Int,
        messages: Arrivals<ExchangeMessage>,
        listener: SMTPListener,
        behaviour: Behaviour,
        connector: MailConnector
    ) {
        self.port = port
        self.messages = messages
        self.listener = listener
        self.behaviour = behaviour
        self.connector = connector
    }

    /// Opens an Exchange on a free port of 127.0.0.1; it serves once `run` is called.
    public static func open(
        domains: [String],
        behaviour: Behaviour = Behaviour(),
        clock: any WallClock = SandboxClock(),
        group: any EventLoopGroup,
        logger: Logger
    ) async throws -> SimulatedExchange {
        let messages = Arrivals<ExchangeMessage>()
        let transport = ExchangeTransport(
            behaviour: behaviour,
            domains: Set(domains.map { $0.lowercased() }),
            messages: messages,
            clock: clock
        )
        var settings = ListenerSettings(hostname: behaviour.hostname, address: "127.0.0.1", port: 0)
        settings.limits.messageOctets = behaviour.maximumOctets
        settings.limits.recipients = behaviour.maximumRecipients
        settings.limits.errors = 5  // MaxProtocolErrors
        let listener = SMTPListener(settings: settings, receiver: transport, group: group, logger: logger)
        let port = try await listener.start()
        return SimulatedExchange(
            port: port,
            messages: messages,
            listener: listener,
            behaviour: behaviour,
            connector: MailConnector(group: group)
        )
    }

    /// Serves until the task is cancelled.
    public func run() async throws { try await listener.run() }

    /// The first message that matches, among those taken so far and those to come.
    /// - Throws: CancellationError when the task is cancelled meanwhile.
    public func awaitMessage(
        where matches: @escaping @Sendable (ExchangeMessage) -> Bool
    ) async throws -> ExchangeMessage {
        try await messages.first(where: matches)
    }

    /// Sends a message to the gateway's `exchange` listener on 127.0.0.1, as a send connector does to its smarthost.
    /// - Returns: the gateway's reply to each recipient, in the order of the envelope.
    public func send(
        _ octets: [UInt8],
        envelope: Envelope,
        toPort port: Int
    ) async throws(SandboxError) -> [SMTPReply] {
        let endpoint = Endpoint(scheme: .smtp, host: "127.0.0.1", port: port, tls: .none)
        do {
            let session = try await SMTPClientSession.open(
                endpoint,
                settings: SMTPSessionSettings(hostname: behaviour.hostname),
                login: nil,
                connector: connector
            )
            let result = try await session.send(
                SMTPTransaction(envelope: envelope, size: octets.count),
                content: .octets(ByteBuffer(bytes: octets))
            )
            await session.quit()
            return result.answers.map(\.reply)
        } catch {
            throw SandboxError(
                .dialogue,
                "Exchange cannot send to the gateway: \(error)",
                remedy: "See what the gateway's log says of this session"
            )
        }
    }
}
