// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

import struct NIOCore.ByteBuffer

/// Decides what a message is: top-level fields first, certification data second (FORMATS §7).
struct Classifier {
    private let header: HeaderSection
    private let scanner: StructureScanner?
    private var result = CertifiedMessage()
    private var warnings = Warnings()
    /// About the documents; of no interest in an ordinary message.
    private var documentWarnings = Warnings()

    init(header: HeaderSection, scanner: StructureScanner?, octets: Int) {
        self.header = header
        self.scanner = scanner
        result.octets = octets
        result.structure = scanner?.structure
    }

    /// True when a header names certified or registered mail, whatever it says of it.
    static func announces(_ header: HeaderSection) -> Bool {
        [ClassifiedField.receipt, .transport, .remMessageType].contains { header.count($0) > 0 }
    }

    /// What the fields say of the kind.
    private enum Announcement: Equatable {
        case nothing
        /// A value of the standard, or one that is taken for it.
        case kind(MessageKind)
        /// A field of certified mail with a value of no standard.
        case unknown(field: String, value: String)
    }

    consuming func message() -> CertifiedMessage {
        let announcement = announcement()
        readDocuments(wantsEvidence: header.first(.remMessageType) != nil)
        result.kind = kind(announcement)
        if result.kind != .ordinary { warnings.add(documentWarnings) }
        result.ownMessageID = header.messageID?.printable
        result.from = address(.from)
        takeHeader()
        if result.kind.isREM {
            takeEvidence()
        } else if result.kind != .ordinary, result.kind != .anomaly {
            takeCertification()
        }
        checkStructure()
        result.warnings = warnings.list
        result.isSuspect = warnings.isSuspect
        return result
    }
}

// MARK: Kind

extension Classifier {
    private mutating func announcement() -> Announcement {
        if let type = header.first(.remMessageType) { return remAnnouncement(type) }
        for name in [ClassifiedField.receipt, .transport] where header.count(name) > 1 {
            warnings.add(.contradictoryFields, "\(name.rawValue) stands \(header.count(name)) times")
        }
        let transport = header.first(.transport) ?? header.first(.misspeltTransport)
        if header.first(.transport) == nil, transport != nil { warnings.add(.unknownKind, "X-Trasplorto") }
        if let receipt = header.first(.receipt) {
            if let transport { warnings.add(.contradictoryFields, "X-Ricevuta beside X-Trasporto: \(transport)") }
            return receiptAnnouncement(receipt)
        }
        guard let transport else { return .nothing }
        switch transport.trimmingSpace.lowercased() {
        case "posta-certificata": return .kind(.transportEnvelope)
        case "errore": return .kind(.anomaly)
        default: return .unknown(field: "X-Trasporto", value: transport)
        }
    }

    private mutating func receiptAnnouncement(_ value: String) -> Announcement {
        let word = value.trimmingSpace.lowercased()
        if let kind = MessageKind(word: word), kind != .transportEnvelope { return .kind(kind) }
        guard word == "mancata-consegna" else { return .unknown(field: "X-Ricevuta", value: value) }
        warnings.add(.unknownKind, "X-Ricevuta: \(value) is taken for errore-consegna")
        return .kind(.nonDelivery)
    }

    private mutating func remAnnouncement(_ value: String) -> Announcement {
        if header.count(.remMessageType) > 1 { warnings.add(.contradictoryFields, "REM-MessageType stands twice") }
        switch REMEvidenceReader.lastPart(value).lowercased() {
        case "dispatch": return .kind(.remDispatch)
        case "receipt": return .kind(.remReceipt)
        default:
            warnings.add(.unknownKind, "REM-MessageType: \(value)")
            return .kind(.remReceipt)
        }
    }

    /// The kind that the fields announce; the data decide where the fields have no word of the standard.
    private mutating func kind(_ announcement: Announcement) -> MessageKind {
        let data = result.certification
        switch announcement {
        case .kind(let kind):
            guard let data, kind != .anomaly, !kind.isREM, data.kind != kind else { return kind }
            warnings.add(.kindDisagrees, "the header says \(kind.rawValue), the data say \(data.kindWord ?? "nothing")")
            return kind
        case .unknown(let field, let value):
            let kind = data?.kind ?? .ordinary
            warnings.add(.unknownKind, "\(field): \(value) is taken for \(kind.rawValue)")
            return kind
        case .nothing:
            if let word = data?.kindWord { warnings.add(.unannouncedData, "the data say \(word), the header nothing") }
            result.certification = nil
            return .ordinary
        }
    }
}

// MARK: Documents

extension Classifier {
    /// Reads the certification data, by name first, then by root; and the evidence where the header announces one.
    private mutating func readDocuments(wantsEvidence: Bool) {
        let documents = scanner?.documents ?? []
        let ordered = documents.filter(\.isNamed) + documents.filter { !$0.isNamed }
        var found = 0
        for document in ordered {
            let octets = decoded(document)
            var noted = Warnings()
            if let data = CertificationDataReader.read(octets.octets, warnings: &noted) {
                found += 1
                guard found == 1 else { continue }
                result.certification = data
                if !document.isNamed { noted.add(.dataUnnamed, "the part is not called daticert.xml") }
                note(document, octets, &noted)
            } else if wantsEvidence, result.evidence == nil,
                let evidence = REMEvidenceReader.read(octets.octets, warnings: &noted)
            {
                result.evidence = evidence
                note(document, octets, &noted)
            } else if document.isNamed {
                documentWarnings.add(.dataIncomplete, "daticert.xml holds no certification data")
            }
        }
        if found > 1 { documentWarnings.add(.dataRepeated, "\(found) parts hold certification data") }
    }

    private func decoded(_ document: CandidateDocument) -> (octets: [UInt8], isClean: Bool, isCut: Bool) {
        let decoded = document.encoding.decode(document.octets)
        let isCut = document.isCut || decoded.octets.count > CertificationData.maximumOctets
        return (Array(decoded.octets.prefix(CertificationData.maximumOctets)), decoded.isClean, isCut)
    }

    private mutating func note(
        _ document: CandidateDocument,
        _ octets: (octets: [UInt8], isClean: Bool, isCut: Bool),
        _ noted: inout Warnings
    ) {
        if octets.isCut { noted.add(.dataTooLong, "more than \(CertificationData.maximumOctets) octets") }
        if !octets.isClean { noted.add(.transferEncodingDamaged, "\(document.encoding)") }
        documentWarnings.add(noted)
    }
}

// MARK: Values

extension Classifier {
    private static let prefixes = [
        "ACCETTAZIONE", "AVVISO DI NON ACCETTAZIONE PER VIRUS", "AVVISO DI NON ACCETTAZIONE", "POSTA CERTIFICATA",
        "PRESA IN CARICO", "CONSEGNA", "AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO",
        "AVVISO DI MANCATA CONSEGNA PER VIRUS", "AVVISO DI MANCATA CONSEGNA", "PROBLEMA DI SICUREZZA",
        "ANOMALIA MESSAGGIO", "EXTERNAL",
    ]

    /// What the header says, for every kind; the data then put their own words in place of it.
    private mutating func takeHeader() {
        if header.isTruncated { warnings.add(.headerTruncated, "more than \(HeaderSection.maximumOctets) octets") }
        let subject = header.first(.subject).map { EncodedWord.decode($0) }
        result.subject = (result.kind == .ordinary ? subject : subject.map(Self.bareSubject))?.unlessBlank
        result.messageID = header.first(.referencedMessageID)?.bareIdentifier?.printable
        if result.kind == .ordinary || result.kind == .anomaly {
            result.messageID = result.messageID ?? result.ownMessageID?.printable
            result.sender = result.kind == .anomaly ? originalSender() : result.from
            result.recipients = [ClassifiedField.to, .cc].flatMap { addresses($0) }
                .prefix(CertificationData.maximumAddresses).map { CertifiedRecipient(address: $0, isCertified: nil) }
            result.time = header.first(.date).flatMap { CertifiedTime(fieldBody: $0) }
        } else if let word = header.first(.receiptType)?.unlessBlank {
            result.receiptType = ReceiptType(word: word)
            if result.receiptType == nil { warnings.add(.unknownReceiptType, "X-TipoRicevuta: \(word)") }
        }
        result.isVirusNotice = header.first(.securityCheck)?.trimmingSpace.lowercased() == "errore"
    }

    /// A subject without the one prefix of its provider; what the sender wrote alike stays.
    private static func bareSubject(_ subject: String) -> String {
        for prefix in prefixes where subject.uppercased().hasPrefix(prefix + ":") {
            return subject.dropFirst(prefix.count + 1).trimmingSpace
        }
        guard subject.hasPrefix("REM "), let colon = subject.firstIndex(of: ":"),
            !subject[..<colon].dropFirst(4).contains(" ")
        else { return subject }
        return subject[subject.index(after: colon)...].trimmingSpace
    }

    /// Of an anomaly, who sent what is wrapped: the address behind "Per conto di:", which is the original's From; or Reply-To, or the return path.
    private mutating func originalSender() -> String? {
        if let from = header.first(.from).map({ EncodedWord.decode($0) }), let colon = from.firstIndex(of: ":") {
            let name = from[from.index(after: colon)...]
            let quoted = name.prefix { $0 != "\"" }  // "Per conto di: Mario <mario@x.it>" <posta-certificata@…>
            let bare = name.prefix { $0 != "\"" && $0 != "<" }.trimmingSpace
            for candidate in [bare, quoted.count < name.count ? String(quoted).bareIdentifier : nil] {
                if let candidate, AddrSpec(candidate) != nil { return candidate.printable }
            }
        }
        return addresses(.replyTo).first ?? header.first(.returnPath)?.bareIdentifier?.printable
    }

    private mutating func address(_ name: ClassifiedField) -> String? { addresses(name).first }

    /// The addresses of a field; where the grammar does not hold, what stands between angle brackets.
    private mutating func addresses(_ name: ClassifiedField) -> [String] {
        guard let body = header.first(name) else { return [] }
        do {
            return try AddressList.parse(body).flatMap(\.addresses).map(\.description.printable)
        } catch {
            warnings.add(.addressSyntax, "\(name.rawValue): \(body)")
            let bracketed = body.split(separator: "<").dropFirst().compactMap { $0.split(separator: ">").first }
                .map { $0.trimmingSpace.printable }.filter { $0.contains("@") }
            return bracketed
        }
    }

    private mutating func takeCertification() {
        guard let data = result.certification else {
            return warnings.add(.dataMissing, "no daticert.xml among the direct children of the signed entity")
        }
        if let named = result.messageID, let certified = data.messageID, named != certified {
            warnings.add(.messageIDDisagrees, "the header says \(named), the data say \(certified)")
        }
        result.failure = data.failure
        result.sender = data.sender
        result.recipients = data.recipients
        result.subject = data.subject ?? result.subject
        result.provider = data.provider
        result.identifier = data.identifier
        result.messageID = data.messageID ?? result.messageID
        result.time = data.time
        result.receiptType = data.receiptType ?? result.receiptType
        result.deliveredTo = data.deliveredTo
        result.concerned = data.deliveredTo.map { [$0] } ?? data.takenInCharge
        result.failureDetail = data.failureDetail
        if result.kind == .nonDeliveryWarning { result.timeoutStage = TimeoutStage(data.failureDetail) }
        result.isVirusNotice = result.isVirusNotice || data.failure == .virus
    }

    private mutating func takeEvidence() {
        result.remEvent = header.first(.remEvent).map { REMEvidenceReader.lastPart($0).printable }
        result.messageID = header.first(.remMessageID)?.bareIdentifier?.printable
        let reason = header.first(.remReason)
            .map { REMReason(code: nil, name: REMEvidenceReader.lastPart($0).printable, text: nil) }
        result.failure = reason?.failure
        guard let evidence = result.evidence else {
            return warnings.add(.dataMissing, "no evidence among the direct children of the signed entity")
        }
        if let event = evidence.event, let named = result.remEvent, event != named {
            warnings.add(.kindDisagrees, "the header says \(named), the evidence says \(event)")
        }
        result.remEvent = result.remEvent ?? evidence.event
        if let first = evidence.reasons.first { result.failure = first.failure }
        result.sender = evidence.sender
        let outside = result.remEvent?.hasPrefix("RelayToNonERDS") == true ? Set(evidence.concerned) : []
        result.recipients = evidence.recipients.enumerated()
            .map { CertifiedRecipient(address: $1, isCertified: outside.contains($0) ? false : nil) }
        result.subject = evidence.subject ?? result.subject
        result.provider = evidence.provider
        result.identifier = evidence.identifier
        result.messageID = evidence.messageID ?? result.messageID
        result.time = evidence.time
        result.concerned = evidence.concerned.map { evidence.recipients[$0] }
        if result.kind == .remReceipt, result.concerned.count == 1 { result.deliveredTo = result.concerned.first }
        result.isVirusNotice = result.failure == .virus
    }

    private mutating func checkStructure() {
        guard let scanner else {
            if result.kind.isSigned { warnings.add(.notSigned, "the message is not multipart/signed") }
            return
        }
        guard result.kind != .ordinary, result.kind != .anomaly else { return }
        if scanner.structure.isWrapped { warnings.add(.wrapped, "multipart/signed inside another multipart") }
        for name in [ClassifiedField.from, .contentType] where header.count(name) > 1 {
            warnings.add(.contradictoryFields, "\(name.rawValue) stands \(header.count(name)) times")
        }
        warnings.add(scanner.warnings)
        if scanner.structure.signature == nil { warnings.add(.signatureMissing, "no signature behind the entity") }
    }
}
