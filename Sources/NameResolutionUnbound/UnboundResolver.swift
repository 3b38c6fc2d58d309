// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import NameResolution
import Synchronization

/// Asks the DNS by libunbound: a cache in memory, DNSSEC validated here and not taken on trust from the servers that are asked.
///
/// Each question has a deadline, and a bounded number of them is open. What is out of time, or for which nobody waits any more, leaves its place
/// to others; equal questions are asked once. A cancelled task gets its error at once.
public final class UnboundResolver: NameResolving {
    private let settings: UnboundSettings
    private let context: Mutex<UnboundContext>

    /// A resolver whose cache is empty.
    /// - Throws: `failed`, when libunbound does not take the settings, with its words.
    public init(_ settings: UnboundSettings) throws(NameResolutionError) {
        self.settings = settings
        context = Mutex(try UnboundContext(settings))
    }

    deinit { context.withLock { $0.stop() } }

    /// Begins anew with changed settings, or with a resolver file that has changed: the cache is emptied, open questions get `failed`.
    public func update(_ settings: UnboundSettings) throws(NameResolutionError) {
        let new = try UnboundContext(settings)
        let old = context.withLock { context in
            defer { context = new }
            return context
        }
        old.stop()
    }

    /// Asks nothing more; open questions get `failed`.
    public func stop() { context.withLock { $0 }.stop() }

    /// Asks, from the cache where it can.
    public func resolve(_ name: String, _ type: DNSRecordType) async throws(NameResolutionError) -> DNSAnswer {
        // A name that the DNS cannot hold exists nowhere; no server needs to be asked.
        guard Self.isName(name) else { return DNSAnswer(records: [], isNameAbsent: true, canonicalName: name) }
        let query = UnboundQuery(name: name, type: type)
        let context = context.withLock { $0 }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                query.wait(continuation)
                context.ask(query)
            }
        } onCancel: {
            query.finish(.failure(NameResolutionError(.timedOut, "\(query): nobody waits for it any more")))
            context.abandon(query)
        }
        return try result.get()
    }

    /// True for what the DNS can hold: labels of 1 to 63 octets, 253 in all (RFC 1035 §2.3.4). libunbound reads backslashes in its own
    /// way, so that they are none.
    static func isName(_ name: String) -> Bool {
        let bare = name.hasSuffix(".") ? name.dropLast() : name[...]
        if bare.isEmpty { return name == "." }
        return bare.utf8.count <= 253
            && bare.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
                (1...63).contains(label.utf8.count)
                    && label.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }
            }
    }
}
