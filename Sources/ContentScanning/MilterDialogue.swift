// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailTransport
import NIOCore
import ScannerProtocols

/// Drives a `MilterMachine` over one connection.
struct MilterDialogue: Sendable {
    let connection: MailConnection
    let times: ScannerTimes
    /// For how long a milter may say that it is at work still.
    let patience: Duration

    /// Runs `machine` to its verdict and closes the connection. `keep` takes the octets of a body that replaces the message's own: without a
    /// verdict they are worth nothing.
    func run(
        _ machine: MilterMachine,
        _ pieces: ScannedContent.Pieces,
        keep: (ByteBuffer) async throws(ScannerError) -> Void
    ) async throws(ScannerError) -> MilterVerdict {
        var machine = machine
        do throws(ScannerError) {
            let verdict = try await verdict(&machine, pieces, keep)
            await end(machine.farewell)
            return verdict
        } catch {
            await end(machine.farewell)
            throw error
        }
    }

    /// Negotiates and closes the connection.
    func greet() async throws(ScannerError) -> (version: UInt32, actions: MilterActions) {
        do throws(ScannerError) {
            try await send(MilterGreeting.opening)
            var decoder = MilterFrameDecoder()
            guard case .negotiated(let version, let actions, _) = try await reply(&decoder) else {
                throw ScannerError("\(connection.peer): no milter answers")
            }
            await end(MilterGreeting.farewell)
            return (version, actions)
        } catch {
            await end(MilterGreeting.farewell)
            throw error
        }
    }

    private func verdict(
        _ machine: inout MilterMachine,
        _ pieces: ScannedContent.Pieces,
        _ keep: (ByteBuffer) async throws(ScannerError) -> Void
    ) async throws(ScannerError) -> MilterVerdict {
        var decoder = MilterFrameDecoder()
        var body = pieces.makeAsyncIterator()
        var next = MilterMachine.Event.connected
        let begin = ContinuousClock.now
        while true {
            let actions: [MilterMachine.Action]
            do throws(MilterError) { actions = try machine.handle(next) } catch { throw wrong(error) }
            for action in actions {
                switch action {
                case .send(let octets): try await send(octets)
                case .keep(let octets): try await keep(octets)
                case .finished(let verdict): return verdict
                case .nextPiece:
                    if let piece = try await body.piece() { next = .piece(piece) } else { next = .bodyEnded }
                case .awaitReply:
                    let reply = try await reply(&decoder)
                    guard reply != .progress || begin.duration(to: .now) < patience else {
                        throw ScannerError("\(connection.peer): at work for more than \(patience)")
                    }
                    next = .reply(reply)
                }
            }
        }
    }

    private func reply(_ decoder: inout MilterFrameDecoder) async throws(ScannerError) -> MilterReply {
        while true {
            do throws(MilterError) {
                if let reply = try decoder.next() { return reply }
            } catch {
                throw wrong(error)
            }
            do { decoder.append(try await connection.read(within: times.verdict)) } catch {
                throw ScannerError("\(error)")
            }
        }
    }

    private func wrong(_ error: MilterError) -> ScannerError { ScannerError("\(connection.peer): \(error)") }

    private func send(_ octets: ByteBuffer) async throws(ScannerError) {
        do { try await connection.write(octets, within: times.write) } catch { throw ScannerError("\(error)") }
    }

    private func end(_ farewell: ByteBuffer) async {
        do throws(ScannerError) { try await send(farewell) } catch {
            // It is closed all the same.
        }
        await connection.close()
    }
}
