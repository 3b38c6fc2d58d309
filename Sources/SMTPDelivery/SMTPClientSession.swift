// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
public import MailQueue
public import MailTransport
public import SASLMechanisms
public import SMTPProtocol

public import struct NIOCore.ByteBuffer

/// A session with an SMTP server, ready for mail transactions one after the other. One task uses it at a time.
///
/// Once anything goes wrong with the connection the session is closed and `isUsable` is false.
public actor SMTPClientSession {
    /// The content of a message.
    public enum Content: Sendable {
        /// In memory.
        case octets(ByteBuffer)
        /// To be read in pieces.
        case reader(any BodyReader)
    }

    /// Where a server is reached, and who judges its certificates, where its endpoint alone does not say.
    public struct Place: Sendable {
        /// The server's IP address; nil: its host is looked up.
        public var address: String?
        /// Judges its certificates; nil: the endpoint's policy does.
        public var judge: CertificateJudge?

        /// A place; by the endpoint's host and policy unless given.
        public init(address: String? = nil, judge: CertificateJudge? = nil) {
            self.address = address
            self.judge = judge
        }
    }

    /// Called with the places of the accepted recipients before the end of data is written; when it throws, the end is not written.
    public typealias BeforeEnd = @Sendable (_ accepted: [Int]) async throws(QueueError) -> Void

    /// The server: host, port and address.
    public nonisolated let peer: String
    /// What the server offers.
    public nonisolated let capabilities: SMTPCapabilities
    /// True when the session runs in TLS.
    public nonisolated let isSecure: Bool
    /// False once the server has closed the connection, which is how many end idle sessions.
    public nonisolated var isOpen: Bool { connection.isOpen }
    /// True while another transaction may begin.
    public private(set) var isUsable = true
    /// Transactions begun so far.
    public private(set) var transactions = 0

    /// The recipients that were refused, by their places in the envelope, of a transaction that was lost.
    public private(set) var refusals: [Int: SMTPReply] = [:]

    let connection: MailConnection
    let settings: SMTPSessionSettings
    private var decoder: SMTPReplyDecoder
    private var isEndOfDataSent = false

    init(opened: OpenedConnection, settings: SMTPSessionSettings) {
        connection = opened.connection
        peer = opened.connection.peer
        capabilities = opened.capabilities
        isSecure = opened.isSecure
        decoder = opened.decoder
        self.settings = settings
    }

    /// Connects to `endpoint`, greets, begins TLS as the endpoint asks, and logs in when there is a login; with an access token that is
    /// refused it asks for another one, once.
    ///
    /// A handshake that fails under `opportunistic` is followed by one connection in clear, on which no mechanism that shows the
    /// password is used; plaintext injected before TLS never is.
    public static func open(
        _ endpoint: Endpoint,
        settings: SMTPSessionSettings,
        login: SASLLogin?,
        connector: MailConnector,
        at place: Place = Place()
    ) async throws(SMTPClientError) -> SMTPClientSession {
        var opener = SessionOpener(settings: settings, credentials: nil, connector: connector, place: place)
        guard let login else { return try await open(endpoint, by: opener) }
        return try await login.attempt(
            isRefusal: { $0.code == .loginRefused },
            failure: { SMTPClientError($0, of: login) },
            body: { credential throws(SMTPClientError) in
                opener.credentials = SMTPCredentials(login: login.name, credential: credential)
                return try await open(endpoint, by: opener)
            }
        )
    }

    private static func open(
        _ endpoint: Endpoint,
        by opener: SessionOpener
    ) async throws(SMTPClientError) -> SMTPClientSession {
        let opened: OpenedConnection
        do {
            opened = try await opener.open(endpoint, tls: endpoint.tls)
        } catch  where error.code == .tls && endpoint.tls == .opportunistic && !endpoint.hasImplicitTLS {
            opened = try await opener.open(endpoint, tls: .none)
        }
        return SMTPClientSession(opened: opened, settings: opener.settings)
    }

    /// Carries out one mail transaction; `beforeEnd` is awaited before the end of data is written, so that the intent can be
    /// made durable.
    ///
    /// - Returns: the server's answer to each recipient.
    /// - Throws: `lostBeforeEndOfData` (nothing was taken), `lostAfterEndOfData` (nobody knows), `protocolViolation` (nothing was
    ///   taken), `content`.
    public func send(
        _ transaction: SMTPTransaction,
        content: Content,
        beforeEnd: BeforeEnd? = nil
    ) async throws(SMTPClientError) -> SMTPTransactionResult {
        precondition(isUsable, "a transaction on a session that has ended")
        transactions += 1
        isEndOfDataSent = false
        refusals = [:]
        var transaction = transaction
        if transaction.size > settings.smallContent || beforeEnd != nil { transaction.joinsContent = false }
        var machine = SMTPTransactionMachine(transaction, capabilities: capabilities, peer: peer)
        let outgoing = OutgoingContent(content: content, size: transaction.size, beforeEnd: beforeEnd)
        do {
            return try await run(&machine, outgoing)
        } catch {
            await close()
            refusals = machine.refusals
            guard error.code != .content, let result = machine.resultAtLoss() else { throw error }
            return result
        }
    }

    private func run(
        _ machine: inout SMTPTransactionMachine,
        _ outgoing: OutgoingContent
    ) async throws(SMTPClientError) -> SMTPTransactionResult {
        var actions = machine.handle(.start)
        var pending = ByteBuffer()
        while true {
            for action in actions {
                switch action {
                case .send(let lines): pending.writeString(lines)
                case .sendDotStuffed:
                    if let refusal = try await sendDotStuffed(outgoing, accepted: machine.acceptedRecipients) {
                        await close()
                        return machine.abandon(refusal)
                    }
                case .sendChunk:
                    try await sendChunk(outgoing, after: pending, accepted: machine.acceptedRecipients)
                    pending.clear()
                case .finish(let result):
                    if !result.isSessionUsable || hasSurplus { await close() }
                    return result
                case .fail(let error): throw lost(error.message, reply: error.reply, otherwise: .protocolViolation)
                }
            }
            if pending.readableBytes > 0 {
                try await write(pending)
                pending.clear()
            }
            actions = machine.handle(.reply(try await readReply(within: patience(for: machine.stage))))
        }
    }

    /// True when the server has said more than it was asked: the replies of a further transaction could not be told apart. Its 421
    /// is left for that one to read.
    private var hasSurplus: Bool {
        guard !decoder.isEmpty else { return false }
        var rest = decoder
        do { return try rest.next()?.code != 421 } catch { return true }
    }

    private func patience(for stage: SMTPTransactionMachine.Stage?) -> Duration {
        switch stage {
        case .data: settings.timeouts.data
        case .content, .emptyData: settings.timeouts.endOfData
        case .mail, .recipient, .reset, nil: settings.timeouts.command
        }
    }

    /// Says QUIT and closes the connection.
    /// - Returns: true when the server said goodbye too.
    @discardableResult
    public func quit() async -> Bool {
        guard isUsable else { return false }
        isUsable = false
        do {
            try await connection.write(ByteBuffer(string: "QUIT\r\n"), within: settings.timeouts.quit)
            _ = try await connection.read(within: settings.timeouts.quit)
            await connection.close()
            return true
        } catch {
            await connection.close()
            return false
        }
    }

    /// Closes the connection at once; a transaction under way fails.
    public func close() async {
        isUsable = false
        await connection.close()
    }

    // MARK: Octets

    /// From here on a loss leaves doubt about what the server took.
    func noteEndOfData() { isEndOfDataSent = true }

    func write(_ octets: ByteBuffer) async throws(SMTPClientError) {
        do {
            try await connection.write(octets, within: settings.timeouts.block)
        } catch {
            let lastWords = await wordsBeforeLoss()
            throw lost(error.message + (lastWords.map { "; it had said \"\($0)\"" } ?? ""), reply: lastWords)
        }
    }

    private func readReply(within limit: Duration) async throws(SMTPClientError) -> SMTPReply {
        // For the whole reply: a server that drips octets is lost like one that is silent.
        let end = ContinuousClock.now + limit
        do {
            while true {
                if let reply = try decoder.next() { return reply }
                decoder.append(try await connection.read(within: max(.zero, end - .now)))
            }
        } catch let error as TransportError {
            throw lost(error.message)
        } catch {
            throw lost("\(peer): \(error)", otherwise: .protocolViolation)
        }
    }

    /// Sends one command and reads its reply.
    func ask(_ command: String) async throws(SMTPClientError) -> SMTPReply {
        try await write(ByteBuffer(string: command + "\r\n"))
        return try await readReply(within: settings.timeouts.command)
    }

    /// What a server said before it closed the connection under our writing: the reason, often.
    private func wordsBeforeLoss() async -> SMTPReply? {
        do {
            while true {
                if let reply = try decoder.next(), !reply.isPositive { return reply }
                decoder.append(try await connection.read(within: .milliseconds(100)))
            }
        } catch {
            return nil
        }
    }

    func lost(
        _ message: String,
        reply: SMTPReply? = nil,
        otherwise code: SMTPClientError.Code = .lostBeforeEndOfData
    ) -> SMTPClientError {
        SMTPClientError(isEndOfDataSent ? .lostAfterEndOfData : code, message, reply: reply)
    }
}

/// The content of one transaction on its way out.
struct OutgoingContent {
    let content: SMTPClientSession.Content
    let size: Int
    let beforeEnd: SMTPClientSession.BeforeEnd?
}

extension SMTPClientError {
    /// There is nothing to log in with.
    fileprivate init(_ error: CredentialError, of login: SASLLogin) {
        let code: Code =
            switch error.code {
            case .unavailable: .passwordUnavailable
            case .delayed: .loginDeferred
            case .signInNeeded: .signInNeeded
            }
        self.init(code, "no login as \(login.name): \(error)")
    }
}
