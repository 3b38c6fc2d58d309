// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

package import GatewayConfiguration
import MailModel
package import SenderScreening

extension ScreeningRules {
    /// The rules of `screening`. Exempt beside what it names is whoever a listener trusts already: Exchange, the providers, proxies and filters.
    package init(_ configuration: Configuration) {
        let screening = configuration.screening
        self.init(
            exempt: screening.exempt + Self.trusted(configuration),
            greetingPause: screening.greetingPause,
            limits: ClientLimits(screening.rates),
            blocks: BlockRules(first: screening.firstBlock, longest: screening.longestBlock),
            lookups: LookupRules(screening),
            greylisting: screening.greylisting.map {
                GreylistRules(delay: $0.delay, retryWithin: $0.retryWithin, remember: $0.remember)
            }
        )
    }

    /// A block on the company's own Exchange would be the worst of all.
    private static func trusted(_ configuration: Configuration) -> [Network] {
        let listed = configuration.listeners.flatMap { listener in
            let allowed = listener.role == .internet ? [] : listener.allowed
            return allowed.filter { $0.prefixLength > 0 } + listener.proxies + listener.xclients
        }
        let servers = configuration.exchange.servers.compactMap { Network($0.host) }
        return Array(Set(listed + servers)).sorted { "\($0)" < "\($1)" }
    }
}

extension ClientLimits {
    fileprivate init(_ rates: [String: ScreeningConfiguration.Rate?]) {
        self.init()
        let deeds: [(String, ClientDeed)] = [
            ("connections", .connection), ("messages", .message), ("recipients", .recipient),
            ("unknown_recipients", .unknownRecipient), ("errors", .error), ("failed_logins", .failedLogin),
            ("rejections", .rejection), ("early_talkers", .earlyTalk),
        ]
        for (key, deed) in deeds {
            guard let rate = rates[key] else { continue }
            self[deed] = rate.map { RateLimit($0.count, per: $0.period) }
        }
    }
}

extension LookupRules {
    fileprivate init(_ screening: ScreeningConfiguration) {
        let nameless: Nameless =
            switch screening.reverseName {
            case .off, .tag: .accept
            case .defer: .defer
            case .refuse: .refuse
            }
        self.init(
            looksUpName: screening.reverseName != .off,
            nameless: nameless,
            zones: screening.zones.map { zone in
                BlockingZone(zone.name, weight: zone.weight, answers: zone.answers.compactMap { AnswerPattern($0) })
            },
            refuseAt: screening.refuseAt,
            timeout: screening.timeout
        )
    }
}
