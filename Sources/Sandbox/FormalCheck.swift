// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// The formal checks of the access point (RFC 6109 §3.1.1): what must be in order for a message to be certified.
struct FormalCheck {
    /// What is wrong, in the Italian words of the non-acceptance notice; empty when all is in order.
    let faults: [String]

    /// Checks a message; `maximumTotal` is what size × number of recipients may not exceed.
    init(envelope: Envelope, sender: AddrSpec, header: HeaderSection, size: ByteCount, maximumTotal: ByteCount) {
        var faults: [String] = []
        if !header.isWellFormed || header.isTruncated {
            faults.append("l'intestazione del messaggio non è conforme")
        }
        faults += Self.senderFaults(sender: sender, header: header)
        let visible = Self.addresses(of: header.all("To")).union(Self.addresses(of: header.all("Cc")))
        if Self.addresses(of: header.all("To")).isEmpty {
            faults.append("il campo To manca o non contiene indirizzi validi")
        }
        for recipient in envelope.recipients where !visible.contains(recipient.forwardPath.comparisonKey) {
            faults.append("il destinatario \(recipient.forwardPath) non è presente nei campi To e Cc")
        }
        if header.all("Bcc").contains(where: { !$0.isEmpty }) {
            faults.append("il campo Bcc (copia nascosta) contiene destinatari")
        }
        let (total, hasOverflown) = size.octets.multipliedReportingOverflow(by: max(1, envelope.recipients.count))
        if hasOverflown || total > maximumTotal.octets {
            faults.append(
                "ecceduta la dimensione massima del messaggio (\(maximumTotal) per il totale dei destinatari)"
            )
        }
        self.faults = faults
    }

    private static func senderFaults(sender: AddrSpec, header: HeaderSection) -> [String] {
        let fields = header.all("From")
        guard fields.count == 1 else {
            return [fields.isEmpty ? "il campo From manca" : "il campo From è presente più di una volta"]
        }
        let addresses = mailboxes(in: fields[0])
        guard addresses.count == 1 else { return ["il campo From deve contenere un solo indirizzo valido"] }
        guard addresses[0].comparisonKey == sender.comparisonKey else {
            return ["il mittente della busta SMTP (\(sender)) non coincide con il campo From (\(addresses[0]))"]
        }
        return []
    }

    /// The comparison keys of all addresses in address fields; a field that cannot be read has none.
    static func addresses(of fieldBodies: [String]) -> Set<String> {
        Set(fieldBodies.flatMap { mailboxes(in: $0) }.map(\.comparisonKey))
    }

    /// The addresses of an address field; none where it cannot be read.
    static func mailboxes(in fieldBody: String) -> [AddrSpec] {
        do {
            return try AddressList.parse(fieldBody).flatMap { entry in entry.addresses }
        } catch {
            return []  // what cannot be read names nobody; the check says so in its own words
        }
    }
}
