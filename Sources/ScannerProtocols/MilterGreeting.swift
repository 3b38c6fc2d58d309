// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import struct NIOCore.ByteBuffer

/// The negotiation alone, by which `check --connect` greets a milter.
public enum MilterGreeting {
    /// What is sent first.
    public static var opening: ByteBuffer { MilterCommand.negotiate(.offered, .offered) }
    /// What is sent before the connection is closed.
    public static var farewell: ByteBuffer { MilterCommand.quit }
}
