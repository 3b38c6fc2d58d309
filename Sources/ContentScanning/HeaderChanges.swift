// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore

/// What one scanner's edits make of the header that it saw: the fields that scanners put on top, then the message's own.
struct HeaderChanges {
    private struct Entry {
        let name: String
        /// Where it lies among the message's own octets; nil for one on top.
        let range: Range<Int>?
        /// As it stands now with its CRLF, where it is on top or was changed; empty when it was taken out.
        var text: String?
    }

    /// New ones, the first on top.
    private var new: [String] = []
    private var entries: [Entry]

    init(header: HeaderSection, added: [String]) {
        entries = added.map { Entry(name: String($0.prefix { $0 != ":" }).lowercased(), range: nil, text: $0) }
        entries += header.fields.map { Entry(name: $0.name.lowercased(), range: $0.range, text: nil) }
    }

    /// True while no field of the message's own was changed.
    var isOwnUntouched: Bool { entries.allSatisfy { $0.range == nil || $0.text == nil } }

    /// The fields on top, each with its CRLF.
    var addedFields: [String] {
        new + entries.compactMap { $0.range == nil && $0.text?.isEmpty == false ? $0.text : nil }
    }

    mutating func take(_ edit: MessageEdit) {
        switch edit {
        case .addField(let name, let body): add(name, body)
        case .changeField(let name, let occurrence, let body):
            guard let index = places(name, occurrence).first else { return add(name, body) }
            let isOnTop = entries[index].range == nil
            if let text = FieldText.make(name, body, isASCII: isOnTop) { entries[index].text = text }
        case .removeField(let name, let occurrence):
            for index in places(name, occurrence) { entries[index].text = "" }
        case .addRecipient, .removeRecipient, .changeSender, .replaceBody: break
        }
    }

    /// The message's own header section with its changes; `octets` are the section as it was.
    func rewritten(_ octets: ByteBuffer) -> ByteBuffer {
        var result = ByteBuffer()
        result.reserveCapacity(octets.readableBytes)
        var start = 0
        for entry in entries {
            guard let range = entry.range, let text = entry.text else { continue }
            Self.copy(octets, start..<range.lowerBound, to: &result)
            result.writeString(text)
            start = range.upperBound
        }
        Self.copy(octets, start..<octets.readableBytes, to: &result)
        return result
    }

    private mutating func add(_ name: String, _ body: String) {
        if let text = FieldText.make(name, body, isASCII: true) { new.append(text) }
    }

    private func places(_ name: String, _ occurrence: Int) -> [Int] {
        let name = name.lowercased()
        let all = entries.indices.filter { entries[$0].name == name }
        if occurrence == 0 { return all }
        let place = occurrence > 0 ? occurrence - 1 : all.count + occurrence
        return all.indices.contains(place) ? [all[place]] : []
    }

    private static func copy(_ octets: ByteBuffer, _ range: Range<Int>, to result: inout ByteBuffer) {
        let end = min(range.upperBound, octets.readableBytes)
        guard range.lowerBound < end,
            let slice = octets.getSlice(at: octets.readerIndex + range.lowerBound, length: end - range.lowerBound)
        else { return }
        result.writeImmutableBuffer(slice)
    }
}
