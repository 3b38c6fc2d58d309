// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// Turns OpenSSL's error queue into words.
enum OpenSSLFailure {
    /// The error of an OpenSSL call that failed while doing `task`; empties this thread's error queue.
    static func error(_ task: String) -> SandboxError {
        var reasons: [String] = []
        while reasons.count < 8 {
            var data: UnsafePointer<CChar>?
            var flags: CInt = 0
            let code = ERR_get_error_all(nil, nil, nil, &data, &flags)
            guard code != 0 else { break }
            let reason = ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)"
            let detail = data.map { String(cString: $0) } ?? ""
            reasons.append(detail.isEmpty || flags & ERR_TXT_STRING == 0 ? reason : "\(reason) (\(detail))")
        }
        ERR_clear_error()
        return SandboxError(
            .cryptography,
            "OpenSSL cannot \(task): \(reasons.isEmpty ? "no reason given" : reasons.joined(separator: "; "))",
            remedy: "Check that OpenSSL 3 is installed whole (Debian: libssl3, openssl)"
        )
    }

    /// `pointer`, or the error of the call that did not return one.
    static func unwrap(_ pointer: OpaquePointer?, _ task: String) throws(SandboxError) -> OpaquePointer {
        guard let pointer else { throw error(task) }
        return pointer
    }

    /// Throws unless an OpenSSL call returned 1 or more.
    static func check(_ result: CInt, _ task: String) throws(SandboxError) {
        guard result > 0 else { throw error(task) }
    }
}
