// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import TestLab
import Testing

/// The built gateway as a process between real servers and sinks. One test at a time: each has the machine to itself.
/// What the machine lacks for them (root, a server) fails them with the words of `CertifiedProvider.require`.
@Suite(.serialized)
enum EndToEnd {}
