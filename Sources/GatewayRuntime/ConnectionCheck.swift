// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import ContentScanning
public import GatewayConfiguration
import Glibc
import MailModel
import MailRetrieval
import MailTransport
import NIOPosix
import SASLMechanisms
import SMTPDelivery

/// `check --connect`: greets or logs in at every server that the configuration names, and sends nothing.
public struct ConnectionCheck: Sendable {
    /// What one server answered.
    public struct Finding: Hashable, Sendable {
        /// What the server is for: `exchange`, `relay`, `submission of azienda@pec.example.it`, …
        public let purpose: String
        /// The server, as the configuration names it.
        public let server: String
        /// True when it can be used.
        public let isGood: Bool
        /// What it answered, or why it cannot be used.
        public let answer: String
    }

    let configuration: Configuration
    let delivery: DeliverySettings
    private let retrieval: RetrievalSettings
    let connector = MailConnector(group: MultiThreadedEventLoopGroup.singleton)

    /// How long one server may take.
    private static let patience = Duration.seconds(20)

    /// A check of the servers of `configuration`, with the passwords that lie in `vault` or elsewhere, and the access tokens of `tokens`.
    public init(_ configuration: Configuration, vault: any VaultReading, tokens: TokenKeeper) {
        self.configuration = configuration
        connector.show(.init(configuration.exchange), to: configuration.exchange.servers)
        delivery = DeliverySettings(configuration, vault: vault, tokens: tokens)
        var retrieval = RetrievalSettings(configuration, vault: vault, tokens: tokens)
        retrieval.patience = RetrievalPatience(connect: Self.patience, silence: Self.patience, session: Self.patience)
        self.retrieval = retrieval
    }

    /// Asks all servers, a few at a time.
    ///
    /// - Returns: the findings in the order of the configuration.
    public func run() async -> [Finding] {
        let questions = questions()
        return await withTaskGroup(of: (Int, Finding).self) { tasks in
            var findings: [Int: Finding] = [:]
            for (place, question) in questions.enumerated() {
                if place >= 8, let (place, finding) = await tasks.next() { findings[place] = finding }
                tasks.addTask { (place, await question()) }
            }
            for await (place, finding) in tasks { findings[place] = finding }
            return findings.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    typealias Question = @Sendable () async -> Finding

    private func questions() -> [Question] {
        var questions: [Question] = delivery.exchange.map { server in
            { await greet("exchange", server, delivery.exchangeLogin) }
        }
        questions += recipientQuestions()
        if let relay = delivery.relay { questions.append { await greet("relay", relay, delivery.relayLogin) } }
        for account in configuration.accounts {
            if let target = delivery.accounts[account.address.comparisonKey] {
                questions.append { await greet("submission of \(account.address)", target.endpoint, target.login) }
            }
            if let fetched = retrieval.accounts.first(where: { $0.key == account.address.comparisonKey }) {
                questions.append { await look(into: fetched) }
            }
        }
        if Self.needsDNS(configuration) { questions.append { await Self.askDNS(configuration) } }
        let scanners = ContentFilter.Settings(configuration.scanners, connector: connector)
        for scanner in scanners.scanners + scanners.milters { questions.append { await ask(scanner) } }
        return questions
    }

    private func ask(_ scanner: any MessageScanner) async -> Finding {
        let (isGood, answer): (Bool, String)
        do throws(ScannerError) { (isGood, answer) = (true, try await scanner.check()) } catch {
            (isGood, answer) = (false, "\(error)")
        }
        await scanner.close()
        return Finding(purpose: "scanner \(scanner.name)", server: scanner.address, isGood: isGood, answer: answer)
    }

    private func greet(_ purpose: String, _ endpoint: Endpoint, _ login: SASLLogin?) async -> Finding {
        do {
            let session = try await open(endpoint, login)
            await session.quit()
            let tls = session.isSecure ? "TLS" : "in clear"
            let done = login == nil ? "greeted" : "logged in"
            return Finding(purpose: purpose, server: "\(endpoint)", isGood: true, answer: "\(done), \(tls)")
        } catch {
            return Finding(purpose: purpose, server: "\(endpoint)", isGood: false, answer: "\(error)")
        }
    }

    /// A session with a server, logged in where there is a login.
    func open(_ endpoint: Endpoint, _ login: SASLLogin?) async throws -> SMTPClientSession {
        var settings = SMTPSessionSettings(hostname: configuration.hostname)
        settings.timeouts.connect = Self.patience
        settings.timeouts.greeting = Self.patience
        settings.timeouts.command = Self.patience
        return try await SMTPClientSession.open(
            endpoint,
            settings: settings,
            login: login,
            connector: connector
        )
    }

    private func look(into account: RetrievalAccount) async -> Finding {
        let (isGood, answer) =
            switch await MaildropProbe.ask(account, settings: retrieval, connector: connector) {
            case .open(let messages, let octets):
                (true, "logged in; \(messages) messages, \(ByteCount(octets: octets))")
            case .failed(let reason): (false, reason)
            }
        return Finding(
            purpose: "maildrop of \(account.address)",
            server: "\(account.endpoint)",
            isGood: isGood,
            answer: answer
        )
    }
}
