// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// Reads the XML of a REM evidence: elements by their local names, because its writers mix two namespaces.
struct REMEvidenceReader {
    /// How deep elements may nest; a signature within needs about fifteen.
    static let maximumDepth = 64
    /// Octets of text of one element; more is left out.
    static let maximumText = 4096
    /// Reasons that are kept.
    static let maximumReasons = 50

    private var scanner: XMLScanner
    private var warnings = Warnings()
    private var evidence = REMEvidence()
    private var path: [String] = []
    private var text = ""
    private var isRoot = false
    private var isLegalName = false
    private var reason: (code: String?, name: String, text: String?) = (nil, "", nil)

    private init(_ text: String) {
        scanner = XMLScanner(text)
    }

    /// Reads a document; nil when its root is not `Evidence`.
    static func read(_ octets: [UInt8], warnings: inout Warnings) -> REMEvidence? {
        var found = Warnings()
        var reader = Self(XMLText.decode(octets, warnings: &found))
        guard reader.run() else { return nil }
        if !reader.evidence.isComplete { reader.warnings.add(.dataIncomplete, "the evidence has no end") }
        if reader.evidence.time == nil { reader.warnings.add(.timeUnreadable, "EventTime") }
        found.add(reader.scanner.warnings)
        found.add(reader.warnings)
        warnings.add(found)
        let count = reader.evidence.recipients.count
        reader.evidence.concerned.removeAll { !(0..<count).contains($0) }
        return reader.evidence
    }

    private mutating func run() -> Bool {
        while let token = scanner.next() {
            switch token {
            case .text(let piece): if text.utf8.count + piece.utf8.count <= Self.maximumText { text += piece }
            case .start(let start):
                if path.isEmpty {
                    guard start.name == "Evidence" else { return isRoot }
                    isRoot = true
                }
                guard path.count < Self.maximumDepth else {
                    warnings.add(.dataIncomplete, "elements nest deeper than \(Self.maximumDepth)")
                    return isRoot
                }
                begin(start)
            case .end(let name, let raw):
                guard let place = path.lastIndex(of: name) else {
                    warnings.add(.malformedMarkup, "\(raw) closes nothing")
                    continue
                }
                while path.count > place { end() }
                if path.isEmpty {
                    evidence.isComplete = true
                    return true
                }
            }
        }
        return isRoot
    }

    private mutating func begin(_ start: XMLStart) {
        path.append(start.name)
        text = ""
        switch start.name {
        case "Attribute": isLegalName = start.attribute("friendlyname") == "LegalName"
        case "EventReason": reason = (nil, "", nil)
        case "DigestMethod":
            if path.contains("PartInfo") { evidence.digestAlgorithm = start.attribute("algorithm")?.printable }
        default: break
        }
        if start.isEmpty { end() }
    }

    private mutating func end() {
        guard let name = path.popLast() else { return }
        let value = text.unlessBlank?.printable
        text = ""
        if name == "EventReason" { return keepReason() }
        guard let value, !path.contains("Signature") else { return }
        switch (path.last ?? "", name) {
        case ("EventReason", "Code"): reason.name = Self.lastPart(value)
        case ("EventReason", "Details"): takeDetails(value)
        case ("SenderDetails", "Identifier"): evidence.sender = evidence.sender ?? value
        case ("RecipientDetails", "Identifier"):
            if evidence.recipients.count < CertificationData.maximumAddresses { evidence.recipients.append(value) }
        case (_, "AttributeValue") where isLegalName && path.contains("EvidenceIssuerDetails"):
            evidence.provider = evidence.provider ?? value
        case (_, "EvidenceRefersToRecipient"), (_, "RelayEvidenceRefersTo"):
            if let number = Int(value), evidence.concerned.count < CertificationData.maximumAddresses {
                evidence.concerned.append(number &- 1)
            }
        case ("PartInfo", "DigestValue"): evidence.digest = evidence.digest ?? value
        default: keepSingle(value, of: name)
        }
    }

    private mutating func keepSingle(_ value: String, of name: String) {
        switch name {
        case "EvidenceIdentifier": evidence.evidenceIdentifier = evidence.evidenceIdentifier ?? value.bareIdentifier
        case "ERDSEventId": evidence.event = evidence.event ?? Self.lastPart(value)
        case "EventTime": evidence.time = evidence.time ?? CertifiedTime(iso8601: value)
        case "MessageIdentifier": evidence.identifier = evidence.identifier ?? value.bareIdentifier
        case "AppLayerIdentifier": evidence.messageID = evidence.messageID ?? value.bareIdentifier
        case "Subject" where path.last == "GeneralEvidenceInfo":
            evidence.subject = evidence.subject ?? EncodedWord.decode(value).unlessBlank
        default: break
        }
    }

    private mutating func takeDetails(_ value: String) {
        let isCode =
            value.utf8.count == 4 && value.utf8.prefix(2).allSatisfy(\.isLetter)
            && value.utf8.suffix(2).allSatisfy(\.isDigit)
        if isCode, reason.code == nil { reason.code = value.uppercased() } else { reason.text = reason.text ?? value }
    }

    private mutating func keepReason() {
        guard evidence.reasons.count < Self.maximumReasons, !reason.name.isEmpty || reason.code != nil else { return }
        evidence.reasons.append(REMReason(code: reason.code, name: reason.name, text: reason.text))
    }

    /// What stands behind the last slash of a URI.
    static func lastPart(_ uri: String) -> String {
        uri.trimmingSpace.split(separator: "/").last.map(String.init) ?? ""
    }
}
