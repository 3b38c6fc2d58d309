// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
import NIOHTTP1
import Synchronization

extension AuthorizationServer {
    /// An answer by HTTP.
    struct Answer {
        var status = HTTPResponseStatus.ok
        var body = ""
        var location: String?
        var isEndless = false
        var isDripping = false

        static func json(_ object: [String: Any], _ status: HTTPResponseStatus = .ok) -> Answer {
            let data = (try? JSONSerialization.data(withJSONObject: object)) ?? Data()
            return Answer(status: status, body: String(decoding: data, as: UTF8.self))
        }

        static func error(_ code: String) -> Answer {
            .json(["error": code, "error_description": "the lab says \(code)"], .badRequest)
        }
    }

    /// The answer to a request; nil: none comes.
    func answer(_ method: HTTPMethod, _ uri: String, _ body: String) -> Answer? {
        let parts = uri.split(separator: "?", maxSplits: 1).map(String.init)
        let query = Self.form(parts.count > 1 ? parts[1] : "")
        switch (method, parts.first) {
        case (.POST, "/token"), (.POST, "/device"):
            let form = Self.form(body)
            return state.withLock { state in
                state.forms.append(form)
                guard state.behaviour.faults.isEmpty else {
                    return Self.faulty(state.behaviour.faults.removeFirst(), base)
                }
                return parts[0] == "/token" ? Self.tokens(form, &state) : Self.device(form, base, &state)
            }
        case (.GET, "/authorize"): return state.withLock { Self.authorize(query, &$0) }
        case (.GET, "/tokeninfo"): return state.withLock { Self.whose(query["access_token"] ?? "", $0) }
        default: return Answer(status: .notFound)
        }
    }

    private static func faulty(_ fault: Fault, _ base: String) -> Answer? {
        switch fault {
        case .status(let code): Answer(status: .init(statusCode: Int(code)), body: "<html>out of order</html>")
        case .error(let code): .error(code)
        case .garbage: Answer(body: "\u{0}{\"access_token\":[[[")
        case .endless: Answer(body: "{\"access_token\":\"", isEndless: true)
        case .dripping: Answer(body: "{\"access_token\":\"", isDripping: true)
        case .redirect: Answer(status: .temporaryRedirect, location: "\(base)/token")
        case .silence: nil
        }
    }

    private static func next(_ kind: String, _ state: inout State) -> String {
        state.count += 1
        return token(kind, state.count)
    }

    private static func tokens(_ form: [String: String], _ state: inout State) -> Answer {
        guard form["client_id"] == clientID, form["client_secret"] == nil || form["client_secret"] == clientSecret
        else {
            return .error("invalid_client")
        }
        switch form["grant_type"] {
        case "authorization_code":
            guard let code = form["code"], let known = state.codes.removeValue(forKey: code),
                known.redirect == form["redirect_uri"], known.challenge == challenge(form["code_verifier"] ?? "")
            else { return .error("invalid_grant") }
            return give(&state, refresh: next("refresh", &state))
        case "urn:ietf:params:oauth:grant-type:device_code":
            guard let code = form["device_code"], state.devices.contains(code) else { return .error("expired_token") }
            if !state.behaviour.deviceAnswers.isEmpty { return .error(state.behaviour.deviceAnswers.removeFirst()) }
            state.devices.remove(code)
            return give(&state, refresh: next("refresh", &state))
        case "client_credentials":
            guard form["client_secret"] == clientSecret else { return .error("invalid_client") }
            return give(&state, refresh: nil)
        case "refresh_token":
            guard let token = form["refresh_token"], state.refreshTokens.contains(token) else {
                return .error("invalid_grant")
            }
            guard state.behaviour.rotates else { return give(&state, refresh: nil) }
            state.refreshTokens.remove(token)
            return give(&state, refresh: next("refresh", &state))
        default: return .error("unsupported_grant_type")
        }
    }

    private static func give(_ state: inout State, refresh: String?) -> Answer {
        let access = next("access", &state)
        let life = state.behaviour.accessLife
        state.accessTokens[access] = (state.behaviour.subject, .now + .seconds(life))
        var object: [String: Any] = ["access_token": access, "token_type": "Bearer", "expires_in": life]
        object["id_token"] = "e30.\(base64URL("{\"email\":\"\(state.behaviour.subject)\"}".utf8)).x"
        if let refresh {
            state.refreshTokens.insert(refresh)
            object["refresh_token"] = refresh
        }
        if let life = state.behaviour.refreshLife { object["refresh_token_expires_in"] = life }
        return .json(object)
    }

    private static func device(_ form: [String: String], _ base: String, _ state: inout State) -> Answer {
        guard form["client_id"] == clientID else { return .error("invalid_client") }
        let code = next("device", &state)
        state.devices.insert(code)
        return .json([
            "device_code": code, "user_code": "WDJB-MJHT", "verification_uri": "\(base)/activate", "expires_in": 60,
            "interval": state.behaviour.interval,
        ])
    }

    /// The person agrees at once, and the browser is sent back.
    private static func authorize(_ query: [String: String], _ state: inout State) -> Answer {
        guard query["response_type"] == "code", query["client_id"] == clientID, let redirect = query["redirect_uri"],
            redirect.hasPrefix("http://127.0.0.1:"), query["code_challenge_method"] == "S256",
            let challenge = query["code_challenge"], let given = query["state"], !given.isEmpty
        else { return Answer(status: .badRequest, body: "no request of authorization") }
        let code = next("code", &state)
        state.codes[code] = (challenge, redirect)
        return Answer(status: .found, location: "\(redirect)/?code=\(code)&state=\(given)")
    }

    private static func whose(_ token: String, _ state: State) -> Answer {
        guard let known = state.accessTokens[token], known.end > .now else {
            return .json(["error": "invalid_token"], .badRequest)
        }
        return .json(["email": known.subject, "active": true])
    }

    private static func challenge(_ verifier: String) -> String { base64URL(SHA256.hash(data: Array(verifier.utf8))) }

    private static func base64URL(_ octets: some Sequence<UInt8>) -> String {
        Data(octets).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func form(_ text: String) -> [String: String] {
        let pairs = text.split(separator: "&").map { part in
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                $0.replacing("+", with: " ").removingPercentEncoding ?? ""
            }
            return (sides[0], sides.count > 1 ? sides[1] : "")
        }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }
}
