// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertificateChains
import TransportPolicy

/// Judges a server's certificates by the TLSA records of its host (RFC 7672 §3.1).
enum DANEJudge {
    /// Why `chain`, in DER, the server's own certificate first, fits none of `records`; nil when it fits.
    static func refusal(of chain: [[UInt8]], by records: [TLSARecord], names: [String]) -> String? {
        guard let leaf = chain.first, let key = CertificateChain.publicKey(of: leaf) else {
            return "the server shows no certificate that can be read"
        }
        // DANE-EE(3): the key alone counts, neither names nor dates.
        if records.contains(where: { $0.usage == 3 && $0.matches(certificate: leaf, publicKey: key) }) { return nil }
        var reason =
            "no TLSA record fits its certificate (\(records.prefix(4).map(\.description).joined(separator: ", ")))"
        for record in records where record.usage == 2 {
            for anchor in anchors(chain, record) {
                guard let failure = CertificateChain.failure(of: chain, anchor: anchor, names: names) else {
                    return nil
                }
                reason = "its certificate does not lead to the authority of the TLSA record \(record): \(failure)"
            }
        }
        return reason
    }

    /// The authority that a DANE-TA(2) record names: among those that the server shows, or in the record itself.
    private static func anchors(_ chain: [[UInt8]], _ record: TLSARecord) -> [[UInt8]] {
        let shown = chain.prefix(20).filter { certificate in
            guard let key = CertificateChain.publicKey(of: certificate) else { return false }
            return record.matches(certificate: certificate, publicKey: key)
        }
        let isWhole = record.selector == 0 && record.matchingType == 0
        return shown.isEmpty && isWhole ? [record.data] : Array(shown)
    }
}
