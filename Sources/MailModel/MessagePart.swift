// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What the header of one part of a message says of it (RFC 2045 §5, RFC 2183 §2).
public struct MessagePart: Hashable, Sendable {
    /// The media type in lower case without its parameters: `application/pdf`.
    public var mediaType: String
    /// Every reading of its file name, decoded, each once: of Content-Disposition first, then of Content-Type.
    public var fileNames: [String]
    /// How many attached messages it lies in; 0 for what belongs to the message itself.
    public var attachedDepth: Int

    /// A part.
    public init(mediaType: String, fileNames: [String] = [], attachedDepth: Int = 0) {
        self.mediaType = mediaType
        self.fileNames = fileNames
        self.attachedDepth = attachedDepth
    }

    /// True for the Transport Neutral Encapsulation Format of Outlook, under its media types or under the name `winmail.dat`.
    public var isTNEF: Bool {
        Self.isTNEF(mediaType: mediaType) || fileNames.contains { $0.lowercased() == "winmail.dat" }
    }

    /// True for a message within the message.
    public var isMessage: Bool { mediaType.hasPrefix("message/") }

    /// True for the media types of the Transport Neutral Encapsulation Format, in lower case.
    public static func isTNEF(mediaType: String) -> Bool {
        mediaType == "application/ms-tnef" || mediaType == "application/vnd.ms-tnef"
    }
}
