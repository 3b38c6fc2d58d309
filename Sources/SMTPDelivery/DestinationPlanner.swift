// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NameResolution
import TransportPolicy

/// Finds out from the DNS, and from a domain's policies, where mail for it goes and how.
struct DestinationPlanner: Sendable {
    let services: InternetServices
    let settings: InternetDelivery
    /// A name of ours: when it can be asked for and another cannot, the DNS is not what is down.
    let hostname: String

    /// Where mail for `domain` goes: a domain in comparison form, or an address literal.
    func plan(_ domain: String) async -> DestinationPlan {
        if domain.hasPrefix("[") { return literal(domain) }
        guard let name = DomainName.ascii(domain) else {
            return .refused(SMTPReply(550, EnhancedStatus(5, 1, 2), "\(domain) is no name that the DNS can hold"))
        }
        let answer: DNSAnswer
        do { answer = try await services.resolver.resolve(name, .mx) } catch {
            return await unavailable(error, error.description)
        }
        guard !answer.isNameAbsent else {
            return .refused(SMTPReply(550, EnhancedStatus(5, 1, 2), "the domain \(name) does not exist"))
        }
        var generator = SystemRandomNumberGenerator()
        switch MXPlan.make(answer.records, using: &generator) {
        case .refusesMail: return .refused(SMTPReply(556, EnhancedStatus(5, 1, 10), "\(name) takes no mail (null MX)"))
        case .unreadable: return .unavailable("the MX records of \(name) cannot be read")
        case .implicit:
            return await complete([MXRecord(preference: 0, exchange: name)], name, isSecure: answer.security == .secure)
        case .hosts(let records): return await complete(records, name, isSecure: answer.security == .secure)
        }
    }

    private func literal(_ domain: String) -> DestinationPlan {
        guard let address = DomainName.literal(domain) else {
            return .refused(SMTPReply(550, EnhancedStatus(5, 1, 3), "\(domain) is no address"))
        }
        guard settings.admits(address) else {
            return .refused(
                SMTPReply(550, EnhancedStatus(5, 4, 4), "\(domain) is no address of a mail server on the Internet")
            )
        }
        let host = MXHost(name: IPAddress.format(address), addresses: [address])
        guard !settings.own.isOurs(host) else { return loop(domain) }
        return .hosts([host], kind: .none)
    }

    private func loop(_ domain: String) -> DestinationPlan {
        .refused(
            SMTPReply(550, EnhancedStatus(5, 4, 6), "mail for \(domain) would come back to this gateway, its own MX")
        )
    }

    // MARK: Hosts

    private struct Found {
        var hosts: [MXHost] = []
        /// Why hosts were left out that may be there later.
        var troubles: [Trouble] = []
    }

    private struct Trouble {
        var error: NameResolutionError
        var words: String
    }

    private func complete(_ records: [MXRecord], _ domain: String, isSecure: Bool) async -> DestinationPlan {
        var found = Found()
        var places: [Int: (MXHost?, Trouble?)] = [:]
        await withTaskGroup(of: (Int, MXHost?, Trouble?).self) { group in
            for (place, record) in records.enumerated() {
                group.addTask {
                    let (host, trouble) = await self.look(for: record, isSecure: isSecure, domain)
                    return (place, host, trouble)
                }
            }
            for await (place, host, trouble) in group { places[place] = (host, trouble) }
        }
        for place in records.indices {
            if let host = places[place]?.0 { found.hosts.append(host) }
            if let trouble = places[place]?.1 { found.troubles.append(trouble) }
        }
        let nearer = settings.own.nearer(than: found.hosts)
        guard found.hosts.isEmpty || !nearer.isEmpty else { return loop(domain) }
        guard !nearer.isEmpty else {
            if let trouble = found.troubles.first(where: { $0.error.code == .bogus }) {
                return await unavailable(trouble.error, trouble.words)
            }
            if let trouble = found.troubles.first { return .unavailable(trouble.words) }
            return .refused(SMTPReply(550, EnhancedStatus(5, 4, 4), "no mail server of \(domain) has an address"))
        }
        return await judged(nearer, domain)
    }

    /// The host with its addresses and its TLSA records; nil without an address. Words when it may be there later.
    private func look(for record: MXRecord, isSecure: Bool, _ domain: String) async -> (MXHost?, Trouble?) {
        guard !settings.own.names.contains(record.exchange) else {
            // Ourselves: our address does not matter, only our place among the others.
            return (MXHost(name: record.exchange, preference: record.preference, addresses: []), nil)
        }
        async let six = ask(record.exchange, .aaaa)
        async let four = ask(record.exchange, .a)
        let answers = await [six, four]
        var addresses: [[UInt8]] = []
        var trouble: Trouble?
        var canonical = record.exchange
        var isProved = isSecure
        for (answer, size) in zip(answers, [16, 4]) {
            switch answer {
            case .success(let answer):
                addresses += answer.records.prefix(MXHost.maximumAddresses).filter {
                    $0.count == size && settings.admits($0)
                }
                canonical = answer.canonicalName.lowercased()
                isProved = isProved && answer.security == .secure
            case .failure(let error): trouble = Trouble(error: error, words: error.description)
            }
        }
        guard !addresses.isEmpty else { return (nil, trouble) }
        var host = MXHost(name: record.exchange, preference: record.preference, addresses: addresses)
        // One of the two answers may be missing, or be suppressed: what the other proves is enough to ask for TLSA records.
        guard isProved else { return (host, nil) }
        // RFC 7672 §2.2.2: the name at the end of secure aliases first, then the one of the MX record.
        for name in canonical == record.exchange ? [canonical] : [canonical, record.exchange] {
            switch await ask("_\(settings.port)._tcp.\(name)", .tlsa) {
            case .failure(let error):
                // RFC 7672 §2.1.1: who can suppress TLSA records could suppress TLS.
                services.count(.dnssecInvalid, domain, .tlsa)
                return (nil, Trouble(error: error, words: "the TLSA records of \(name): \(error)"))
            case .success(let answer):
                guard answer.security == .secure else { continue }
                let names = [record.exchange, canonical, domain]
                guard let security = TLSARecord.security(answer.records, names: names) else { continue }
                host.security = security
                return (host, nil)
            }
        }
        return (host, nil)
    }

    private func ask(_ name: String, _ type: DNSRecordType) async -> Result<DNSAnswer, NameResolutionError> {
        do throws(NameResolutionError) { return .success(try await services.resolver.resolve(name, type)) } catch {
            return .failure(error)
        }
    }

    // MARK: MTA-STS

    /// The hosts with what MTA-STS asks of them; what DANE asks stays (RFC 8461 §2).
    private func judged(_ hosts: [MXHost], _ domain: String) async -> DestinationPlan {
        guard hosts.contains(where: { $0.security == .opportunistic }), let policies = services.policies else {
            return .hosts(hosts, kind: .none)
        }
        let policy: MTASTSPolicy
        switch await policies.policy(of: domain) {
        case .none: return .hosts(hosts, kind: .none)
        case .failed(let result):
            services.count(result, domain, .sts)
            return .hosts(hosts, kind: .none)
        case .policy(let known): policy = known
        }
        switch policy.mode {
        case .none: return .hosts(hosts, kind: .none)
        case .testing: return .hosts(hosts, kind: .testing(policy))
        case .enforce: break
        }
        let fit = hosts.compactMap { host -> MXHost? in
            guard host.security == .opportunistic else { return host }
            guard policy.admits(host.name) else {
                services.count(.policyInvalid, domain, .sts)
                return nil
            }
            var host = host
            host.security = .certified
            return host
        }
        guard !fit.isEmpty else {
            return .unavailable("the MTA-STS policy of \(domain) admits none of its mail servers")
        }
        return .hosts(fit, kind: .none)
    }

    // MARK: Trouble

    /// A domain without an answer: is it the domain, or is it the DNS that is asked?
    private func unavailable(_ error: NameResolutionError, _ words: String) async -> DestinationPlan {
        guard error.code != .bogus else {
            // A domain's own proof may be wrong. That of the zone with which validation begins is not, unless whoever answers breaks it.
            guard let zone = settings.anchorZone, case .failure(let broken) = await ask(zone, .txt),
                broken.code == .bogus
            else { return .unavailable(words) }
            return .dnsDown("the DNS servers that are asked break DNSSEC, every answer is proved false: \(error)")
        }
        guard case .failure(let down) = await ask(hostname, .a), down.code != .bogus else { return .unavailable(words) }
        return .dnsDown("the DNS does not answer: \(down)")
    }
}

/// Where mail for a domain goes.
enum DestinationPlan: Sendable {
    /// What is counted beside the delivery.
    enum Kind: Sendable {
        case none
        /// A policy of MTA-STS that is on trial: what it would have refused is counted and delivered (RFC 8461 §5).
        case testing(MTASTSPolicy)
    }

    /// To the first of these that can be used.
    case hosts([MXHost], kind: Kind)
    /// Nowhere, for good.
    case refused(SMTPReply)
    /// Nowhere for now; the reason is the domain's.
    case unavailable(String)
    /// The DNS answers for no domain, or nothing that can be believed.
    case dnsDown(String)
}
