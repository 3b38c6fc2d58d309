// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Whose the state directory is: what root makes there, its owner could not write any more.
enum StateOwner {
    /// Refuses a start as root on a directory that is somebody else's.
    static func check(_ directory: String) throws(GatewayError) {
        guard geteuid() == 0 else { return }
        var status = stat()
        guard stat(directory, &status) == 0 else {
            // There is none yet: it becomes root's own.
            return
        }
        if let refusal = refusal(directory, owner: status.st_uid) { throw refusal }
    }

    /// Why root does not start on the directory of `owner`; nil when it is root's own.
    static func refusal(_ directory: String, owner: uid_t) -> GatewayError? {
        guard owner != 0 else { return nil }
        let name = getpwuid(owner).map { String(cString: $0.pointee.pw_name) } ?? "\(owner)"
        return GatewayError(
            "\(directory) belongs to \(name), and this is root: what root makes there, \(name) could not write any more. Start the "
                + "service instead (systemctl start ceralacca), or, in the foreground: runuser -u \(name) -- ceralacca serve"
        )
    }
}
