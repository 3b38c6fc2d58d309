// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import MailModel
import NIOCore
import NIOHTTP1
import NIOSSL
public import OAuthProtocol
import WebRequests

/// Reaches authorization servers by HTTPS: certificates are verified, answers bounded, redirections not followed, nothing waited for
/// without end. Each request has a connection of its own, for they come once an hour.
public struct AuthorizationServerConnection: AuthorizationServerReaching {
    private let patience: Duration

    /// A way that gives a server so much time for one answer, to its last octet.
    public init(patience: Duration = .seconds(30)) {
        self.patience = patience
    }

    /// Posts a form.
    public func post(
        _ form: OAuthForm,
        to endpoint: String,
        trust: String?
    ) async throws(OAuthError) -> HTTPAnswer {
        let client = client(trust)
        let result: Result<HTTPAnswer, OAuthError>
        do {
            result = .success(try await execute(form, endpoint, client))
        } catch {
            result = .failure(OAuthError(.temporary, "\(endpoint) is not reached: \(Self.words(error))"))
        }
        do { try await client.shutdown() } catch {
            assertionFailure("a client that is used once is shut down once: \(error)")
        }
        return try result.get()
    }

    private func execute(_ form: OAuthForm, _ endpoint: String, _ client: HTTPClient) async throws -> HTTPAnswer {
        var request = HTTPClientRequest(url: endpoint)
        request.method = .POST
        request.headers = [
            "Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json",
            "User-Agent": "Ceralacca",
        ]
        request.body = .bytes(ByteBuffer(string: form.encoded.reveal()))
        // One octet more than may be read: the decoder says that it is too long.
        let answer = try await client.answer(to: request, upTo: TokenResponse.maximumOctets, within: patience)
        let retryAfter = answer.headers.first(name: "Retry-After").flatMap { Int($0) }
        return HTTPAnswer(
            status: Int(answer.status.code),
            body: Array(answer.body.readableBytesView.prefix(TokenResponse.maximumOctets + 1)),
            retryAfter: retryAfter.flatMap { $0 >= 0 ? .seconds(min($0, 86_400)) : nil }
        )
    }

    private func client(_ trust: String?) -> HTTPClient {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let trust { tls.trustRoots = .file(trust) }
        let limit = TimeAmount.milliseconds(patience.wholeMilliseconds)
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls,
            redirectConfiguration: .disallow,
            timeout: .init(connect: limit, read: limit),
            decompression: .disabled
        )
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// What happened, without what was sent.
    private static func words(_ error: any Error) -> String {
        if let error = error as? HTTPClientError { return error.shortDescription }
        if error is NIOSSLError || error is NIOSSLExtraError || error is BoringSSLError {
            return "its certificate or its TLS does not do (\(error))"
        }
        return "\(error)"
    }
}
