// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedTracking
import MailModel

/// The time at which a signer says that it signed. It is the signer's word, and decides for which moment its certificate is judged: who has
/// the key of a certificate that has ended writes a time of its life.
enum SigningTime {
    /// How far a provider's clock may be wrong.
    private static let tolerance = Duration.seconds(86_400)
    /// How old a receipt may become on its way: a provider decides within a day, and a box is fetched within minutes.
    private static let patience = Duration.seconds(40 * 86_400)

    /// Why a receipt about `tracked`, which came at `arrival`, cannot have been signed at `moment`; nil when it can, or when no time is told: then
    /// the certificate was judged for another.
    static func doubt(_ moment: Timestamp?, _ tracked: TrackedMessage, arrival: Timestamp) -> String? {
        guard let moment else { return nil }
        let words = "it says that it was signed \(MailDate.formatISO8601(moment))"
        if moment < tracked.created - tolerance { return "\(words), before its message was there" }
        guard moment > arrival - patience, moment < arrival + patience else {
            return "\(words), more than 40 days from its arrival"
        }
        return nil
    }
}
