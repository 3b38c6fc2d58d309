// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix
import Synchronization

/// A DNS server by UDP on loopback that hands questions to another one and gives back its answers, and is silent for names below one label.
package final class MutedNameServer: Sendable {
    /// Its port on 127.0.0.1.
    package let port: Int
    private let channel: any Channel
    private let handler: Handler

    /// Questions that got no answer.
    package var muted: Int { handler.counted.withLock { $0 } }

    /// Serves by the server at `upstream`; silent for names with the label `silent`.
    package init(upstream: Int, silent label: String) async throws {
        handler = Handler(upstream: upstream, label: [UInt8(label.utf8.count)] + Array(label.utf8))
        let handler = handler
        channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { $0.pipeline.addHandler(handler) }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    /// Stops it.
    package func stop() async throws { try await channel.close() }

    /// Questions go to the upstream under numbers of ours, so that answers find their way back.
    private final class Handler: ChannelInboundHandler, Sendable {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        typealias OutboundOut = AddressedEnvelope<ByteBuffer>

        private struct State {
            var last: UInt16 = 0
            var askers: [UInt16: (address: SocketAddress, number: UInt16)] = [:]
        }

        let counted = Mutex(0)
        private let upstream: Int
        private let label: [UInt8]
        private let state = Mutex(State())

        init(upstream: Int, label: [UInt8]) {
            self.upstream = upstream
            self.label = label
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let envelope = unwrapInboundIn(data)
            var octets = envelope.data
            guard let number: UInt16 = octets.getInteger(at: octets.readerIndex) else { return }
            if envelope.remoteAddress.port == upstream {
                guard let asker = state.withLock({ $0.askers.removeValue(forKey: number) }) else { return }
                octets.setInteger(asker.number, at: octets.readerIndex)
                return send(octets, asker.address, context)
            }
            guard !isSilent(Array(octets.readableBytesView)) else { return counted.withLock { $0 += 1 } }
            let own = state.withLock { state in
                state.last &+= 1
                state.askers[state.last] = (envelope.remoteAddress, number)
                return state.last
            }
            octets.setInteger(own, at: octets.readerIndex)
            do { send(octets, try SocketAddress(ipAddress: "127.0.0.1", port: upstream), context) } catch {
                assertionFailure("\(error)")
            }
        }

        private func send(_ octets: ByteBuffer, _ address: SocketAddress, _ context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(.init(remoteAddress: address, data: octets)), promise: nil)
        }

        /// The name begins behind the twelve octets of the header (RFC 1035 §4.1.1).
        private func isSilent(_ octets: [UInt8]) -> Bool {
            let name = octets.dropFirst(12).prefix { $0 != 0 }.map { (65...90).contains($0) ? $0 + 32 : $0 }
            return name.indices.contains { name[$0...].starts(with: label) }
        }
    }
}
