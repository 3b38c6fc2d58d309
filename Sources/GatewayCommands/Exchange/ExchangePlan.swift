// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayConfiguration
internal import MailModel

/// What Exchange on-premises is to look like, taken from the configuration and the command's options.
struct ExchangePlan: Equatable {
    /// What every object that the script makes has in front of its name.
    static let prefix = "Ceralacca"
    /// What every object that the script makes says in its comment; an object of that name without it is somebody else's.
    static let mark = "made by ceralacca exchange-script"
    /// The largest size that the organisation's limits take.
    static let largestMegabytes = 2047

    /// The mail contact of an account.
    struct Contact: Equatable {
        var address: AddrSpec
        var isCertified: Bool
        /// Users or groups, in Exchange's spelling.
        var sendAs: [String]
    }

    /// What the options say.
    struct Options: Equatable {
        /// The address by which Exchange reaches the gateway; nil: the listener's.
        var gateway: String?
        /// The name that stands in the gateway's certificate; nil: Exchange sends to the address.
        var smartHost: String?
        /// What the Send connector serves; empty: `*`.
        var addressSpaces: [String] = []
        /// `ADDRESS=USER`.
        var sendAs: [String] = []
    }

    var hostname: String
    /// The gateway's IP address, which alone the Receive connector serves.
    var gateway: String
    /// Where the Send connector sends to.
    var smartHost: String
    var port: Int
    var requiresTLS: Bool
    var requiresLogin: Bool
    var addressSpaces: [String]
    /// The port of the Receive connector.
    var exchangePort: Int
    /// The size of the connectors in MB.
    var connectorMegabytes: Int
    /// The size that the organisation's limits are raised to; nil when no provider's limit is known.
    var organizationMegabytes: Int?
    /// True when the gateway asks Exchange which recipients there are (`exchange.recipients: exchange`).
    var asksForRecipients: Bool
    /// The domains whose mail goes to Exchange.
    var domains: [String]
    var contacts: [Contact]

    /// Takes the plan from the first `exchange` listener that Exchange can talk to.
    init(_ configuration: Configuration, _ options: Options) throws(CommandFailure) {
        let listeners = configuration.listeners.filter {
            $0.role == .exchange && $0.tls?.isImplicit != true && $0.port > 0
        }
        guard let listener = listeners.first else {
            throw CommandFailure(
                "no listener takes mail from Exchange",
                remedy:
                    "Add one with `role: exchange`, a port, and without `tls.implicit`: Exchange speaks STARTTLS alone."
            )
        }
        hostname = configuration.hostname
        gateway = try Self.gateway(listener, options.gateway)
        smartHost = options.smartHost ?? gateway
        port = listener.port
        requiresLogin = !listener.logins.isEmpty
        requiresTLS = listener.tls?.isRequired == true || requiresLogin
        addressSpaces = options.addressSpaces.isEmpty ? ["*"] : options.addressSpaces
        exchangePort = configuration.exchange.servers.first.map(\.port) ?? 25
        let known = configuration.accounts.compactMap(\.provider.limits.totalBytes).max()
        organizationMegabytes = known.map(Self.megabytes)
        connectorMegabytes = organizationMegabytes ?? max(1, listener.limits.message.octets / 1_048_576)
        asksForRecipients = configuration.exchange.recipients == .exchange
        domains = configuration.exchange.domains
        contacts = try Self.contacts(configuration, sendAs: options.sendAs)
    }

    /// The contacts of all accounts, with who may send as them: `ADDRESS=USER`.
    static func contacts(_ configuration: Configuration, sendAs: [String]) throws(CommandFailure) -> [Contact] {
        var contacts = configuration.accounts.map {
            Contact(address: $0.address, isCertified: $0.provider.isCertified, sendAs: [])
        }
        for text in sendAs { try add(sendAs: text, to: &contacts) }
        return contacts
    }

    /// A provider's limit in MB of 1,048,576 octets, with four tenths on top: base64 adds a third, the header the rest.
    static func megabytes(_ limit: ByteCount) -> Int {
        let (product, isTooLarge) = limit.octets.multipliedReportingOverflow(by: 14)
        guard !isTooLarge else { return largestMegabytes }
        return min(largestMegabytes, product / 10_485_760 + (product % 10_485_760 == 0 ? 0 : 1))
    }

    private static func gateway(
        _ listener: ListenerConfiguration,
        _ given: String?
    ) throws(CommandFailure) -> String {
        if let given {
            guard !given.contains("/"), Network(given) != nil else {
                throw CommandFailure("--gateway \(given) is no IP address", remedy: "Write it so: --gateway 10.0.0.2")
            }
            return given
        }
        let everywhere = ["0.0.0.0", "::"].contains(listener.address)
        guard !everywhere, !listener.address.hasPrefix("127."), listener.address != "::1" else {
            throw CommandFailure(
                "the listener's address \(listener.address) is none that Exchange could reach",
                remedy: "Name the gateway's address: --gateway 10.0.0.2"
            )
        }
        return listener.address
    }

    private static func add(sendAs text: String, to contacts: inout [Contact]) throws(CommandFailure) {
        for index in contacts.indices {
            let start = "\(contacts[index].address)="
            guard text.count > start.count, text.lowercased().hasPrefix(start.lowercased()) else { continue }
            let user = String(text.dropFirst(start.count))
            if !contacts[index].sendAs.contains(user) { contacts[index].sendAs.append(user) }
            return
        }
        throw CommandFailure(
            "--send-as \(text): no account of the configuration has this address, or the user lacks",
            remedy: "Write ADDRESS=USER with an address of `accounts`: --send-as azienda@pec.it='AZIENDA\\Protocollo'"
        )
    }
}
