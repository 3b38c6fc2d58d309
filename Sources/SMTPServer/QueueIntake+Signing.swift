// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import ContentScanning
import DomainKeys
import Logging
import MailModel
import MailQueue
import Routing

import struct NIOCore.ByteBuffer

/// Signatures on ordinary mail that leaves.
extension QueueIntake {
    /// Begins to sign ordinary mail of a domain with keys that leaves for the Internet (RFC 6376 §5.1).
    func beginSigning(_ routed: Routed) {
        // What came in by this gateway and was sent on by a rule is somebody else's writing.
        guard policy.role == .exchange, routed.route == .internet, let signing,
            !routed.header.all("Received").contains(where: { ReceivedField.isOurs($0, hostname: policy.hostname) }),
            let from = routed.header.first("From"), let domain = Self.domain(ofFrom: from)
        else { return }
        signingKeys = signing.keys(for: domain)
        guard !signingKeys.isEmpty else { return }
        signer = DKIMSigner(signingKeys)
        var body = octets
        body.moveReaderIndex(forwardBy: min(routed.header.octets, body.readableBytes))
        signer?.append(body)
    }

    /// The domain of the first mailbox, in A-labels and lower case.
    static func domain(ofFrom body: String) -> String? {
        let entries: [AddressEntry]
        do { entries = try AddressList.parse(body) } catch { return nil }
        guard let key = entries.lazy.flatMap(\.addresses).first?.comparisonKey, let at = key.lastIndex(of: "@") else {
            return nil
        }
        return String(key[key.index(after: at)...])
    }

    /// Puts the signatures behind our other fields; what a milter changed is read once more.
    func sign(_ offer: inout Arrival, _ header: HeaderSection, isEdited: Bool) async {
        guard signer != nil, !offer.message.hasBareLineEnds else { return }
        do {
            let header = isEdited ? try await readAgain(offer) : header
            guard let fields = try signer?.fields(for: header, at: arrival) else { return }
            offer.message.addTrace(fields)
        } catch {
            logger.error("message not signed", metadata: ["error": "\(error)"])
        }
    }

    func readAgain(_ offer: Arrival) async throws -> HeaderSection {
        var (collector, signer) = (HeaderCollector(), DKIMSigner(signingKeys))
        let content = ScannedContent(trace: "", body: offer.body, store: store)
        try await content.read { piece throws(ScannerError) in
            collector.append(piece)
        }
        let section = collector.section
        var skip = section.octets
        try await content.read { piece throws(ScannerError) in
            var body = piece
            let header = min(skip, body.readableBytes)
            skip -= header
            body.moveReaderIndex(forwardBy: header)
            signer.append(body)
        }
        self.signer = signer
        return section
    }
}
