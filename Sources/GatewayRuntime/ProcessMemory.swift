// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// Keeps this process's memory, which holds passwords, to itself (P7).
public enum ProcessMemory {
    /// No core dump is written, and no other process of the same user can look in by ptrace or `/proc`.
    ///
    /// The limit on core files alone does not bind dumps that the kernel pipes into a program.
    /// - Throws: ``GatewayError`` when the kernel refuses.
    public static func protect() throws(GatewayError) {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        guard setrlimit(__rlimit_resource_t(UInt32(RLIMIT_CORE.rawValue)), &none) == 0, ceralacca_set_dumpable(0) == 0
        else {
            throw GatewayError("core dumps cannot be switched off: \(String(cString: strerror(errno)))")
        }
    }
}
