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

    let sources: ImportSources
    let files: ClassicFiles
    var remarks: [ImportRemark] = []
    var tables: PostfixTables?
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
        self.files = files
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
        drafter.makeProviders()
        return drafter.finish()
    }

    mutating func remark(_ place: SourcePlace, _ message: String, _ remedy: String) {
        remarks.append(ImportRemark(place, message, remedy))
    }

    /// A file that was named on the command line.
    func needed(_ path: String) throws(ImportFailure) -> String {
        do throws(ClassicFileError) { return try files.text(path) } catch {
            throw .unreadable(path, reason: error.reason)
        }
    }

    private mutating func readTunnels() throws(ImportFailure) {
        for path in sources.stunnel {
            let file = StunnelFile(try needed(path), file: path)
            for line in file.strayLines {
                remark(SourcePlace(path, line), "a line that is not understood", "Look whether it matters.")
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
            for address in mailboxes.flatMap({ $0.deliverTo + $0.localNames.compactMap { AddrSpec($0) } })
            where !domains.contains(address.domain.lowercased()) && Self.isDomain(address.domain) {
                domains.append(address.domain.lowercased())
            }
        }
        if exchange.isEmpty {
            for server in mailboxes.flatMap(\.smtpHosts) where !exchange.contains(server) { exchange.append(server) }
        }
        for index in mailboxes.indices {
            var mailbox = mailboxes[index]
            resolveNames(&mailbox)
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
    /// False when it is not to be fetched until a person has looked.
    var isFetched = true
    var every = Duration.seconds(60)
    var keep = FetchConfiguration.Keep.duration(.zero)
    var smtpHosts: [Endpoint] = []
    /// Identifiers of messages that were fetched, and the file that has them.
    var seen: [String] = []
    var seenFile = ""
}

/// An account on its way into the configuration.
struct ImportedAccount {
    var address: AddrSpec
    var submit: ImportedServer?
    var login: ImportedLogin?
    var mailbox: ImportedMailbox?
    var place: SourcePlace
    var provider = ""
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
