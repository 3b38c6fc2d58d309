// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import MailQueue
import NameResolutionUnbound
import PolicyFetching
import Synchronization
import TestLab
import Testing
import TransportPolicy

@testable import SMTPDelivery

/// A small Internet on loopback: an authority for `test`, a Postfix at several addresses, servers of policies, and a bench that delivers
/// by MX.
final class InternetWorld: Sendable {
    /// What a Postfix at one address does.
    enum Place: Int {
        /// TLS with a certificate for `*.NAME.test` of `authority`.
        case secure = 1
        /// No TLS.
        case clear = 2
        /// As `secure`, another address.
        case other = 3
        /// As `secure`; the gateway takes it for itself.
        case ourselves = 4
        /// As `secure`, with the authority's root behind its certificate.
        case anchored = 5
        /// Nobody listens.
        case dead = 6
        /// Connections come about, and no octet.
        case silent = 7
        /// The server of policies.
        case policies = 8
    }

    let bench: DeliveryBench
    let dns: NameServer
    let postfix: Postfix
    let authority: CertificateAuthority
    let policies: PolicyServer
    let report = Mutex(TLSReport())
    let services: InternetServices
    private let resolver: UnboundResolver
    private let silent: SilentListener
    private let directory: String

    /// Makes and starts all of it; `change` has the last word on the settings.
    private init(
        _ directory: String,
        zones: (InternetPlaces) throws -> [NameServer.Zone],
        policies texts: [String: String],
        change: (inout DeliverySettings) -> Void
    ) async throws {
        self.directory = directory
        let places = try InternetPlaces(in: directory)
        authority = places.authority
        dns = try NameServer(
            in: "\(directory)/dns",
            try zones(places) + [.init("azienda.test", .unsigned, "relay IN A 127.0.0.1")]
        )
        try await dns.start()
        postfix = try places.postfix(in: "\(directory)/postfix")
        try postfix.start()
        silent = try SilentListener(address: places.address(.silent), port: places.port)
        policies = PolicyServer(address: places.address(.policies), authority: authority, policies: texts)
        try await policies.start()
        resolver = try UnboundResolver(
            UnboundSettings(
                servers: [.init(address: "127.0.0.1", port: dns.port)],
                trustAnchor: dns.trustAnchor,
                timeout: .seconds(5)
            )
        )
        var settings = try DeliverySettings.test {
            $0.destinationPause = .milliseconds(50)...(.milliseconds(100))
            $0.downAlert = .milliseconds(100)
        }
        settings.hostname = "relay.azienda.test"
        settings.internet = InternetDelivery(
            port: places.port,
            own: OwnIdentity(
                names: ["relay.azienda.test"],
                addresses: [try #require(IPAddress.parse(places.address(.ourselves)))]
            ),
            trust: authority.root,
            admitsLocal: true
        )
        change(&settings)
        let fetcher = MTASTSFetcher(
            .init(port: policies.port, trust: authority.root),
            resolver: resolver,
            clock: MovableClock(),
            logger: Logger(label: "policies") { _ in SwiftLogNoOpLogHandler() }
        )
        let counting = Counting()
        services = InternetServices(resolver: resolver, policies: fetcher) { counting.count($0, $1, $2) }
        bench = try DeliveryBench(settings, internet: services)
        counting.world.withLock { $0 = self }
    }

    /// Runs `body` in a world of these zones.
    static func with(
        policies: [String: String] = [:],
        _ zones: (InternetPlaces) throws -> [NameServer.Zone],
        change: (inout DeliverySettings) -> Void = { _ in },
        _ body: (InternetWorld) async throws -> Void
    ) async throws {
        let directory = try Files.makeTemporaryDirectory("internet")
        let world = try await InternetWorld(directory, zones: zones, policies: policies, change: change)
        let result: Result<Void, any Error>
        do { result = .success(try await body(world)) } catch { result = .failure(error) }
        try await world.end()
        try result.get()
        Files.remove(directory)
    }

    private func end() async throws {
        try await bench.end()
        resolver.stop()
        silent.stop()
        try await policies.stop()
        postfix.stop()
        await dns.stop()
    }

    /// Sends one message to `address` and waits for what comes of it.
    func send(to address: String) async throws -> (outcome: RecipientOutcome, words: String, server: String) {
        let id = try await bench.queue(.internet, to: [address])
        return try await outcome(of: id)
    }

    /// What comes of a message that was queued for one recipient.
    func outcome(of id: QueueID) async throws -> (outcome: RecipientOutcome, words: String, server: String) {
        let settled = await bench.store.settlements.wait { $0.contains { $0.id == id } }
        let result = try #require(settled.last { $0.id == id }?.results.first)
        return (result.outcome, result.attempt?.reply ?? result.reason ?? "", result.attempt?.server ?? "")
    }

    /// Sessions of `domain` by result under `policy`.
    func counted(_ domain: String, _ policy: TLSPolicyKind) -> [TLSResult: Int] {
        report.withLock { $0.counts[TLSReportKey(day: "oggi", domain: domain, policy: policy)] ?? [:] }
    }

    /// Carries counts to the world, which is there after those who count.
    private final class Counting: Sendable {
        let world = Mutex<InternetWorld?>(nil)

        func count(_ result: TLSResult, _ domain: String, _ policy: TLSPolicyKind) {
            let key = TLSReportKey(day: "oggi", domain: domain, policy: policy)
            world.withLock { $0 }?.report.withLock { $0.count(result, key) }
        }
    }
}

/// The addresses of the small Internet, and who is at them.
struct InternetPlaces {
    /// The port of all its mail servers.
    let port = Ports.take()
    let authority: CertificateAuthority
    private let net = "127.\(Int.random(in: 1...250)).\(Int.random(in: 1...250))"

    init(in directory: String) throws {
        let names = ["firmato", "ancora", "altro", "certo", "spento", "prova"].flatMap {
            ["\($0).test", "mx.\($0).test"]
        }
        let subjects = (names + names.map { "mta-sts.\($0)" }).map { "DNS:\($0)" }.joined(separator: ",")
        authority = try CertificateAuthority(in: "\(directory)/authority", names: subjects)
    }

    func address(_ place: InternetWorld.Place) -> String { "\(net).\(place.rawValue)" }

    func postfix(in directory: String) throws -> Postfix {
        let chain = "\(directory)/etc/chain.pem"
        let secure = "-o smtpd_tls_security_level=may"
        let services = [
            "\(address(.secure)):\(port) inet n - n - - smtpd \(secure)",
            "\(address(.clear)):\(port) inet n - n - - smtpd",
            "\(address(.other)):\(port) inet n - n - - smtpd \(secure)",
            "\(address(.ourselves)):\(port) inet n - n - - smtpd \(secure)",
            "\(address(.anchored)):\(port) inet n - n - - smtpd \(secure) -o smtpd_tls_cert_file=\(chain)",
        ]
        let postfix = try Postfix(
            name: "lontano",
            in: directory,
            services: services,
            settings: [
                "smtpd_tls_cert_file = \(authority.certificate)", "smtpd_tls_key_file = \(authority.key)",
                "smtpd_tls_security_level = none", "default_transport = discard:", "relay_transport = discard:",
                "smtpd_relay_restrictions = permit_mynetworks, reject", "smtputf8_enable = yes",
            ]
        )
        try Files.write(Files.read(authority.certificate) + Files.read(authority.root), to: chain)
        return postfix
    }
}
