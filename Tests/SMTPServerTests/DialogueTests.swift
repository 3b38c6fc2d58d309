// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MailModel
import NIOCore
import SMTPServer
import Synchronization
import Testing

/// The dialogues of `Dialogues/*.txt` against a listener on loopback.
///
/// `C:` is a line of the client; lines that follow each other are sent in one write. `{LF}`, `{CR}` and `{NUL}` stand
/// for these octets,
/// `{}` at the end of a line for nothing: no CRLF is sent. `S:` is a line of the server, which `*` may cut short; `S:
/// (closed)` is the end of the connection. `!` sets a limit, or what the receiver answers; `M:` says how many messages
/// have arrived at the end.
@Suite(.timeLimit(.minutes(5)))
struct DialogueTests {
    static let files: [String] = {
        let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Dialogues")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return names.sorted().map { directory.appendingPathComponent($0).path }
    }()

    @Test
    func `there are dialogues`() {
        #expect(Self.files.count >= 8)
    }

    @Test(arguments: files)
    func `the dialogue goes as it is written`(_ path: String) async throws {
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
        let receiver = RecordingReceiver()
        var settings = ListenerSettings(hostname: "relay.azienda.it", address: "127.0.0.1", port: 0)
        for line in lines where line.hasPrefix("! ") { try configure(String(line.dropFirst(2)), &settings, receiver) }
        let configured = settings
        try await withListener(receiver) {
            $0 = configured
        } _: { port, _ in
            try await TestClient.run(port: port) { client in
                var toSend = ByteBuffer()
                for (number, line) in lines.enumerated() {
                    switch line.prefix(2) {
                    case "C:": toSend.writeBytes(Self.octets(line.dropFirst(3)))
                    case "S:":
                        if toSend.readableBytes > 0 { try await client.send(toSend) }
                        toSend.clear()
                        let heard = try await client.line() ?? "(closed)"
                        let expected = String(line.dropFirst(3))
                        let matches =
                            expected.hasSuffix("*") ? heard.hasPrefix(expected.dropLast()) : heard == expected
                        #expect(matches, "line \(number + 1): \(expected), heard: \(heard)")
                        if !matches { return }
                    case "M:": #expect(receiver.messages.count == Int(line.dropFirst(3)))
                    default: break
                    }
                }
            }
        }
    }

    private static func octets(_ text: Substring) -> [UInt8] {
        var text = text.replacing("{LF}", with: "\n").replacing("{CR}", with: "\r").replacing("{NUL}", with: "\u{0}")
        if text.hasSuffix("{}") { text.removeLast(2) } else { text += "\r\n" }
        return Array(text.utf8)
    }

    private func configure(_ line: String, _ settings: inout ListenerSettings, _ receiver: RecordingReceiver) throws {
        let words = line.split(separator: " ").map(String.init)
        switch words[0] {
        case "messageOctets": settings.limits.messageOctets = try #require(Int(words[1]))
        case "commandOctets": settings.limits.commandOctets = try #require(Int(words[1]))
        case "recipients": settings.limits.recipients = try #require(Int(words[1]))
        case "errors": settings.limits.errors = try #require(Int(words[1]))
        case "refuse":
            let reply = SMTPReply(550, EnhancedStatus(5, 1, 1), "no such user")
            receiver.state.withLock { $0.refusedRecipients[words[1]] = reply }
        default: Issue.record("unknown setting: \(line)")
        }
    }
}
