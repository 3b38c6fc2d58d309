// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import GatewayConfiguration
internal import MailModel
internal import MailQueue

/// `ceralacca queue retry [ID…]`.
struct QueueRetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Try waiting messages now: those named, or all."
    )

    @OptionGroup var options: ConfigurationOptions
    @Argument(help: ArgumentHelp("The messages' identifiers; none means all.", valueName: "id"))
    var ids: [QueueIDArgument] = []

    func run() async throws {
        guard ids.isEmpty else { return try await QueueDecision(.retry, "due now").run(ids, options) }
        let environment = CommandEnvironment.current
        try await options.withStore { configuration, store in
            let count = try await store.retryAll(now: environment.clock.now())
            try environment.print("\(PlainText.count(count, "recipient")) due now.")
            options.remarkIfIdle(configuration.state)
            try await RefusedLogins.tell(of: Set(store.nextAttempts(now: environment.clock.now()).keys), store)
        }
    }
}

/// `ceralacca queue hold ID…`.
struct QueueHoldCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold",
        abstract: "Hold waiting messages until they are released."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var arguments: QueueIDArguments

    func run() async throws { try await QueueDecision(.hold, "held").run(arguments.ids, options) }
}

/// `ceralacca queue release ID…`.
struct QueueReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Let held or quarantined messages go on, due now."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var arguments: QueueIDArguments

    func run() async throws { try await QueueDecision(.release, "released").run(arguments.ids, options) }
}

/// `ceralacca queue delete ID…`.
struct QueueDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Take messages out of the queue; nobody is told."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var arguments: QueueIDArguments

    func run() async throws { try await QueueDecision.delete.run(arguments.ids, options) }
}

/// `ceralacca queue resend ID…`.
struct QueueResendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resend",
        abstract: "Submit uncertain messages again: the provider did not take them.",
        discussion: "A certified message whose final reply was lost may have been taken. Look for its receipts first."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var arguments: QueueIDArguments

    func run() async throws { try await QueueDecision.resend.run(arguments.ids, options) }
}

/// `ceralacca queue settle ID…`.
struct QueueSettleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settle",
        abstract: "Take uncertain messages as delivered: the provider has them."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var arguments: QueueIDArguments

    func run() async throws { try await QueueDecision.settle.run(arguments.ids, options) }
}

/// A person's decision on some messages; those that it cannot be applied to do not stop it for the others.
struct QueueDecision {
    /// What `queue resend` does.
    static let resend = Self(.resend, "to be submitted again")
    /// What `queue delete` does. Nobody knows of an uncertain message whether it was sent, and to take it out would hide that.
    static let delete = Self(.delete, "taken out") { id, _, store in
        guard try await store.known(id).recipients.contains(where: { $0.state == .uncertain }) else { return nil }
        return CommandFailure(
            "\(id) is uncertain: the provider may have taken it, and then it was sent",
            remedy:
                "It was sent: ceralacca pec settle \(id). It was not: ceralacca pec resend \(id), or, where it shall not go out any more, "
                + "ceralacca pec resend \(id) with the account's provider out of reach, and then queue delete."
        )
    }
    /// What `queue settle` does.
    static let settle = Self(.settle, "taken as delivered")

    let action: QueueAction
    let done: String
    /// Says why a message is not a case for this decision; nil when it is.
    let objection: Objection

    typealias Objection =
        @Sendable (QueueID, Configuration, any CommandEnvironment.Store) async throws -> CommandFailure?

    init(
        _ action: QueueAction,
        _ done: String,
        objection: @escaping Objection = { id, _, store in
            _ = try await store.known(id)
            return nil
        }
    ) {
        self.action = action
        self.done = done
        self.objection = objection
    }

    func run(_ ids: [QueueIDArgument], _ options: ConfigurationOptions) async throws {
        let environment = CommandEnvironment.current
        try await options.withStore { configuration, store in
            var hasFailed = false
            var routes: Set<Route> = []
            for id in ids.map(\.id) {
                do {
                    if let failure = try await objection(id, configuration, store) { throw failure }
                    let count = try await store.apply(
                        action,
                        to: id,
                        now: environment.clock.now(),
                        by: environment.person
                    )
                    guard count > 0 else { throw Self.nothing(id, action) }
                    try environment.print("\(id): \(PlainText.count(count, "recipient")) \(done).")
                    if action == .retry { routes.formUnion(try await store.known(id).recipients.map(\.route)) }
                } catch {
                    hasFailed = true
                    environment.warn("ceralacca: \(error)")
                }
            }
            try await RefusedLogins.tell(of: routes, store)
            if action.wantsGateway { options.remarkIfIdle(configuration.state) }
            if hasFailed { throw SilentExit(status: ExitStatus.failed) }
        }
    }

    private static func nothing(_ id: QueueID, _ action: QueueAction) -> CommandFailure {
        CommandFailure(
            "\(id): no recipient is in a state that \(action.rawValue) changes",
            remedy: "`ceralacca queue show \(id)` says how it stands."
        )
    }
}

extension QueueAction {
    /// True for what only a gateway that runs carries out.
    fileprivate var wantsGateway: Bool {
        switch self {
        case .retry, .release, .resend: true
        case .hold, .delete, .settle: false
        }
    }
}

/// Says which accounts are tried by no `retry`: after a refused login the gateway waits, so that the provider does not lock the box.
enum RefusedLogins {
    static func tell(of routes: Set<Route>, _ store: any CommandEnvironment.Store) async throws {
        guard !routes.isEmpty else { return }
        let environment = CommandEnvironment.current
        let keys = Set(try await store.openAlerts().map(\.key))
        let refused = routes.compactMap { route -> String? in
            guard case .account(let address) = route, keys.contains("account:\(address):login") else { return nil }
            return address
        }
        for address in refused.sorted() {
            try environment.print(
                "\(address): its account waits after a refused login: ceralacca reload tries it at once."
            )
        }
    }
}
