// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import MailModel
import NIOCore
import NIOHTTP1
import NIOSSL
public import NameResolution
import Synchronization
public import TransportPolicy

/// Fetches the policies of MTA-STS from their domains' servers, and keeps them in memory for as long as they hold (RFC 8461 §3.3).
///
/// A restart forgets them: until a policy is fetched again, mail for its domain goes as if there were none only when the fetch fails too.
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

    private struct Entry {
        var identifier: String
        var finding: MTASTSFinding
        var until: ContinuousClock.Instant
    }

    private let resolver: any NameResolving
    private let settings: Mutex<Settings>
    private let cache = Mutex<[String: Entry]>([:])

    /// Domains whose policies are kept; of more than these the one that ends first is forgotten.
    private static let maximumEntries = 10_000
    /// How long a failure is taken for the answer.
    private static let failurePause = Duration.seconds(300)

    /// A fetcher that has no policy yet; it finds the servers by `resolver`.
    public init(_ settings: Settings = Settings(), resolver: any NameResolving) {
        self.resolver = resolver
        self.settings = Mutex(settings)
    }

    /// Takes changed settings; what is known is kept.
    public func update(_ settings: Settings) { self.settings.withLock { $0 = settings } }

    /// What is known of the policy of `domain`: from memory while its identifier stands, else fetched.
    public func policy(of domain: String) async -> MTASTSFinding {
        let known = cache.withLock { $0[domain] }.flatMap { $0.until > .now ? $0 : nil }
        guard let identifier = await identifier(of: domain) else { return known?.finding ?? .none }
        if let known, known.identifier == identifier { return known.finding }
        let found = await fetch(domain)
        switch found {
        case .policy(let policy):
            keep(Entry(identifier: identifier, finding: found, until: .now + .seconds(policy.maximumAge)), domain)
        case .failed, .none:
            // An earlier policy holds for its time, whatever becomes of its server.
            if let known, case .policy = known.finding { return known.finding }
            keep(Entry(identifier: identifier, finding: found, until: .now + Self.failurePause), domain)
        }
        return found
    }

    private func keep(_ entry: Entry, _ domain: String) {
        cache.withLock { cache in
            if cache[domain] == nil, cache.count >= Self.maximumEntries,
                let first = cache.min(by: { $0.value.until < $1.value.until })
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
            let response = try await client.execute(request, timeout: .milliseconds(settings.timeout.wholeMilliseconds))
            if response.status == .ok {
                var body = try await response.body.collect(upTo: MTASTSPolicy.maximumOctets)
                let octets = body.readBytes(length: body.readableBytes) ?? []
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
