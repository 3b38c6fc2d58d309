// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedTracking
import MailModel
import MailQueue
import Sandbox
import Testing

/// An outsider who knows the Message-ID, and may even hold a true receipt, puts what he made of it into the mailbox.
struct OutsiderTests {
    /// What he does, with a receipt that is true and would move a recipient as it stands.
    enum Trick: String, CaseIterable {
        case wrapped, attached, inAnomaly, twoReceiptFields, receiptAndEnvelope, twoFroms, twoTypes, twoData, otherKind
        case dataOutside, cutOff, noEntity

        /// True when what comes of it is no receipt at all.
        var isNoReceipt: Bool { self == .inAnomaly }

        func octets() throws -> [UInt8] {
            var notice = ForeignNotice()
            switch self {
            case .twoReceiptFields: notice.fields.append("X-Ricevuta: avvenuta-consegna")
            case .receiptAndEnvelope: notice.fields.append("X-Trasporto: posta-certificata")
            case .twoFroms: notice.fields.append("From: posta-certificata@pec.example.com")
            case .twoTypes: notice.fields.insert("content-type: \(notice.signedType.dropFirst(14))", at: 0)
            case .twoData:
                let second = String(decoding: notice.dataPart, as: UTF8.self)
                notice.originalFields.insert(
                    "\(second.dropFirst(14))\r\n--dentro\r\n\(notice.originalFields[0])",
                    at: 0
                )
                notice.originalFields[0] = "Content-Type: \(notice.originalFields[0])"
            case .otherKind: notice.set("X-Ricevuta: errore-consegna")
            case .cutOff: notice.transport = { Array($0.dropLast(600)) }
            case .noEntity: notice.signedType = notice.signedType.replacing("fuori", with: "altrove")
            case .wrapped, .attached, .inAnomaly, .dataOutside: break
            }
            let genuine = try notice.octets()
            let top = notice.fields.joined(separator: "\r\n") + "\r\n"
            let body = Array(genuine.dropFirst(top.utf8.count))
            let mixed = "Content-Type: multipart/mixed; boundary=lui\r\n\r\n--lui\r\n"
            switch self {
            case .wrapped: return Array((top + mixed).utf8) + body + Array("\r\n--lui--\r\n".utf8)
            case .attached:
                return Array("\(top)\(mixed)Content-Type: message/rfc822\r\n\r\n".utf8) + genuine
                    + Array("\r\n--lui--\r\n".utf8)
            case .inAnomaly:
                let fields = top.replacing("X-Ricevuta: avvenuta-consegna", with: "X-Trasporto: errore")
                return Array("\(fields)\(mixed)Content-Type: message/rfc822\r\n\r\n".utf8) + genuine
                    + Array("\r\n--lui--\r\n".utf8)
            case .dataOutside:
                return Array("\(top)\(mixed)".utf8) + notice.dataPart + Array("\r\n--lui--\r\n".utf8)
            default: return genuine
            }
        }
    }

    @Test func `the true receipt, as it stands, moves its recipient`() async throws {
        let world = try IntakeWorld()
        let id = try await world.submit()
        let (arrival, outcome) = try await world.take(try ForeignNotice().octets())
        #expect(outcome == .receipt(of: id, .moved([0])) && arrival.message.trace.contains("believed=yes"))
        #expect(try await world.states(id) == [.delivered, .submitted, .submitted])
        try await world.close()
    }

    @Test(arguments: Trick.allCases)
    func `whatever he makes of it moves nothing, is marked on top, and is delivered`(_ trick: Trick) async throws {
        let world = try IntakeWorld()
        let id = try await world.submit()
        let (arrival, outcome) = try await world.take(try trick.octets())
        #expect(try await world.states(id) == [.submitted, .submitted, .submitted])
        #expect(arrival.recipients.map(\.state) == [.waiting])
        if trick.isNoReceipt {
            #expect(arrival.message.trace.contains("kind=anomalia") && outcome == .stored, "\(arrival.message.trace)")
        } else {
            #expect(arrival.message.trace.contains("believed=no"), "\(arrival.message.trace)")
            if case .receipt(_, .disbelieved) = outcome {} else { Issue.record("\(outcome)") }
        }
        try await world.close()
    }

    @Test func `a true receipt without msgid, under a header that names another message, is about its own`()
        async throws
    {
        let world = try IntakeWorld()
        let id = try await world.submit()
        let other = try await world.submit("client-2@azienda.it")
        try await world.take(try RoundTrip.composer().compose(RoundTrip.notice(.acceptance)))
        #expect(try await world.states(id) == [.accepted, .accepted, .accepted])
        let octets = try RoundTrip.forger().compose(RoundTrip.notice(.delivery), .noMessageID)
        let text = octets.map { Character(Unicode.Scalar($0)) }
        let place = try #require(Array(String(text).ranges(of: "client-1@azienda.it")).first)
        let changed = String(text).replacingCharacters(in: place)
        let (_, outcome) = try await world.take(changed)
        #expect(outcome == .receipt(of: id, .moved([0])))
        #expect(try await world.states(other) == [.submitted, .submitted, .submitted])
        try await world.close()
    }
}

extension String {
    /// Latin-1 octets with another identifier in `place`.
    fileprivate func replacingCharacters(in place: Range<String.Index>) -> [UInt8] {
        var text = self
        text.replaceSubrange(place, with: "client-2@azienda.it")
        return text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    }
}
