// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import struct NIOCore.ByteBuffer

/// What we say to a milter (SMFIC_*): a length in four octets, a letter, its data; strings end with a NUL.
enum MilterCommand {
    /// Octets of the body in one command at most.
    static let maximumPiece = 65_535

    static func negotiate(_ actions: MilterActions, _ steps: MilterSteps) -> ByteBuffer {
        command("O") {
            $0.writeInteger(UInt32(6))
            $0.writeInteger(actions.rawValue)
            $0.writeInteger(steps.rawValue)
        }
    }

    static func connect(_ client: MilterTransaction.Client?) -> ByteBuffer {
        command("C") {
            guard let client else {
                write(Array("localhost".utf8), to: &$0)
                $0.writeInteger(UInt8(ascii: "U"))
                return
            }
            write(Array(client.name.utf8), to: &$0)
            $0.writeInteger(client.address.contains(":") ? UInt8(ascii: "6") : UInt8(ascii: "4"))
            $0.writeInteger(UInt16(0))
            write(Array(client.address.utf8), to: &$0)
        }
    }

    static func helo(_ name: String) -> ByteBuffer { command("H") { write(Array(name.utf8), to: &$0) } }
    static func mail(_ path: String) -> ByteBuffer { command("M") { write(Array("<\(path)>".utf8), to: &$0) } }
    static func recipient(_ path: String) -> ByteBuffer { command("R") { write(Array("<\(path)>".utf8), to: &$0) } }
    static let data = command("T") { _ in }

    static func field(_ field: MilterTransaction.Field, keepsSpace: Bool) -> ByteBuffer {
        command("L") {
            write(field.name, to: &$0)
            let isSpaced = field.body.first == 0x20
            write(isSpaced && !keepsSpace ? Array(field.body.dropFirst()) : field.body, to: &$0)
        }
    }

    static let endOfHeader = command("N") { _ in }
    static func body(_ piece: ByteBuffer) -> ByteBuffer { command("B") { $0.writeImmutableBuffer(piece) } }
    static let endOfMessage = command("E") { _ in }
    static let abort = command("A") { _ in }
    static let quit = command("Q") { _ in }

    /// The macros that go in front of the command `letter`; nothing when there are none.
    static func macros(_ letter: Character, _ macros: [MilterTransaction.Macro]) -> ByteBuffer {
        guard !macros.isEmpty else { return ByteBuffer() }
        return command("D") {
            $0.writeString(String(letter))
            for (name, value) in macros {
                write(Array(name.utf8), to: &$0)
                write(Array(value.utf8), to: &$0)
            }
        }
    }

    private static func command(_ letter: Character, _ data: (inout ByteBuffer) -> Void) -> ByteBuffer {
        var content = ByteBuffer(string: String(letter))
        data(&content)
        var command = ByteBuffer(integer: UInt32(content.readableBytes))
        command.writeImmutableBuffer(content)
        return command
    }

    /// A NUL would end the string before its time.
    private static func write(_ octets: [UInt8], to buffer: inout ByteBuffer) {
        buffer.writeBytes(octets.map { $0 == 0 ? UInt8(ascii: "?") : $0 })
        buffer.writeInteger(UInt8(0))
    }
}
