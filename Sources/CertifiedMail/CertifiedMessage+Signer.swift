// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

extension CertifiedMessage {
    /// True when the signer's certificate names the address of the From field (RFC 6109 §4.3).
    public func isFromSigner(_ finding: SignatureFinding) -> Bool {
        guard let from else { return false }
        let key = Self.key(from)
        return finding.addresses.contains { Self.key($0) == key }
    }

    /// What a finding that looks right leaves to be said: a valid signature by somebody who is not From, or who is no provider.
    public func warnings(about finding: SignatureFinding) -> [Warning] {
        guard kind.isSigned, finding.state == .valid || finding.state == .untrusted else { return [] }
        var found: [Warning] = []
        if !isFromSigner(finding) {
            found.append(Warning(.signerNotFrom, "From \(from ?? "nobody"), signed by \(finding.signer ?? "nobody")"))
        }
        if finding.state == .valid, !finding.isByProvider {
            found.append(
                Warning(.signerNotProvider, "\(finding.signer ?? "the signer") is in no domain of a known provider")
            )
        }
        return found
    }

    private static func key(_ address: String) -> String { AddrSpec(address)?.comparisonKey ?? address.lowercased() }
}
