// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import struct NIOCore.ByteBuffer

/// Cuts what comes from a server into responses, and hands on the content of messages while it comes.
///
/// The literal of `BODY[]` is never gathered; everything else of a response is, up to a bound.
///
/// ```text
/// S: * 12 FETCH (UID 4711 BODY[] {3}     bodyBegan(uid: 4711, octets: 3)
/// S: abc                                 bodyPiece
/// S: )                                   response(.fetch(…, body: .streamed))
/// ```
public struct IMAPResponseDecoder: Sendable {
    /// What was found.
    public enum Frame: Hashable, Sendable {
        /// A response that is complete.
        case response(IMAPResponse)
        /// The content of a message begins; its identifier where that stood in front of it. The FETCH response that it is part of
        /// ends the content.
        case bodyBegan(uid: IMAPUID?, octets: Int)
        /// Octets of the content that has begun.
        case bodyPiece(ByteBuffer)
    }

    private enum State: Sendable {
        case line
        case literal(Int)
        case body(Int)
    }

    private let maximumOctets: Int
    private let maximumBodyOctets: Int
    private(set) var buffer = ByteBuffer()
    private var state = State.line
    private var parts: [IMAPPart] = []
    /// Octets of `parts`, streamed ones apart.
    private var gathered = 0
    /// Octets of `buffer` that hold no line end.
    private var searched = 0

    /// A decoder.
    /// - Parameters:
    ///   - maximumOctets: of a response without the contents of messages; more is a failure.
    ///   - maximumBodyOctets: of the content of a message as it is announced; more is a failure before an octet of it is read.
    public init(maximumOctets: Int = 65_536, maximumBodyOctets: Int) {
        self.maximumOctets = maximumOctets
        self.maximumBodyOctets = maximumBodyOctets
    }

    /// Adds octets that came.
    public mutating func append(_ octets: ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = octets
        } else {
            buffer.discardReadBytes()  // what is left is a part of a line or of a literal
            buffer.writeImmutableBuffer(octets)
        }
    }

    /// True when octets came that make no complete response yet; behind the go-ahead of STARTTLS there must be none.
    public var isPending: Bool { buffer.readableBytes > 0 || !parts.isEmpty }

    /// The next frame; nil until more octets come.
    /// - Throws: `malformed` or `limit`; the decoder is of no use after that.
    public mutating func next() throws(IMAPFailure) -> Frame? {
        while true {
            switch state {
            case .body(let left):
                guard left > 0 else {
                    state = .line
                    continue
                }
                guard let piece = buffer.readSlice(length: min(left, buffer.readableBytes)), piece.readableBytes > 0
                else {
                    return nil
                }
                state = .body(left - piece.readableBytes)
                release()
                return .bodyPiece(piece)
            case .literal(let length):
                guard let octets = buffer.readBytes(length: length) else { return nil }
                parts.append(.literal(octets))
                state = .line
            case .line:
                guard let line = try readLine() else { return nil }
                if let frame = try take(line) { return frame }
            }
        }
    }

    /// Gives the memory of what was read back.
    private mutating func release() {
        if buffer.readableBytes == 0 { buffer = ByteBuffer() }
    }

    private mutating func readLine() throws(IMAPFailure) -> [UInt8]? {
        let view = buffer.readableBytesView
        guard let end = view[(view.startIndex + searched)...].firstIndex(of: 0x0A) else {
            searched = view.count
            guard gathered + searched <= maximumOctets else { throw tooLong() }
            return nil
        }
        searched = 0
        var line = buffer.readBytes(length: end - view.startIndex) ?? []
        buffer.moveReaderIndex(forwardBy: 1)
        release()
        if line.last == 0x0D { line.removeLast() }
        gathered += line.count
        guard gathered <= maximumOctets else { throw tooLong() }
        return line
    }

    private func tooLong() -> IMAPFailure {
        IMAPFailure(.limit, "the server sent a response longer than \(maximumOctets) octets")
    }

    private mutating func take(_ line: [UInt8]) throws(IMAPFailure) -> Frame? {
        guard mayHaveLiterals(line), let literal = try IMAPLiteral.announced(in: line) else {
            parts.append(.text(line))
            let response = try IMAPResponse.parse(parts)
            parts = []
            gathered = 0
            return .response(response)
        }
        parts.append(.text(Array(line.dropLast(literal.words))))
        guard isMessageContent else {
            gathered += min(literal.octets, maximumOctets + 1)
            guard gathered <= maximumOctets else {
                throw IMAPFailure(
                    .limit,
                    "the server announced a literal of \(literal.octets) octets where none belongs"
                )
            }
            state = .literal(literal.octets)
            return nil
        }
        guard literal.octets <= maximumBodyOctets else {
            throw IMAPFailure(
                .limit,
                "the server announced a message of \(literal.octets) octets, more than the \(maximumBodyOctets) that are taken"
            )
        }
        let uid = self.uid
        parts.append(.streamed)
        state = .body(literal.octets)
        return .bodyBegan(uid: uid, octets: literal.octets)
    }

    /// Texts of statuses are for people: what looks like a literal there is none.
    private func mayHaveLiterals(_ line: [UInt8]) -> Bool {
        guard parts.isEmpty else { return true }
        guard line.starts(with: [UInt8(ascii: "*"), UInt8(ascii: " ")]) else { return false }
        let word = line.dropFirst(2).prefix { $0 != UInt8(ascii: " ") }
        return IMAPStatus.Condition(rawValue: String(decoding: word, as: UTF8.self).uppercased()) == nil
    }

    /// True when what has come of the response ends with `BODY[]` of a FETCH.
    private var isMessageContent: Bool {
        guard case .text(let first)? = parts.first, case .text(let last)? = parts.last else { return false }
        let end = String(decoding: last.suffix(16), as: UTF8.self).uppercased().split(separator: " ").last
        let name = end?.split(separator: "(").last
        guard name == "BODY[]" else { return false }
        let head = String(decoding: first.prefix(40), as: UTF8.self).uppercased().split(separator: " ")
        return head.count >= 3 && IMAPNumber.read(head[1]) != nil && head[2].hasPrefix("FETCH")
    }

    /// The identifier that stands in what has come of a FETCH response.
    private var uid: IMAPUID? {
        do throws(IMAPFailure) {
            let parts = parts + [.literal([]), .text([UInt8(ascii: ")")])]
            guard case .fetch(let data) = try IMAPResponse.parse(parts) else { return nil }
            return data.uid
        } catch {
            return nil  // the response as a whole will be judged at its end
        }
    }
}

/// A literal as a line announces it at its end: `{42}`, `{42+}`, `~{42}` (RFC 3501 §4.3, RFC 7888).
struct IMAPLiteral: Hashable {
    var octets: Int
    /// Octets of the announcement itself.
    var words: Int

    static func announced(in line: [UInt8]) throws(IMAPFailure) -> IMAPLiteral? {
        guard line.last == UInt8(ascii: "}"), let start = line.lastIndex(of: UInt8(ascii: "{")) else { return nil }
        var digits = line[(start + 1)..<(line.count - 1)]
        if digits.last == UInt8(ascii: "+") { digits = digits.dropLast() }
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        guard let octets = IMAPNumber.read(String(decoding: digits, as: UTF8.self)) else {
            throw IMAPFailure(.limit, "the server announced a literal whose length has \(digits.count) digits")
        }
        let isBinary = start > 0 && line[start - 1] == UInt8(ascii: "~")
        return IMAPLiteral(octets: octets, words: line.count - start + (isBinary ? 1 : 0))
    }
}
