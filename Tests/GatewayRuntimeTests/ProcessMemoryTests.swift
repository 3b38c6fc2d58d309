// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import Testing

@testable import GatewayRuntime

@Suite struct ProcessMemoryTests {
    @Test func `the process leaves no core dump and is not dumpable`() throws {
        var before = rlimit()
        getrlimit(__rlimit_resource_t(UInt32(RLIMIT_CORE.rawValue)), &before)
        try ProcessMemory.protect()
        let isDumpable = ceralacca_is_dumpable()
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(UInt32(RLIMIT_CORE.rawValue)), &limit)
        // The tests' own process is left as it was, as far as its rights allow.
        ceralacca_set_dumpable(1)
        setrlimit(__rlimit_resource_t(UInt32(RLIMIT_CORE.rawValue)), &before)
        #expect(isDumpable == 0)
        #expect(limit.rlim_cur == 0 && limit.rlim_max == 0)
    }
}
