// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

public import struct NIOCore.ByteBuffer

/// The rest of the pre-flight of a certified submission, for what shows only while its content streams by: rows E53 to E56 of
/// `docs/routing.md`.
///
/// It holds as little as its `AttachmentScanner`, and stops looking at the first reason to refuse.
public struct ContentPreflight: Sendable {
    /// The reply that refuses the submission, as soon as a reason has been seen; what follows need not be kept.
    public private(set) var refusal: SMTPReply?

    private let account: RoutedAccount
    private let recipients: Int
    private var scanner = AttachmentScanner()

    init(_ account: RoutedAccount, recipients: Int) {
        self.account = account
        self.recipients = recipients
    }

    /// Looks at the next octets of the message, its header section first.
    public mutating func examine(_ octets: ByteBuffer) {
        guard refusal == nil else { return }
        let account = account
        var found: SMTPReply?
        scanner.scan(octets) { part in
            if found == nil { found = account.judge(part) }
        }
        refusal = found
    }

    /// Ends the examination of a message that is submitted with `size` octets.
    ///
    /// - Returns: the reply that refuses it; nil when nothing speaks against it.
    public mutating func finish(size: Int) -> SMTPReply? {
        if let refusal { return refusal }
        let account = account
        var found: SMTPReply?
        scanner.finish { part in
            if found == nil { found = account.judge(part) }
        }
        if found == nil, scanner.exceedsLimits { found = Refusal.tooDeep }
        refusal = found ?? account.judge(size: size, recipients: recipients)
        return refusal
    }
}

extension RoutedAccount {
    /// What is in an attached message is what somebody else sent: its format cannot be mended here, but providers look for files in it.
    fileprivate func judge(_ part: MessagePart) -> SMTPReply? {
        if part.isTNEF { return part.attachedDepth == 0 ? Refusal.outlookFormat : nil }
        // The name of an attached message is its subject as often as not: "Offerta www.esempio.com" is no program.
        guard !part.isMessage, !limits.refusedExtensions.isEmpty else { return nil }
        for name in part.fileNames {
            guard let fileExtension = Self.fileExtension(name),
                limits.refusedExtensions.contains(fileExtension)
            else { continue }
            return Refusal.refusedFile(name, fileExtension: fileExtension, provider: provider)
        }
        return nil
    }

    fileprivate func judge(size: Int, recipients: Int) -> SMTPReply? {
        guard let limit = limits.total else { return nil }
        let (total, hasOverflown) = size.multipliedReportingOverflow(by: max(1, recipients))
        guard hasOverflown || total > limit.octets else { return nil }
        return Refusal.tooLarge(size, recipients: max(1, recipients), limit: limit, provider: provider)
    }

    /// What follows the last dot, in lower case; dots and blanks at the end do not count, as Windows passes over them.
    private static func fileExtension(_ name: String) -> String? {
        var octets = Array(name.utf8)
        while let last = octets.last, last <= 0x20 || last == UInt8(ascii: ".") { octets.removeLast() }
        guard let dot = octets.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        return String(decoding: octets[(dot + 1)...], as: UTF8.self).lowercased()
    }
}

extension RoutingTable {
    /// The pre-flight of the content of a message that was given `route`; nil unless that is a certified account's.
    public func contentPreflight(for route: Route, recipients: Int) -> ContentPreflight? {
        certifiedAccount(of: route).map { ContentPreflight($0, recipients: recipients) }
    }

    /// The certified account of a route; nil for any other route.
    public func certifiedAccount(of route: Route) -> RoutedAccount? {
        guard case .account(let key) = route, let account = accounts[key], account.isCertified else { return nil }
        return account
    }
}
