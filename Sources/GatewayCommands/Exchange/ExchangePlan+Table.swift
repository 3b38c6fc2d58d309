// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

extension ExchangePlan {
    /// The plan as the table `$Plan` that the scripts read. No value of the configuration stands anywhere else in them.
    var table: PowerShellValue {
        .table([
            .init("Prefix", .string(Self.prefix)),
            .init("Mark", .string(Self.mark)),
            .init("HostName", .string(hostname)),
            .init("Gateway", .string(gateway)),
            .init("SmartHost", .string(smartHost)),
            .init("Port", .integer(port)),
            .init("RequireTLS", .boolean(requiresTLS)),
            .init("NeedsLogin", .boolean(requiresLogin)),
            .init("AddressSpaces", .strings(addressSpaces)),
            .init("Bindings", .strings(["0.0.0.0:\(exchangePort)", "[::]:\(exchangePort)"])),
            .init("ConnectorMB", .integer(connectorMegabytes)),
            .init("OrganizationMB", .integer(organizationMegabytes ?? 0)),
            .init("AsksForRecipients", .boolean(asksForRecipients)),
            .init("Domains", .strings(domains)),
            .init("Contacts", .list(contacts.map(Self.table))),
            .init("Rules", .list(rules)),
        ])
    }

    static func table(_ contact: Contact) -> PowerShellValue {
        let address = contact.address.description
        return .table([
            .init("Name", .string(name(address))),
            .init("Alias", .string(alias(address))),
            .init("Address", .string(address)),
            .init("SendAs", .strings(contact.sendAs)),
        ])
    }

    /// `Ceralacca azienda@pec.it`, with a sum in place of the end where it has more than the 64 characters of a name.
    static func name(_ address: String) -> String {
        let name = "\(prefix) \(address)"
        return name.utf16.count <= 64 ? name : "\(name.prefix(40)) \(sum(address))"
    }

    /// Letters, digits, dots and hyphens; the sum keeps apart what looks the same then.
    static func alias(_ address: String) -> String {
        let allowed = address.unicodeScalars.prefix(40).map { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)) ? Character(scalar) : "-"
        }
        return "ceralacca-\(String(allowed))-\(sum(address))"
    }

    /// FNV-1a, 32 bits; the same in every run.
    private static func sum(_ text: String) -> String {
        let sum = text.lowercased().utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        let digits = String(sum, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
