// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

extension IMAPClientMachine {
    mutating func handle(_ frame: IMAPResponseDecoder.Frame) -> [Action] {
        switch frame {
        case .bodyBegan(let uid, let octets): return bodyBegan(uid, octets: octets)
        case .bodyPiece(let octets): return [.messagePiece(octets)]
        case .response(let response):
            guard coming == nil || response.endsContent else {
                return fail(.malformed, "the server sent a message in what is no answer to its retrieval")
            }
            return handle(response)
        }
    }

    private mutating func handle(_ response: IMAPResponse) -> [Action] {
        switch (state, response) {
        case (.greeting, .status(let status)): return greeting(status)
        case (.greeting, _): return fail(.malformed, "the server did not greet")
        case (_, .continuationRequest(let text)): return proceed(text)
        case (_, .tagged(let tag, let status)): return tagged(tag, status)
        case (_, .status(let status)): return untagged(status)
        case (_, .capability(let names)):
            capabilities = IMAPCapabilities(names)
            return []
        case (_, .exists(let count)):
            guard let known = mailbox?.messages else { return [] }
            mailbox?.messages = count
            return count > known && !isSelecting ? [.arrived] : []
        case (_, .expunge):
            if let known = mailbox?.messages { mailbox?.messages = max(0, known - 1) }
            return []
        case (_, .fetch(let data)): return fetched(data)
        case (.commanding, .quota(let quota)): return [.quota(quota)]
        case (_, .quota), (_, .other): return []
        }
    }

    private var isSelecting: Bool {
        if case .select = pending.first?.command { true } else { false }
    }

    private mutating func greeting(_ status: IMAPStatus) -> [Action] {
        switch status.condition {
        case .ok: return askCapabilities(isLoggedIn: false)
        case .preAuthenticated:
            return fail(
                .preAuthenticated,
                "the server says that the session is logged in already (PREAUTH): nobody knows as whom"
            )
        case .bye, .no, .bad: return fail(status.refusalCode, "the server turned the connection away: \(status)")
        }
    }

    /// A status that answers no command.
    private mutating func untagged(_ status: IMAPStatus) -> [Action] {
        if status.condition == .bye {
            if case .ending = state { return [] }
            return fail(status.refusalCode, "the server closes the session: \(shown(status))")
        }
        take(status.code)
        guard status.code?.name == "ALERT", isLoggedIn else { return [] }
        return [.alert(status.text)]
    }

    private var isLoggedIn: Bool {
        switch state {
        case .greeting, .capabilities(false), .startingTLS, .login, .over: false
        case .capabilities(true), .ready, .commanding, .retrieving, .idling, .ending: true
        }
    }

    /// What response codes say of the selected mailbox.
    private mutating func take(_ code: IMAPStatus.Code?) {
        guard let code else { return }
        switch code.name {
        case "UIDVALIDITY": mailbox?.uidValidity = UIDValidity(code.argument)
        case "UIDNEXT": mailbox?.nextUID = IMAPUID(code.argument)
        case "HIGHESTMODSEQ": mailbox?.highestModificationSequence = IMAPNumber.read(code.argument)
        case "READ-ONLY": mailbox?.isReadOnly = true
        case "CAPABILITY": capabilities = IMAPCapabilities(code.argument.split(separator: " ").map(String.init))
        default: break
        }
    }

    private mutating func proceed(_ text: String) -> [Action] {
        if !pending.isEmpty, let line = pending[0].lines.popFirst() { return [.send(line)] }
        switch (state, pending.first?.command) {
        case (.login(let exchange?), .authenticate): return respond(to: text, exchange)
        case (.idling, .idle): return [.idling]
        default: return fail(.malformed, "the server asked for the rest of a command that was whole")
        }
    }

    private mutating func tagged(_ tag: String, _ status: IMAPStatus) -> [Action] {
        guard let index = pending.firstIndex(where: { $0.tag == tag }) else {
            return fail(.malformed, "the server answered a command that was not sent: \(shown(status))")
        }
        guard coming == nil else { return fail(.malformed, "the server ended a command within a message") }
        let command = pending.remove(at: index)
        let alert: [Action] = status.code?.name == "ALERT" && isLoggedIn ? [.alert(status.text)] : []
        return alert + completed(command, status)
    }

    private mutating func completed(_ command: Pending, _ status: IMAPStatus) -> [Action] {
        switch state {
        case .capabilities(let isLoggedIn): return capabilitiesKnown(status, isLoggedIn: isLoggedIn)
        case .startingTLS: return startTLS(status)
        case .login(let exchange): return loggedIn(status, exchange)
        case .commanding:
            if status.isOK { take(status.code) }
            state = .ready
            return [.completed(status)]
        case .retrieving: return retrievalEnded(command, status)
        case .idling:
            state = .ready
            return [.completed(status)]
        case .ending:
            state = .over
            return [.ended]
        case .greeting, .ready, .over: return fail(.malformed, "the server answered out of turn: \(shown(status))")
        }
    }
}

extension IMAPStatus {
    /// What a refusal outside the login means (RFC 5530 §3).
    var refusalCode: IMAPFailure.Code {
        switch code?.name {
        case "UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG": return .delayed
        default: break
        }
        let words = text.lowercased()
        return ["too many", "maximum number", "try again", "try later", "riprova", "temporar", "unavailable"]
            .contains { words.contains($0) } ? .delayed : .refused
    }

    /// What the refusal of a login means; what neither code nor words settle is a wrong password.
    var loginRefusalCode: IMAPFailure.Code {
        switch code?.name {
        case "AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "PRIVACYREQUIRED": return .loginRefused
        default: return refusalCode == .delayed ? .delayed : .loginRefused
        }
    }
}

extension IMAPResponse {
    /// True for a FETCH whose content was handed on as it came.
    fileprivate var endsContent: Bool {
        guard case .fetch(let data) = self, case .streamed? = data.body else { return false }
        return true
    }
}
