// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayConfiguration
internal import MailModel

/// Makes a configuration of the classic stack's files: Postfix, stunnel, fetchmail and getmail.
///
/// ```text
/// sender_dependent_relayhost_maps, sasl_passwd ──┐
/// stunnel services ──────────────────────────────┼─▶ accounts at providers
/// fetchmailrc, getmailrc ────────────────────────┘
/// transport_maps, relay_domains ─▶ exchange      master.cf, mynetworks ─▶ listeners      relayhost ─▶ internet
/// ```
public struct ImportDrafter {
    /// The most accounts.
    static let maximumAccounts = 10_000
    /// The most servers of Exchange, interfaces and milters.
    static let maximumServers = 32
    /// The most networks, and the most recipients of one mailbox.
    static let maximumNetworks = 1000
    /// The most domains.
    static let maximumDomains = 10_000
    /// The most folders of one mailbox.
    static let maximumFolders = 100
    /// What patterns are compared with: octets of patterns times addresses.
    static let maximumComparisons = 20_000_000
    /// The longest file with settings, in octets; tables and what was seen may be longer.
    static let maximumSettings = 4_194_304
    /// What is read, all files together, in octets.
    static let maximumOctets = 134_217_728

    private(set) var sources: ImportSources
    let files: ClassicFiles
    var remarks = ImportRemarks()
    var tables: PostfixTables?
    /// Values of Postfix's parameters that were asked for.
    var values: [String: String] = [:]
    /// Files of roots that were looked at: nil for one that can serve, else why not.
    var rootFiles: [String: String?] = [:]
    var master: PostfixMaster?
    /// The table of passwords, once it is open.
    var passwordTable: PostfixTable?
    var tunnels: [(file: String, service: StunnelFile.Service)] = []
    var exchange: [Endpoint] = []
    var domains: [String] = []
    var relay: ImportedServer?
    var relayLogin: ImportedLogin?
    var mailboxes: [ImportedMailbox] = []
    var accounts: [ImportedAccount] = []
    var providers: [ImportedProvider] = []
    var postmaster: AddrSpec?

    private init(_ sources: ImportSources, _ files: ClassicFiles) {
        self.sources = sources
        self.sources.postfix = sources.postfix.map(FilePath.plain)
        self.files = files.limited(to: Self.maximumOctets)
    }

    /// Reads everything and makes the draft.
    public static func draft(_ sources: ImportSources, files: ClassicFiles) throws(ImportFailure) -> ImportDraft {
        var drafter = Self(sources, files)
        try drafter.readTunnels()
        try drafter.readPostfix()
        try drafter.readFetchmail()
        try drafter.readGetmail()
        drafter.settleSeen()
        drafter.settleExchange()
        guard !drafter.exchange.isEmpty else { throw .noExchange }
        drafter.makeAccounts()
        drafter.remarkTunnels()
        drafter.makeProviders()
        drafter.settleRelay()
        return drafter.finish()
    }

    mutating func remark(_ place: SourcePlace, _ message: String, _ remedy: String) {
        remarks.append(ImportRemark(place, message, remedy))
    }

    /// The list, or the beginning of one that is too long.
    mutating func firstFew<Element>(
        _ list: [Element],
        _ place: SourcePlace,
        _ what: String,
        limit: Int = maximumServers
    ) -> [Element] {
        guard list.count > limit else { return list }
        remark(place, "more than \(limit) \(what): the others are not carried over", "Add them by hand.")
        return Array(list.prefix(limit))
    }

    /// A file with settings that was named on the command line.
    func needed(_ path: String) throws(ImportFailure) -> String {
        do throws(ClassicFileError) { return try files.text(path, limit: Self.maximumSettings) } catch {
            throw .unreadable(path, reason: error.reason)
        }
    }

    private mutating func readTunnels() throws(ImportFailure) {
        for path in sources.stunnel {
            let file = StunnelFile(try needed(path), file: path)
            for line in file.strayLines {
                remark(SourcePlace(path, line), "a line that is not understood", "Look whether it matters.")
            }
            guard file.services.count <= StunnelFile.maximumServices else {
                throw .unreadable(path, reason: "it has more than \(StunnelFile.maximumServices) services")
            }
            for line in file.includes {
                remark(
                    SourcePlace(path, line),
                    "`include` is not followed: what stands in that directory is not carried over",
                    "Name its files as well: --stunnel FILE, once for each."
                )
            }
            for service in file.services {
                if service.isClient {
                    tunnels.append((path, service))
                } else {
                    remark(
                        SourcePlace(path, service.line),
                        "the service [\(service.name)] takes TLS for a server of this machine: not carried over",
                        "Give the listener tls: {certificate, key} if clients connect to it by TLS."
                    )
                }
            }
        }
    }

    /// What the files did not say themselves.
    private mutating func settleExchange() {
        if !sources.exchange.isEmpty { exchange = sources.exchange }
        if !sources.domains.isEmpty { domains = sources.domains }
        if domains.isEmpty {
            var known: Set<String> = []
            for address in mailboxes.flatMap({ $0.deliverTo + $0.localNames.compactMap { AddrSpec($0) } })
            where Self.isDomain(address.domain) && known.insert(address.domain.lowercased()).inserted {
                domains.append(address.domain.lowercased())
            }
        }
        domains = firstFew(domains, SourcePlace("exchange.domains"), "domains", limit: Self.maximumDomains)
        if exchange.isEmpty {
            var known: Set<Endpoint> = []
            exchange = mailboxes.flatMap(\.smtpHosts).filter { known.insert($0).inserted }
            exchange = firstFew(exchange, SourcePlace("exchange.servers"), "servers of Exchange")
        }
        for index in mailboxes.indices {
            var mailbox = mailboxes[index]
            resolveNames(&mailbox)
            let place = mailbox.place
            mailbox.deliverTo = firstFew(mailbox.deliverTo, place, "recipients", limit: Self.maximumNetworks)
            mailboxes[index] = mailbox
        }
    }
}

/// A login with its password.
struct ImportedLogin: Hashable {
    var name: String
    var password: Secret
    var place: SourcePlace
}

/// A server as the old files reach it, tunnels taken away.
struct ImportedServer: Hashable {
    var endpoint: Endpoint
    /// The name of the stunnel service that led there.
    var tunnel: String?
    var place: SourcePlace
}

/// A mailbox that fetchmail or getmail empties.
struct ImportedMailbox {
    /// The program, for people.
    var program: String
    var place: SourcePlace
    var login: String?
    var password: Secret?
    /// Where it is read by POP3, or by IMAP.
    var server: ImportedServer
    /// The host as the old program names it.
    var names: Set<String>
    var isIMAP: Bool
    /// Local names that are not addresses yet.
    var localNames: [String] = []
    /// The domain of `localNames`, where the file says.
    var localDomain: String?
    var deliverTo: [AddrSpec] = []
    /// What is fetched by IMAP.
    var folders = ["INBOX"]
    /// False when it is not to be fetched until a person has looked.
    var isFetched = true
    var every = Duration.seconds(60)
    var keep = FetchConfiguration.Keep.duration(.zero)
    var smtpHosts: [Endpoint] = []
    /// Identifiers of messages that were fetched, and the file that has them.
    var seen: [String] = []
    var seenFile = ""
    /// Where a file of identifiers was looked for.
    var seenPlaces: [String] = []
}

/// An account on its way into the configuration.
struct ImportedAccount {
    var address: AddrSpec
    var submit: ImportedServer?
    var login: ImportedLogin?
    var mailbox: ImportedMailbox?
    var place: SourcePlace
    var provider = ""
    /// The port of a tunnel on this machine that leads nobody knows where: the account is a remark then. Nil where all servers are known.
    var tunnelPort: Int?
}

/// An entry of `providers`.
struct ImportedProvider {
    var name: String
    var isCertified: Bool
    var submit: Endpoint?
    var pop3: Endpoint?
    var imap: Endpoint?
    var trust: String?
    /// True when it only adds to a built-in one.
    var isAddition = false
    var place: SourcePlace
}
