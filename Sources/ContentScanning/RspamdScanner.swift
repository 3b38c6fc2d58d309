// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
public import MailModel
import NIOCore
import NIOHTTP1
import ScannerProtocols
import WebRequests

/// Rspamd, asked by HTTP (`/checkv2`); the message streams, connections are kept as rspamd allows.
///
/// A subject is never rewritten: `rewrite subject` tags the message, and a rule of Exchange can put a word in front of the subject.
public struct RspamdScanner: MessageScanner {
    /// `rspamd`.
    public static let name: String = "rspamd"
    /// The same.
    public let name: String = RspamdScanner.name
    /// Unwanted mail.
    public let role = ScannerRole.antispam
    /// The worker's URL, or its socket.
    public var address: String {
        switch service {
        case .unix: "\(service)"
        case .tcp: "http://" + "\(service)".dropFirst("tcp:".count)
        }
    }

    /// Octets that rspamd takes by default (`max_message`); what is larger passes, and says so.
    static let maximumOctets = 50 * 1_048_576

    /// One for the process: its connections belong to nobody's configuration and rest a minute at most.
    private static let client = HTTPClient(
        eventLoopGroupProvider: .singleton,
        configuration: {
            var configuration = HTTPClient.Configuration(
                redirectConfiguration: .disallow,
                timeout: .init(connect: .seconds(10))
            )
            configuration.connectionPool.retryConnectionEstablishment = false
            configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 100
            return configuration
        }()
    )

    private let service: ServiceAddress
    private let times: ScannerTimes

    /// The worker that listens at `service`.
    public init(_ service: ServiceAddress, times: ScannerTimes = .init()) {
        self.service = service
        self.times = times
    }

    /// Has the message judged.
    public func scan(_ subject: ScanSubject, _ content: ScannedContent) async throws(ScannerError) -> ScanResult {
        guard content.octets <= Self.maximumOctets else {
            return ScanResult(.pass, words: "not looked at: larger than 50 MiB")
        }
        do throws(ScannerError) {
            return result(of: try await ask(subject, content))
        } catch  where error.mayBeStale {
            // Rspamd ended a connection that was kept: a new one tells.
            return result(of: try await ask(subject, content))
        }
    }

    /// The version that answers.
    public func check() async throws(ScannerError) -> String {
        let (head, body) = try await send(request("ping"), limit: 1024)
        guard body.readableBytesView.starts(with: "pong".utf8) else {
            throw ScannerError("\(address): no rspamd answers")
        }
        return head.first(name: "Server") ?? "rspamd"
    }

    /// Nothing is kept for this scanner alone.
    public func close() async {}

    // MARK: Asking

    private func ask(_ subject: ScanSubject, _ content: ScannedContent) async throws(ScannerError) -> RspamdReply {
        var request = request("checkv2")
        request.method = .POST
        for (name, value) in Self.facts(subject) { request.headers.add(name: name, value: Self.visible(value)) }
        request.body = .stream(content.pieces, length: .known(Int64(content.octets)))
        let (_, body) = try await send(request, limit: RspamdReply.maximumOctets)
        let octets = body.readableBytesView
        // What is longer than it may be still says at its beginning what rspamd came to: a message is not held for it.
        let isWhole = octets.count <= RspamdReply.maximumOctets
        guard let reply = isWhole ? RspamdReply(octets) : RspamdReply(beginning: octets) else {
            throw ScannerError("\(address): an answer that is none of rspamd's")
        }
        return reply
    }

    /// What is told of the envelope and the client; of a message that was retrieved there is no client.
    private static func facts(_ subject: ScanSubject) -> [(String, String)] {
        var facts = [
            ("From", "<\(subject.reversePath)>"), ("Queue-Id", "\(subject.id)"), ("MTA-Name", subject.hostname),
            ("MTA-Tag", subject.entrance),
        ]
        facts += subject.recipients.map { ("Rcpt", "<\($0.forwardPath)>") }
        guard let client = subject.client else { return facts }
        facts += [("IP", client.address), ("Helo", client.name)]
        if let name = client.reverseName { facts.append(("Hostname", name)) }
        if let user = client.authenticated { facts.append(("User", user)) }
        if let version = client.tlsVersion { facts.append(("TLS-Version", version)) }
        return facts
    }

    /// From outside: nothing of it ends a header of the request.
    private static func visible(_ text: String) -> String {
        String(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "?" : Character($0) })
    }

    private func request(_ path: String) -> HTTPClientRequest {
        let url =
            switch service {
            case .tcp: "\(address)/\(path)"
            case .unix(let socket):
                "http+unix://"
                    + socket.utf8.map { "%" + Hexadecimal.lowerCase([$0]) }.joined()
                    + "/\(path)"
            }
        return HTTPClientRequest(url: url)
    }

    private func send(
        _ request: HTTPClientRequest,
        limit: Int
    ) async throws(ScannerError) -> (head: HTTPHeaders, body: ByteBuffer) {
        do {
            let answer = try await Self.client.answer(
                to: request,
                upTo: limit,
                within: times.connect + times.write + times.verdict
            )
            guard answer.status == .ok else {
                throw ScannerError("\(address): \(answer.status): \(Self.line(String(buffer: answer.body)))")
            }
            return (answer.headers, answer.body)
        } catch let error as ScannerError {
            throw error
        } catch let error as HTTPClientError where error == .remoteConnectionClosed {
            throw ScannerError("\(address): the connection was closed before the answer", mayBeStale: true)
        } catch {
            throw ScannerError("\(address): \(error)")
        }
    }

    // MARK: The answer

    private func result(of reply: RspamdReply) -> ScanResult {
        let said = reply.message.map(Self.line)
        let action: ScanResult.Action =
            switch reply.action {
            case .noAction, .greylist: .pass
            case .addHeader, .rewriteSubject, nil: .tag
            case .softReject:
                .postpone(SMTPReply(451, EnhancedStatus(4, 7, 1), said ?? "please try again later"))
            case .reject: .reject(SMTPReply(550, EnhancedStatus(5, 7, 1), said ?? "the message was found to be spam"))
            case .quarantine: .quarantine
            case .discard: .discard
            }
        let threshold = reply.requiredScore
        return ScanResult(
            action,
            words: ScanFields.words(reply.score, threshold, reply.symbols),
            remark: reply.isCut
                ? "it answered more than is taken: its verdict counts, and some of what it wants changed is left out"
                : nil,
            score: reply.score,
            threshold: threshold,
            edits: reply.removedFields.map { .removeField(name: $0.name, occurrence: $0.occurrence) }
                + reply.addedFields.map { .addField(name: $0.name, body: $0.body) }
        )
    }

    /// What rspamd said, as it can stand in a reply or an error.
    private static func line(_ text: String) -> String {
        String(
            decoding: text.utf8.prefix(200).map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") },
            as: UTF8.self
        )
    }
}
