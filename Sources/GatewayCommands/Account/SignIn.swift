// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayConfiguration
internal import MailModel
internal import MailQueue
internal import OAuthProtocol
internal import OAuthTransport

/// One sign-in, from the first word to the tokens.
struct SignIn {
    let account: AccountConfiguration
    let client: OAuthClient
    let secret: Secret?
    let paste: Bool

    /// How long a person may take to sign in.
    private static let patience = Duration.seconds(900)

    private var environment: CommandEnvironment { .current }

    func run() async throws(OAuthError) -> TokenResponse {
        switch client.grant {
        case .clientCredentials: try await ask(.clientCredentials)
        case .deviceCode: try await signInByCode()
        case .authorizationCode: try await signInByBrowser()
        }
    }

    private func ask(_ request: AccessTokenRequest) async throws(OAuthError) -> TokenResponse {
        try await environment.authorizationServer.tokens(request, client, secret: secret)
    }

    private func say(_ line: String) throws(OAuthError) {
        do { try environment.print(line) } catch { throw OAuthError(.temporary, "\(error)") }
    }

    // MARK: A code that is typed (RFC 8628)

    private func signInByCode() async throws(OAuthError) -> TokenResponse {
        guard var device = try await environment.authorizationServer.deviceAuthorization(client, secret: secret) else {
            throw OAuthError(.registration, "the authorization server has no device_authorization_endpoint")
        }
        try say("Open this address with any browser, and sign in as \(account.login):")
        try say("    \(device.verificationURI)")
        try say("There type this code:")
        try say("    \(device.userCode)")
        try say("Waiting, for \(device.lifetime.components.seconds / 60) minutes at most …")
        let clock = ContinuousClock()
        let end = clock.now + device.lifetime
        while clock.now < end {
            // The server names the pace at which it may be asked (RFC 8628 §3.5).
            do { try await Task.sleep(for: device.interval) } catch { throw OAuthError(.temporary, "interrupted") }
            do throws(OAuthError) { return try await ask(.deviceCode(device.deviceCode)) } catch {
                if let ending = device.judge(error) { throw ending }
            }
        }
        throw OAuthError(.expiredToken, "nobody signed in within the code's time")
    }

    // MARK: A browser (RFC 8252)

    private func signInByBrowser() async throws(OAuthError) -> TokenResponse {
        let listener: RedirectListener
        do {
            listener = try await RedirectListener(page: "Ceralacca has the answer. You may close this page.\n")
        } catch { throw OAuthError(.temporary, "no port on 127.0.0.1 can be opened: \(error)") }
        let result: Result<TokenResponse, OAuthError>
        do throws(OAuthError) { result = .success(try await signIn(listener)) } catch { result = .failure(error) }
        do { try await listener.close() } catch {
            environment.warn("ceralacca: the port for the browser was not closed: \(error)")
        }
        return try result.get()
    }

    private func signIn(_ listener: RedirectListener) async throws(OAuthError) -> TokenResponse {
        guard let request = AuthorizationRequest(client, port: listener.port, loginHint: account.login) else {
            throw OAuthError(.registration, "the authorization server has no authorization_endpoint")
        }
        try say("Open this address with a browser\(paste ? "" : " on this machine"), and sign in as \(account.login):")
        try say("    \(request.url)")
        let code = paste ? try pasted(request) : try await redirected(listener, request)
        return try await ask(
            .authorizationCode(code, redirectURI: request.redirectURI, verifier: request.verifier)
        )
    }

    private func pasted(_ request: AuthorizationRequest) throws(OAuthError) -> Secret {
        try say("The browser is then sent to an address that begins with \(request.redirectURI) and shows no page.")
        try say("Copy all of that address from the browser, paste it here, and press Return:")
        let line: Secret
        do throws(CommandFailure) { line = try environment.readLine() } catch {
            throw OAuthError(.malformed, error.message)
        }
        return try request.code(in: line.reveal())
    }

    private func redirected(
        _ listener: RedirectListener,
        _ request: AuthorizationRequest
    ) async throws(OAuthError) -> Secret {
        try say("Waiting for the browser … (no browser here? Use --paste.)")
        let result = await withTaskGroup(of: Result<Secret, OAuthError>.self) { tasks in
            tasks.addTask { await Self.code(from: listener, request) }
            tasks.addTask {
                do { try await Task.sleep(for: Self.patience) } catch {
                    return .failure(OAuthError(.temporary, "interrupted"))
                }
                return .failure(OAuthError(.expiredToken, "nobody signed in within 15 minutes"))
            }
            let first = await tasks.next()
            tasks.cancelAll()
            return first ?? .failure(OAuthError(.temporary, "interrupted"))
        }
        return try result.get()
    }

    /// The code of the first answer that is ours; requests of others are passed over.
    private static func code(
        from listener: RedirectListener,
        _ request: AuthorizationRequest
    ) async -> Result<Secret, OAuthError> {
        while let redirection = await listener.next() {
            do throws(OAuthError) { return .success(try request.code(in: redirection.reveal())) } catch {
                if error.code != .malformed { return .failure(error) }
                CommandEnvironment.current.warn("ceralacca: \(error)")
            }
        }
        return .failure(OAuthError(.temporary, "interrupted"))
    }
}
