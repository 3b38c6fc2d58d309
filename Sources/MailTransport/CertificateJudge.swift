// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

package import NIOCore
package import NIOSSL
import Synchronization

/// Judges the certificates that the other side of one connection shows, in place of the TLS library.
public final class CertificateJudge: Sendable {
    private let judge: @Sendable ([[UInt8]]) -> String?
    private let words = Mutex<String?>(nil)

    /// A judge for one connection; `judge` is given the chain in DER, the other side's own certificate first, and says why it does not do, or nil.
    public init(_ judge: @escaping @Sendable (_ chain: [[UInt8]]) -> String?) { self.judge = judge }

    /// Why the certificates were refused; nil while they were not.
    public var refusal: String? { words.withLock { $0 } }

    /// Decides on what NIO's callback brings.
    package func decide(_ chain: [NIOSSLCertificate], _ promise: EventLoopPromise<NIOSSLVerificationResult>) {
        let refusal: String?
        do { refusal = judge(try chain.map { try $0.toDERBytes() }) } catch {
            refusal = "its certificate cannot be read: \(TLSWords.text(error))"
        }
        words.withLock { $0 = refusal }
        promise.succeed(refusal == nil ? .certificateVerified : .failed)
    }
}
