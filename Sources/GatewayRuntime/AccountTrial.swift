// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import GatewayConfiguration
public import MailModel
import MailRetrieval
import MailTransport
import NIOPosix
import SASLMechanisms
import SMTPDelivery
import SecretsVault

/// Tries an account the way the service uses it, and changes nothing: its maildrop up to one message, its submission up to MAIL FROM.
public struct AccountTrial: Sendable {
    /// One step.
    public struct Step: Hashable, Sendable {
        /// What was tried: `maildrop`, `submission`.
        public let what: String
        /// The server, as the configuration names it.
        public let server: String
        /// False when mail would not flow.
        public let isGood: Bool
        /// What answered, or why it cannot be used.
        public let answer: String
    }

    /// How long one server may take with each answer.
    private static let patience = Duration.seconds(20)

    private let hostname: String
    private let address: AddrSpec
    private let maildrop: RetrievalAccount?
    private let retrieval: RetrievalSettings
    private let submission: Endpoint
    private let login: SASLLogin
    private let connector = MailConnector(group: MultiThreadedEventLoopGroup.singleton)

    /// A trial of the last account of `configuration` with `password`, which need not be where the configuration says yet.
    ///
    /// - Returns: nil where the configuration has no account.
    public init?(ofLastIn configuration: Configuration, password: Secret) {
        guard let account = configuration.accounts.last else { return nil }
        var retrieval = RetrievalSettings(configuration, vault: OnePassword(password: password))
        retrieval.patience = RetrievalPatience(
            connect: Self.patience,
            silence: Self.patience,
            session: Self.patience * 3
        )
        self.retrieval = retrieval
        login = SASLLogin(name: account.login) { password }
        var maildrop = retrieval.accounts.first { $0.key == account.address.comparisonKey }
        maildrop?.login = SASLLogin(name: account.retrievalLogin) { password }
        self.maildrop = maildrop
        hostname = configuration.hostname
        address = account.address
        submission = account.provider.submit
    }

    /// Tries all; each step is reported as it ends.
    ///
    /// Where the maildrop refuses the login, submission is not tried with it: many providers lock a box after a few refusals.
    /// - Returns: true when mail would flow.
    public func run(_ report: (Step) throws -> Void) async rethrows -> Bool {
        var isGood = true
        if let maildrop {
            let outcome = await MaildropTrial.run(maildrop, settings: retrieval, connector: connector)
            let step = Step(what: "maildrop", server: "\(maildrop.endpoint)", outcome)
            try report(step)
            isGood = step.isGood
            if case .loginRefused = outcome {
                let words = "not tried: a second refusal might lock the box"
                try report(Step(what: "submission", server: "\(submission)", isGood: false, answer: words))
                return false
            }
        }
        let step = await submit()
        try report(step)
        return isGood && step.isGood
    }

    private func submit() async -> Step {
        func step(_ isGood: Bool, _ answer: String) -> Step {
            Step(what: "submission", server: "\(submission)", isGood: isGood, answer: answer)
        }
        var settings = SMTPSessionSettings(hostname: hostname)
        settings.timeouts.connect = Self.patience
        settings.timeouts.greeting = Self.patience
        settings.timeouts.command = Self.patience
        do {
            let session = try await SMTPClientSession.open(
                submission,
                settings: settings,
                login: login,
                connector: connector
            )
            let start = "\(session.isSecure ? "TLS" : "in clear"), logged in"
            let reply = try await session.tryMail(from: address)
            await session.quit()
            return step(reply.isPositive, "\(start); MAIL FROM:<\(address)>: \(reply)")
        } catch { return step(false, "\(error)") }
    }
}

extension AccountTrial.Step {
    fileprivate init(what: String, server: String, _ outcome: MaildropTrial.Outcome) {
        func transport(_ isSecure: Bool) -> String { isSecure ? "TLS" : "in clear" }
        let (isGood, answer) =
            switch outcome {
            case .empty(let isSecure): (true, "\(transport(isSecure)), logged in; it is empty, so no message was read")
            case .read(let messages, let listed, let octets, let isSecure):
                (
                    true,
                    "\(transport(isSecure)), logged in; \(messages) messages, \(ByteCount(octets: listed)); one of "
                        + "\(ByteCount(octets: octets)) was read, and stays there"
                )
            case .loginRefused(let words), .failed(let words): (false, words)
            }
        self.init(what: what, server: server, isGood: isGood, answer: answer)
    }
}

/// Stands for the vault while the password is not in it.
private struct OnePassword: VaultReading {
    let password: Secret

    func read(_ name: SecretName) throws(SecretError) -> Secret { password }
}
