// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

extension SMTPReply {
    /// A reply of one line without enhanced status.
    init(_ code: Int, _ text: String) { self.init(code, nil, text) }
}
