// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import CertifiedTracking
import Foundation
import Logging
import MailModel
import MailQueue
import NIOCore
import Sandbox
import Synchronization
import Testing

@testable import CertifiedIntake

/// The field on top of what comes in, line for line, and what becomes of a message that cannot be examined.
@Suite(.timeLimit(.minutes(2)))
struct FieldTests {
    private static let signer = "signer=posta-certificata@pec.example.it"

    /// The lines of the field on top of a notice about a message that did not leave through here.
    private func lines(_ kind: NoticeKind, _ flaw: NoticeFlaw? = nil) async throws -> [String] {
        let notice = RoundTrip.notice(kind)
        let octets =
            if let flaw { try RoundTrip.forger().compose(notice, flaw) } else {
                try RoundTrip.composer().compose(notice)
            }
        return try await lines(octets)
    }

    private func lines(_ octets: [UInt8]) async throws -> [String] {
        let world = try IntakeWorld()
        let trace = try await world.take(octets).arrival.message.trace
        try await world.close()
        let whole = trace.split(separator: "\r\n").map(String.init)
        let start = try #require(whole.firstIndex { $0.hasPrefix("X-Ceralacca-PEC:") })
        let folded = whole[(start + 1)...].prefix { $0.hasPrefix(" ") }
        return [whole[start]] + folded
    }

    @Test(arguments: [
        (NoticeKind.acceptance, ["kind=accettazione; signature=valid;", "digest=sha256; believed=yes"]),
        (.delivery, ["kind=avvenuta-consegna; signature=valid;", "digest=sha256; believed=yes"]),
        (.transportEnvelope, ["kind=posta-certificata; signature=valid;", "digest=sha256"]),
    ])
    func `golden: what a provider signed`(_ kind: NoticeKind, _ expected: [String]) async throws {
        let found = try await lines(kind)
        #expect(found == around(expected))
    }

    @Test(arguments: [
        (NoticeFlaw.outsider, ["kind=avvenuta-consegna; signature=untrusted;", "digest=sha256; believed=no"]),
        (.sameNames, ["kind=avvenuta-consegna; signature=untrusted;", "digest=sha256; believed=no"]),
        (.otherOctets, ["kind=avvenuta-consegna; signature=invalid;", "digest=sha256; believed=no"]),
        (.signedAfterExpiry, ["kind=avvenuta-consegna; signature=untrusted;", "digest=sha256; believed=no"]),
        (.sha1, ["kind=avvenuta-consegna; signature=valid;", "digest=sha1; believed=yes"]),
    ])
    func `golden: a delivery receipt with a flaw`(_ flaw: NoticeFlaw, _ expected: [String]) async throws {
        let found = try await lines(.delivery, flaw)
        #expect(found == around(expected))
    }

    @Test(arguments: [
        (DeliveryFault.unknownBox, ["kind=errore-consegna; signature=valid;", "digest=sha256; error=no-dest;"]),
        (.unknownDomain, ["kind=errore-consegna; signature=valid;", "digest=sha256; error=no-dominio;"]),
        (.fullBox, ["kind=errore-consegna; signature=valid;", "digest=sha256; error=altro;"]),
        (.virus, ["kind=errore-consegna; signature=valid;", "digest=sha256; error=virus;"]),
        (.twelveHours, ["kind=preavviso-errore-consegna; signature=valid;", "digest=sha256; error=altro;"]),
    ])
    func `golden: why a message did not arrive`(_ fault: DeliveryFault, _ expected: [String]) async throws {
        let composer = try RoundTrip.composer()
        let notice = CertifiedNotice.undelivered(
            fault,
            RoundTrip.bruno,
            about: RoundTrip.original(),
            by: composer,
            identifier: "sim1.20261123.2@pec.example.it",
            moment: RoundTrip.moment
        )
        let found = try await lines(try composer.compose(notice))
        #expect(found == around(expected + ["believed=yes"]))
    }

    /// The lines with the name of the field on the first and the signer, the same in all, on the second.
    private func around(_ lines: [String]) -> [String] {
        ["X-Ceralacca-PEC: \(lines[0])", " \(Self.signer); \(lines[1])"] + lines.dropFirst(2).map { " \($0)" }
    }

    @Test func `golden: no signature, and the signer of another address`() async throws {
        #expect(
            try await lines(.delivery, .unsigned)
                == ["X-Ceralacca-PEC: kind=avvenuta-consegna; signature=missing; believed=no"]
        )
        #expect(
            try await lines(.delivery, .otherAddress) == [
                "X-Ceralacca-PEC: kind=avvenuta-consegna; signature=valid;",
                " signer=posta-certificata@altro.example; digest=sha256; believed=no",
            ]
        )
    }

    @Test(arguments: [
        ("a;believed=yes@x.example", "a?believed?yes@x.example"), ("a\r\nBcc:b@x.example", "a??Bcc:b@x.example"),
        ("perché@x.example", "perch??@x.example"), ("", "?"), ("\"a b\"@x.example", "?a?b?@x.example"),
    ])
    func `golden: the address in a stranger's certificate can end neither its value nor the field`(
        _ address: String,
        _ shown: String
    ) {
        var finding = SignatureFinding()
        finding.state = .untrusted
        finding.signer = address
        let message = CertifiedMessage(ByteBuffer(string: "X-Ricevuta: accettazione\r\n\r\n"))
        let field = CertifiedField(
            message: message,
            finding: finding,
            isBelieved: false,
            tracked: nil,
            hasForeignField: false
        )
        let unfolded = field.text.replacing("\r\n ", with: " ")
        #expect(
            unfolded == "X-Ceralacca-PEC: kind=accettazione; signature=untrusted; signer=\(shown); believed=no\r\n"
        )
    }

    // MARK: Examinations that fail

    private final class Lines: Sendable {
        let all = Mutex<[(message: String, metadata: Logger.Metadata)]>([])
        func named(_ message: String) -> [Logger.Metadata] {
            all.withLock { $0.filter { $0.message == message }.map(\.metadata) }
        }
    }

    private struct Handler: LogHandler {
        let lines: Lines
        var logLevel = Logger.Level.info
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let facts = metadata.merging(event.metadata ?? [:]) { $1 }
            lines.all.withLock { $0.append(("\(event.message)", facts)) }
        }
    }

    @Test func `a body that cannot be read again: signature=unknown, not believed, delivered, and in the log`()
        async throws
    {
        let lines = Lines()
        let world = try IntakeWorld(logger: Logger(label: "test") { _ in Handler(lines: lines) })
        let id = try await world.submit()
        let octets = try RoundTrip.composer().compose(RoundTrip.notice(.delivery))
        // The file of the body is not there while the message is examined, and is again when it is stored.
        let (arrival, outcome) = try await world.take(octets, isLarge: true) { try world.hideSpool($0) }
        let trace = arrival.message.trace
        #expect(
            trace.hasSuffix(
                "X-Ceralacca-PEC: kind=avvenuta-consegna; signature=unknown; believed=no;\r\n message=\(id)\r\n"
            )
        )
        #expect(!trace.contains("In-Reply-To"))
        #expect(outcome == .receipt(of: id, .disbelieved("its signature could not be examined")))
        #expect(try await world.states(id) == [.submitted, .submitted, .submitted])
        #expect(try await Array(world.delivered(arrival.message.id).suffix(octets.count)) == octets)
        #expect(arrival.recipients.allSatisfy { $0.state == .waiting })
        let failures = lines.named("a signature could not be checked; the message is delivered all the same")
        #expect(failures.count == 1 && failures.first?["queueID"] == "\(arrival.message.id)")
        let line = try #require(lines.named("a receipt is not believed").first)
        #expect(line["kind"] == "avvenuta-consegna" && line["signature"] == "unknown" && line["message"] == "\(id)")
        #expect(line["doubt"] == "its signature could not be examined")
        try await world.close()
    }

    @Test func `each certified message has one line in the log, with its kind and its signature`() async throws {
        let lines = Lines()
        let world = try IntakeWorld(logger: Logger(label: "test") { _ in Handler(lines: lines) })
        for kind in NoticeKind.allCases {
            let octets = try RoundTrip.composer().compose(RoundTrip.notice(kind))
            let id = try await world.take(octets).arrival.message.id
            let own = lines.all.withLock { $0.filter { $0.metadata["queueID"] == "\(id)" } }
            #expect(own.map(\.message) == ["certified mail examined"], "\(kind)")
            #expect(own.first?.metadata["kind"] == (kind == .anomaly ? "anomalia" : "\(kind.rawValue)"))
            #expect(own.first?.metadata["signature"] != nil)
        }
        try await world.close()
    }
}
