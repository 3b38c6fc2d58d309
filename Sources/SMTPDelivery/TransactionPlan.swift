// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue

/// How the recipients of one claim are grouped into mail transactions.
enum TransactionPlan: Equatable {
    /// A transaction for each group, the recipients by their places in the claim.
    case transactions([[Int]])
    /// The provider's limits do not admit the message: the reply that its server would give.
    case refused(SMTPReply)

    /// Groups the recipients of `claim` for `target`; `most` is the width of a transaction where nothing else limits it.
    static func make(_ claim: Claim, target: LaneTarget, most: Int) -> Self {
        let count = claim.recipients.count
        let limits = target.limits
        let byOctets = limits?.totalOctets.map { $0 / max(1, claim.message.size) }
        if let byOctets, byOctets < 1 || (target.isCertified && byOctets < count) {
            let total = ByteCount(octets: claim.message.size * (target.isCertified ? count : 1))
            let limit = ByteCount(octets: limits?.totalOctets ?? 0)
            return .refused(
                SMTPReply(
                    552,
                    EnhancedStatus(5, 3, 4),
                    "size times recipients is \(total), and the provider takes at most \(limit)"
                )
            )
        }
        if target.isCertified {
            if let limit = limits?.recipients, count > limit {
                return .refused(
                    SMTPReply(
                        550,
                        EnhancedStatus(5, 5, 3),
                        "\(count) recipients, and the provider takes at most \(limit)"
                    )
                )
            }
            return .transactions([Array(0..<count)])
        }
        let size = target.isolatesIncoming && isIncoming(claim.message.origin) ? 1 : most
        let width = max(1, min(size, limits?.recipients ?? size, byOctets ?? size))
        return .transactions(stride(from: 0, to: count, by: width).map { Array($0..<min($0 + width, count)) })
    }

    private static func isIncoming(_ origin: MessageOrigin) -> Bool {
        switch origin {
        case .account, .provider: true
        case .exchange, .internet, .notice: false
        }
    }
}
