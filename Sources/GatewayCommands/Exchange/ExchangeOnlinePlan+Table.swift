// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

extension ExchangeOnlinePlan {
    /// The connector to the gateway.
    static let outbound = "\(ExchangePlan.prefix) to the gateway"
    /// The connector from the gateway.
    static let inbound = "\(ExchangePlan.prefix) from the gateway"

    /// The plan as the table `$Plan` that the scripts read. No value of the configuration stands anywhere else in them.
    var table: PowerShellValue {
        .table([
            .init("Prefix", .string(ExchangePlan.prefix)),
            .init("Mark", .string(ExchangePlan.mark)),
            .init("HostName", .string(hostname)),
            .init("Outbound", .string(Self.outbound)),
            .init("Inbound", .string(Self.inbound)),
            .init("SmartHost", .string(smartHost)),
            .init("TlsDomain", .string(tlsDomain)),
            .init("Port", .integer(port)),
            .init("CertificateName", .string(certificateName)),
            .init("MailboxMB", .integer(mailboxMegabytes ?? 0)),
            .init("Mailboxes", .strings(mailboxes)),
            .init("Contacts", .list(contacts.map(ExchangePlan.table))),
            .init("Rules", .list(rules)),
        ])
    }

    /// The transport rules: the way to the gateway first, then what Exchange on-premises has too.
    var rules: [PowerShellValue] { routingRules + ExchangePlan.rules(contacts, hostname: hostname) }

    /// Two rules for ten accounts, by the two sights of a sender that rules have: what the one does not see, the other may. Both look at the header
    /// From, which is what the gateway goes by; the envelope is the gateway's to write.
    private var routingRules: [PowerShellValue] {
        let addresses = contacts.map { ExchangePlan.pattern($0.address.description) }
        return stride(from: 0, to: addresses.count, by: 10).flatMap { start in
            let group = addresses[start..<min(start + 10, addresses.count)]
            let way: [PowerShellValue.Entry] = [
                .init("SentToScope", .string("NotInOrganization")),
                .init("RouteMessageOutboundConnector", .string(Self.outbound)),
            ]
            return [
                ExchangePlan.rule(
                    "to the gateway by sender \(start / 10 + 1)",
                    [
                        .init("FromAddressMatchesPatterns", .strings(group.map { "^\($0)$" })),
                        .init("SenderAddressLocation", .string("Header")),
                    ] + way
                ),
                ExchangePlan.rule(
                    "to the gateway by From \(start / 10 + 1)",
                    [
                        .init("HeaderMatchesMessageHeader", .string("From")),
                        .init("HeaderMatchesPatterns", .strings(group.flatMap { ["<\($0)>", "^\($0)$"] })),
                    ] + way
                ),
            ]
        }
    }
}
