// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import GatewayRuntime
internal import MailModel
internal import SenderScreening

/// `ceralacca block`: the clients whose connections are refused for a time.
struct BlockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "block",
        abstract: "Look at the clients that are blocked, block one, or lift a block.",
        discussion: "The running gateway takes a decision within a second.",
        subcommands: [BlockListCommand.self, BlockAddCommand.self, BlockRemoveCommand.self]
    )
}

/// `ceralacca block list`.
struct BlockListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the blocks that hold.")

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var listing: ListingOptions

    func run() async throws {
        let environment = CommandEnvironment.current
        try await options.withStore { _, store in
            let now = environment.clock.now()
            let blocks = try await store.clientBlocks().filter { $0.isActive(now) }
            if listing.json {
                for block in blocks { try environment.print(Self.json(block).text) }
                return
            }
            guard !blocks.isEmpty else { return try environment.print("Nobody is blocked.") }
            var table = TextTable(["CLIENT", "SINCE", "UNTIL", "IN A ROW", "REASON"])
            for block in blocks {
                table.add([
                    "\(block.network)", LocalTime.text(block.since), LocalTime.text(block.until), "\(block.strikes)",
                    block.reason,
                ])
            }
            for line in table.lines { try environment.print(line) }
        }
    }

    private static func json(_ block: ClientBlock) -> JSONValue {
        .object([
            ("client", .string("\(block.network)")), ("since", .string(MailDate.formatISO8601(block.since))),
            ("until", .string(MailDate.formatISO8601(block.until))), ("in_a_row", .integer(block.strikes)),
            ("reason", .string(block.reason)),
        ])
    }
}

/// `ceralacca block add NETWORK`.
struct BlockAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Refuse the connections of a client or network for a time."
    )

    @OptionGroup var options: ConfigurationOptions
    @Argument(help: "An address or a CIDR block.") var network: NetworkArgument
    @Option(name: .long, help: "For how long: 30m, 4h or 7d.") var time = TimeArgument(seconds: 86_400)
    @Option(name: .long, help: "Why, for those who look later; the client reads it too.") var reason: String?

    func run() async throws {
        let environment = CommandEnvironment.current
        try await options.withStore { configuration, store in
            let network = network.network
            if let exempt = ScreeningRules(configuration).exempt.first(where: { $0.overlaps(network) }) {
                throw CommandFailure(
                    "\(network) cannot be blocked: \(exempt) is trusted by a listener, exchange.servers or screening.exempt",
                    remedy: "Take it out of \(options.path) first, or name a smaller network."
                )
            }
            let now = environment.clock.now()
            let block = ClientBlock(
                network: network,
                since: now,
                until: now + .seconds(time.seconds),
                strikes: 1,
                reason: PlainText.line(reason ?? "blocked by \(environment.person)", limit: 200)
            )
            _ = try await store.decide(.block(block))
            try environment.print("\(network) is blocked until \(LocalTime.text(block.until)).")
        }
    }
}

/// `ceralacca block remove ADDRESS`.
struct BlockRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Lift what blocks an address, or everything within a network."
    )

    @OptionGroup var options: ConfigurationOptions
    @Argument(help: "An address or a CIDR block.") var network: NetworkArgument

    func run() async throws {
        let environment = CommandEnvironment.current
        try await options.withStore { _, store in
            let now = environment.clock.now()
            let lifted = try await store.decide(.lift(network.network)).filter { $0.isActive(now) }
            guard !lifted.isEmpty else {
                throw CommandFailure(
                    "nothing blocks \(network.network)",
                    remedy:
                        "`ceralacca block list` lists the blocks. Is the address refused for another reason? The log says."
                )
            }
            for block in lifted { try environment.print("\(block.network) is not blocked any more.") }
        }
    }
}

/// `192.0.2.7` or `192.0.2.0/24`.
struct NetworkArgument: ExpressibleByArgument {
    let network: Network

    init?(argument: String) {
        guard let network = Network(argument) else { return nil }
        self.network = network
    }
}

/// `45s`, `30m`, `4h` or `7d`, up to a year.
struct TimeArgument: ExpressibleByArgument {
    let seconds: Int

    init(seconds: Int) {
        self.seconds = seconds
    }

    init?(argument: String) {
        let factors: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = argument.last, let factor = factors[unit], let number = Int(argument.dropLast()),
            (1...365 * 86_400 / factor).contains(number)
        else { return nil }
        seconds = number * factor
    }

    var defaultValueDescription: String { seconds % 86_400 == 0 ? "\(seconds / 86_400)d" : "\(seconds)s" }
}

extension Network {
    /// True when one of them contains the other.
    fileprivate func overlaps(_ other: Network) -> Bool {
        let length = min(prefixLength, other.prefixLength)
        return octets.count == other.octets.count
            && Network(octets: octets, prefixLength: length) == Network(octets: other.octets, prefixLength: length)
    }
}
