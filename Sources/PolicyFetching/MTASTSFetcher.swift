// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
public import Logging
public import MailModel
import NIOCore
import NIOHTTP1
import NIOSSL
public import NameResolution
import Synchronization
public import TransportPolicy
import WebRequests

/// Fetches the policies of MTA-STS from their domains' servers, and keeps them for as long as they hold (RFC 8461 §3.3), over a restart too.
///
/// A policy is fetched anew when its identifier in the DNS changes and when half of its time is over. Where that fails it holds for the rest of its time:
/// an attacker who suppresses the fetch gains nothing (RFC 8461 §5.1).
public final class MTASTSFetcher: MTASTSPolicies {
    /// Where policies are fetched.
    public struct Settings: Hashable, Sendable {
        /// The port of the policies' servers: 443.
        public var port: Int
        /// The roots, a PEM bundle, that their certificates must lead to; nil for the system's.
        public var trust: String?
        /// How long a fetch may take.
        public var timeout: Duration

        /// The settings of the Internet unless told otherwise.
        public init(port: Int = 443, trust: String? = nil, timeout: Duration = .seconds(15)) {
            self.port = port
            self.trust = trust
            self.timeout = timeout
        }
    }

    private enum Entry {
        /// A policy, and the moment before which no fetch is tried again that has failed.
        case policy(KeptPolicy, pause: Timestamp?)
        /// No policy could be had for this identifier; that is the answer until then.
        case failure(identifier: String, MTASTSFinding, until: Timestamp)

        var end: Timestamp {
            switch self {
            case .policy(let kept, _): kept.end
            case .failure(_, _, let until): until
            }
        }
    }

    private let resolver: any NameResolving
    private let store: (any MTASTSPolicyStore)?
    private let clock: any WallClock
    private let logger: Logger
    private let settings: Mutex<Settings>
    private let cache = Mutex<[String: Entry]>([:])

    /// Domains of which something is known; of more than these the one whose knowledge ends first is forgotten.
    private static let maximumEntries = 10_000
    /// How long a failure is taken for the answer.
    private static let failurePause = Duration.seconds(300)

    /// A fetcher that has no policy yet; it finds the servers by `resolver`, and keeps policies in `store`, or in memory alone.
    public init(
        _ settings: Settings = Settings(),
        resolver: any NameResolving,
        store: (any MTASTSPolicyStore)? = nil,
        clock: any WallClock,
        logger: Logger
    ) {
        self.resolver = resolver
        self.store = store
        self.clock = clock
        self.logger = logger
        self.settings = Mutex(settings)
    }

    /// Takes changed settings; what is known is kept.
    public func update(_ settings: Settings) { self.settings.withLock { $0 = settings } }

    /// Takes the policies that were kept before a restart.
    public func load() async {
        guard let store else { return }
        do {
            let kept = try await store.keptPolicies(now: clock.now())
            cache.withLock { cache in
                for policy in kept.prefix(Self.maximumEntries) { cache[policy.domain] = .policy(policy, pause: nil) }
            }
        } catch {
            logger.error("the policies of domains could not be read", metadata: ["error": "\(error)"])
        }
    }

    /// What is known of the policy of `domain`: what is kept while it is fresh, else fetched.
    public func policy(of domain: String) async -> MTASTSFinding {
        let now = clock.now()
        let known = cache.withLock { $0[domain] }.flatMap { $0.end > now ? $0 : nil }
        let identifier = await identifier(of: domain)
        switch (known, identifier) {
        case (nil, nil), (.failure?, nil): return .none
        case (.policy(let kept, _)?, nil): return .policy(kept.policy)
        case (.failure(let failed, let finding, _)?, let identifier?) where failed == identifier: return finding
        case (.policy(let kept, let pause)?, let identifier?):
            let isFresh = kept.identifier == identifier && (kept.fetched...kept.renewal).contains(now)
            if isFresh || pause.map({ $0 > now }) ?? false { return .policy(kept.policy) }
            // Whoever comes meanwhile takes what is known.
            enter(.policy(kept, pause: now + Self.failurePause), domain)
            return await fetch(domain, identifier, inPlaceOf: kept)
        case (_, let identifier?): return await fetch(domain, identifier, inPlaceOf: nil)
        }
    }

    private func fetch(_ domain: String, _ identifier: String, inPlaceOf known: KeptPolicy?) async -> MTASTSFinding {
        let found = await fetch(domain)
        let now = clock.now()
        guard case .policy(let policy) = found else {
            guard let known else {
                enter(.failure(identifier: identifier, found, until: now + Self.failurePause), domain)
                return found
            }
            logger.notice(
                "a policy of MTA-STS could not be fetched anew: the known one holds on",
                metadata: ["domain": "\(domain)", "until": "\(MailDate.formatISO8601(known.end))"]
            )
            return .policy(known.policy)
        }
        let kept = KeptPolicy(domain: domain, identifier: identifier, policy: policy, fetched: now)
        enter(.policy(kept, pause: nil), domain)
        do { try await store?.keep(kept, most: Self.maximumEntries) } catch {
            logger.error(
                "a policy of MTA-STS is known until the next restart alone",
                metadata: ["domain": "\(domain)", "error": "\(error)"]
            )
        }
        return found
    }

    private func enter(_ entry: Entry, _ domain: String) {
        cache.withLock { cache in
            if cache[domain] == nil, cache.count >= Self.maximumEntries,
                let first = cache.min(by: { $0.value.end < $1.value.end })
            {
                cache[first.key] = nil
            }
            cache[domain] = entry
        }
    }

    private func identifier(of domain: String) async -> String? {
        do throws(NameResolutionError) {
            return MTASTSRecord.identifier(try await resolver.resolve("_mta-sts.\(domain)", .txt).records)
        } catch { return nil }
    }

    // MARK: HTTPS

    private func fetch(_ domain: String) async -> MTASTSFinding {
        let settings = settings.withLock { $0 }
        let host = "mta-sts.\(domain)"
        guard let address = await address(of: host) else { return .failed(.policyFetchError) }
        let client: HTTPClient
        do { client = try Self.client(settings, host: host, address: address) } catch {
            return .failed(.policyFetchError)
        }
        let finding: MTASTSFinding
        do {
            let request = HTTPClientRequest(url: "https://\(host):\(settings.port)/.well-known/mta-sts.txt")
            let limit = MTASTSPolicy.maximumOctets
            let answer = try await client.answer(to: request, upTo: limit, within: settings.timeout)
            if answer.status == .ok, answer.body.readableBytes <= limit {
                let octets = Array(answer.body.readableBytesView)
                finding = MTASTSPolicy(octets).map { .policy($0) } ?? .failed(.policyInvalid)
            } else {
                finding = .failed(.policyFetchError)
            }
        } catch {
            finding = .failed(Self.isAboutTLS(error) ? .policyNotCertified : .policyFetchError)
        }
        do { try await client.shutdown() } catch {
            assertionFailure("a client that is used once is shut down once: \(error)")
        }
        return finding
    }

    private static func isAboutTLS(_ error: any Error) -> Bool {
        error is NIOSSLError || error is NIOSSLExtraError || error is BoringSSLError
    }

    private func address(of host: String) async -> String? {
        for type in [DNSRecordType.a, .aaaa] {
            do throws(NameResolutionError) {
                let size = type == .a ? 4 : 16
                let records = try await resolver.resolve(host, type).records
                if let octets = records.first(where: { $0.count == size }) { return IPAddress.format(octets) }
            } catch { continue }
        }
        return nil
    }

    /// A client for one fetch: no redirects (RFC 8461 §3.3), no compression, the address as our DNS says.
    private static func client(_ settings: Settings, host: String, address: String) throws -> HTTPClient {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let path = settings.trust { tls.trustRoots = .file(path) }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls,
            redirectConfiguration: .disallow,
            timeout: .init(
                connect: .milliseconds(settings.timeout.wholeMilliseconds),
                read: .milliseconds(settings.timeout.wholeMilliseconds)
            ),
            decompression: .disabled
        )
        configuration.dnsOverride = [host: address]
        // A wrong certificate stays wrong: no second try hides it behind a timeout.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}
