// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

package import MailModel

extension Endpoint {
    /// True when both lead to one server, whatever the port; ports of this machine may be tunnels to several.
    package func isSameServer(as other: Endpoint) -> Bool {
        let host = host.lowercased()
        guard host == other.host.lowercased() else { return false }
        let isHere = host == "localhost" || host == "::1" || IPAddress.parse(host) != nil && host.hasPrefix("127.")
        return !isHere || port == other.port
    }
}
