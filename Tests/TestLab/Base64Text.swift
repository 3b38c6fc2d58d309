// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Base64 by Foundation: the laboratory does not judge the gateway with the gateway's own code.
enum Base64Text {
    static func decode(_ text: String) -> [UInt8] { Data(base64Encoded: text).map(Array.init) ?? [] }
    static func encode(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
}
