// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail

public import struct NIOCore.ByteBuffer

/// One message of a certified account that is being read while it comes in, in constant memory.
public struct Examination: Sendable {
    /// The account, by its address in comparison form.
    public let account: String
    private var reader = CertifiedMessageReader()

    init(account: String) {
        self.account = account
    }

    /// Takes the next octets, as they came.
    public mutating func append(_ piece: ByteBuffer) {
        reader.append(piece)
    }

    /// What the message is.
    consuming func message() -> CertifiedMessage { reader.finish() }
}
