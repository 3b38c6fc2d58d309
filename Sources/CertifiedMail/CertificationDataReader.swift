// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// Reads `daticert.xml`: its vocabulary is fixed, its writers are not careful (FORMATS §1.6 tells of both).
///
/// An element is known by its name alone, wherever it stands below `postacert`; a second one of a kind that stands once is left out. Inside
/// an element that holds text, markup of another vocabulary is text: some providers do not escape the brackets of an identifier.
struct CertificationDataReader {
    /// How deep elements may nest; the standard needs four.
    static let maximumDepth = 32
    /// Octets of text of one element.
    static let maximumText = 65_536

    private enum Element: String {
        case intestazione, mittente, destinatari, risposte, oggetto, dati, data, giorno, ora, identificativo, msgid
        case ricevuta, consegna, ricezione
        case root = "postacert"
        case provider = "gestore-emittente"
        case detail = "errore-esteso"

        /// True when it holds text.
        var isLeaf: Bool {
            switch self {
            case .root, .intestazione, .dati, .data, .ricevuta: false
            default: true
            }
        }

        var isRepeatable: Bool { self == .destinatari || self == .ricezione }
    }

    private var scanner: XMLScanner
    private var warnings = Warnings()
    private var data = CertificationData()
    /// The elements that are open.
    private var path: [Element] = []
    /// Elements of no standard that are open inside them.
    private var unknownDepth = 0
    private var text = ""
    private var recipientIsCertified = true
    private var zone = ""
    private var day: String?
    private var clock: String?
    private var seen: Set<Element> = []
    private var isStopped = false

    private init(_ text: String) {
        scanner = XMLScanner(text)
    }

    /// Reads a document; nil when its root is not `postacert`.
    static func read(_ octets: [UInt8], warnings: inout Warnings) -> CertificationData? {
        var found = Warnings()
        var reader = Self(XMLText.decode(octets, warnings: &found))
        reader.run()
        guard reader.seen.contains(.root) else { return nil }
        reader.finish()
        found.add(reader.scanner.warnings)
        found.add(reader.warnings)
        warnings.add(found)
        return reader.data
    }

    private mutating func run() {
        while !isStopped, let token = scanner.next() {
            switch token {
            case .text(let piece): take(piece)
            case .start(let start): open(start)
            case .end(let name, let raw): close(name, raw)
            }
        }
    }

    private mutating func take(_ piece: String) {
        guard unknownDepth == 0 else { return }
        if let current = path.last, current.isLeaf {
            if text.utf8.count + piece.utf8.count <= Self.maximumText {
                text += piece
            } else {
                warnings.add(.dataIncomplete, "<\(current.rawValue)> holds more text than is read")
            }
        } else if !path.isEmpty, let stray = piece.unlessBlank {
            warnings.add(.strayText, stray)
        }
    }

    private mutating func open(_ start: XMLStart) {
        guard !path.isEmpty else { return openRoot(start) }
        let element = Element(rawValue: start.name.lowercased())
        if let current = path.last, current.isLeaf, unknownDepth == 0 {
            guard let element, element != .root else {
                warnings.add(.malformedMarkup, "\(start.raw) inside <\(current.rawValue)> is read as text")
                return take(start.raw)
            }
            warnings.add(.malformedMarkup, "<\(current.rawValue)> has no end before <\(element.rawValue)>")
            end()
        }
        guard path.count + unknownDepth < Self.maximumDepth else {
            warnings.add(.dataIncomplete, "elements nest deeper than \(Self.maximumDepth)")
            isStopped = true
            return
        }
        guard let element, unknownDepth == 0 else {
            if unknownDepth == 0 { warnings.add(.unknownVocabulary, "<\(start.name)>") }
            if !start.isEmpty { unknownDepth += 1 }
            return
        }
        begin(element, start)
    }

    private mutating func openRoot(_ start: XMLStart) {
        guard !seen.contains(.root) else { return }
        guard start.name.lowercased() == Element.root.rawValue else {
            isStopped = true
            return
        }
        begin(.root, start)
    }

    private mutating func begin(_ element: Element, _ start: XMLStart) {
        switch element {
        case .root:
            let word = start.attribute("tipo")?.trimmingSpace ?? ""
            data.kindWord = word
            data.kind = MessageKind(word: word)
            if data.kind == nil { warnings.add(.unknownVocabulary, "tipo=\"\(word)\"") }
            data.failure = failure(start.attribute("errore"))
        case .destinatari: recipientIsCertified = isCertified(start.attribute("tipo"))
        case .data: if !seen.contains(.data) { zone = start.attribute("zona") ?? "" }
        case .ricevuta: if !seen.contains(.ricevuta) { takeReceiptType(start.attribute("tipo") ?? "") }
        default: break
        }
        path.append(element)
        text = ""
        if !element.isLeaf { seen.insert(element) }
        if start.isEmpty { end() }
    }

    private mutating func close(_ name: String, _ raw: String) {
        if unknownDepth > 0 {
            guard let element = Element(rawValue: name.lowercased()), path.contains(element) else {
                unknownDepth -= 1
                return
            }
            warnings.add(.malformedMarkup, "\(raw) closes an element that is not the innermost one")
            unknownDepth = 0
        }
        guard let element = Element(rawValue: name.lowercased()), path.contains(element) else {
            warnings.add(.malformedMarkup, "\(raw) closes nothing")
            if path.last?.isLeaf == true { take(raw) }
            return
        }
        if path.last != element {
            warnings.add(.malformedMarkup, "\(raw) closes an element that is not the innermost one")
        }
        while let last = path.last {
            end()
            if last == element { break }
        }
        if path.isEmpty { data.isComplete = true }
    }

    private mutating func end() {
        guard let element = path.popLast() else { return }
        defer { text = "" }
        guard element.isLeaf else { return }
        guard let value = text.unlessBlank else { return }
        guard element.isRepeatable || seen.insert(element).inserted else {
            return warnings.add(.elementRepeated, "<\(element.rawValue)>")
        }
        keep(value, of: element)
    }

    private mutating func keep(_ value: String, of element: Element) {
        switch element {
        case .mittente: data.sender = Self.address(value)
        case .destinatari:
            guard data.recipients.count < CertificationData.maximumAddresses else {
                return warnings.add(.dataIncomplete, "more recipients than are kept")
            }
            let recipient = CertifiedRecipient(address: Self.address(value), isCertified: recipientIsCertified)
            data.recipients.append(recipient)
        case .risposte: data.replyTo = value.printable
        case .oggetto: data.subject = EncodedWord.decode(value).unlessBlank
        case .provider: data.provider = value.printable
        case .giorno: day = value
        case .ora: clock = value
        case .identificativo: data.identifier = Self.identifier(value)
        case .msgid: data.messageID = Self.identifier(value)
        case .consegna: data.deliveredTo = Self.address(value)
        case .ricezione:
            guard data.takenInCharge.count < CertificationData.maximumAddresses else {
                return warnings.add(.dataIncomplete, "more addresses taken in charge than are kept")
            }
            data.takenInCharge.append(Self.address(value))
        case .detail: data.failureDetail = FailureDetail(value)
        case .root, .intestazione, .dati, .data, .ricevuta: break
        }
    }
}

// MARK: Values

extension CertificationDataReader {
    private static func address(_ value: String) -> String { value.bareIdentifier?.printable ?? value.printable }

    /// An identifier without its brackets, also where they were escaped twice.
    private static func identifier(_ value: String) -> String? {
        var text = value.trimmingSpace[...]
        if text.hasPrefix("&lt;") { text.removeFirst(4) }
        if text.hasSuffix("&gt;") { text.removeLast(4) }
        return String(text).bareIdentifier?.printable
    }

    private mutating func failure(_ value: String?) -> CertificationFailure {
        guard let word = value?.unlessBlank else { return .none }
        if let failure = CertificationFailure(rawValue: word.lowercased()) { return failure }
        warnings.add(.unknownVocabulary, "errore=\"\(word)\"")
        return .other
    }

    private mutating func isCertified(_ value: String?) -> Bool {
        switch value?.trimmingSpace.lowercased() {
        case nil, "", "certificato": return true
        case "esterno": return false
        case .some(let word):
            warnings.add(.unknownVocabulary, "destinatari tipo=\"\(word)\"")
            return false
        }
    }

    private mutating func takeReceiptType(_ word: String) {
        data.receiptType = ReceiptType(word: word)
        if data.receiptType == nil { warnings.add(.unknownReceiptType, "ricevuta tipo=\"\(word)\"") }
    }

    private mutating func finish() {
        if !data.isComplete {
            // The text of an element that is still open may be cut in the middle: half an identifier is none.
            text = ""
            while !path.isEmpty { end() }
            warnings.add(.dataIncomplete, "the document has no end")
        }
        data.time = CertifiedTime(day: day ?? "", time: clock ?? "", zone: zone)
        if data.time == nil { warnings.add(.timeUnreadable, "\(day ?? "") \(clock ?? "") \(zone)") }
        if let time = data.time, time.timestamp == nil { warnings.add(.timeUnreadable, "no zone: \"\(zone)\"") }
        let missing: [(Element, Bool)] = [
            (.mittente, data.sender == nil), (.destinatari, data.recipients.isEmpty), (.risposte, data.replyTo == nil),
            (.provider, data.provider == nil), (.identificativo, data.identifier == nil),
            (.msgid, data.messageID == nil), (.consegna, data.kind == .delivery && data.deliveredTo == nil),
            (.ricezione, data.kind == .takeCharge && data.takenInCharge.isEmpty),
        ]
        for (element, isMissing) in missing where isMissing { warnings.add(.elementMissing, "<\(element.rawValue)>") }
    }
}
