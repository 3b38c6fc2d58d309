// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailTransport
import SMTPProtocol
import TransportPolicy

/// The servers of one domain, in the order in which they are tried.
struct MXRoute: Sendable {
    /// One address of one server.
    struct Attempt: Sendable {
        let host: MXHost
        let address: [UInt8]
        let endpoint: Endpoint
        /// What the address is known by to `ServerPool`.
        let key: Endpoint
        let judge: CertificateJudge?
    }

    let domain: String
    let hosts: [MXHost]
    let kind: DestinationPlan.Kind
    let settings: InternetDelivery
    let services: InternetServices

    /// Addresses that one attempt to deliver tries.
    static let maximumAttempts = 10

    /// The addresses to try: those that failed of late behind the others.
    func attempts(isPaused: (Endpoint) -> Bool) -> [Attempt] {
        let all = hosts.flatMap { host in host.orderedAddresses.map { attempt(host, $0) } }
        let healthy = all.filter { !isPaused($0.key) }
        return Array((healthy + all.filter { isPaused($0.key) }).prefix(Self.maximumAttempts))
    }

    private func attempt(_ host: MXHost, _ address: [UInt8]) -> Attempt {
        var (policy, judge): (TLSPolicy, CertificateJudge?) = (.opportunistic, nil)
        switch host.security {
        case .opportunistic: break
        case .encrypted: policy = .require
        case .certified: policy = .verify
        case .dane(let records, let names):
            policy = .require
            judge = CertificateJudge { DANEJudge.refusal(of: $0, by: records, names: names) }
        }
        return Attempt(
            host: host,
            address: address,
            endpoint: Endpoint(
                scheme: .smtp,
                host: host.name,
                port: settings.port,
                tls: policy,
                trust: policy == .verify ? settings.trust : nil,
                // Old TLS is better than none, and worse than what a policy asks for.
                minimumTLS: policy == .opportunistic ? .v10 : .v12
            ),
            key: Endpoint(scheme: .smtp, host: IPAddress.format(address), port: settings.port, tls: .none),
            judge: judge
        )
    }

    // MARK: Counting (RFC 8460)

    private func policyKind(_ attempt: Attempt) -> TLSPolicyKind {
        switch attempt.host.security {
        case .dane, .encrypted: .tlsa
        case .certified: .sts
        case .opportunistic: .none
        }
    }

    /// Counts a session; under a policy on trial, what that policy would have said of it, which is found out beside the delivery.
    func count(
        _ session: SMTPClientSession,
        _ attempt: Attempt,
        connector: MailConnector,
        settings: SMTPSessionSettings,
        now: Timestamp
    ) {
        guard case .testing(let policy) = kind, attempt.host.security == .opportunistic else {
            let result: TLSResult =
                session.isSecure ? .success : session.capabilities.startTLS ? .validationFailure : .noSTARTTLS
            return services.count(result, domain, policyKind(attempt))
        }
        guard policy.admits(attempt.host.name) else { return services.count(.policyInvalid, domain, .sts) }
        guard session.isSecure else { return services.count(.noSTARTTLS, domain, .sts) }
        let host = attempt.host.name
        switch services.trials.turn(host, domain: domain, now: now) {
        case .known(let result): services.count(result, domain, .sts)
        case .waits: break
        // It ends by its timeouts; nobody waits for it.
        case .begins:
            Task {
                let result = await trial(attempt, connector, settings)
                for (domain, sessions) in services.trials.ended(host, result) {
                    for _ in 0..<sessions { services.count(result, domain, .sts) }
                }
            }
        }
    }

    /// What a session that the policy asks for would come to.
    private func trial(
        _ attempt: Attempt,
        _ connector: MailConnector,
        _ sessions: SMTPSessionSettings
    ) async -> TLSResult {
        var endpoint = attempt.endpoint
        (endpoint.tls, endpoint.trust, endpoint.minimumTLS) = (.verify, settings.trust, .v12)
        var sessions = sessions
        sessions.timeouts.greeting = min(sessions.timeouts.greeting, .seconds(30))
        sessions.timeouts.command = min(sessions.timeouts.command, .seconds(30))
        do throws(SMTPClientError) {
            let session = try await SMTPClientSession.open(
                endpoint,
                settings: sessions,
                login: nil,
                connector: connector,
                at: .init(address: IPAddress.format(attempt.address))
            )
            await session.quit()
            return .success
        } catch { return Self.result(error, attempt) }
    }

    /// Counts a session that TLS did not let come about.
    func count(_ error: SMTPClientError, _ attempt: Attempt) {
        services.count(Self.result(error, attempt), domain, policyKind(attempt))
    }

    private static func result(_ error: SMTPClientError, _ attempt: Attempt) -> TLSResult {
        if attempt.judge?.refusal != nil { return .tlsaInvalid }
        if error.message.contains("STARTTLS") { return .noSTARTTLS }
        if error.message.contains("names another host") { return .hostMismatch }
        if error.message.contains("is not trusted") { return .notTrusted }
        return .validationFailure
    }
}
