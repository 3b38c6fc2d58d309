// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix
import Synchronization

/// A TCP proxy on loopback that cuts connections by chance: the network between the gateway and a server.
package final class CuttingProxy: Sendable {
    /// Its port on 127.0.0.1.
    package let port = Ports.take()
    private let target: Int
    private let chance: Mutex<Double>
    private let random: Mutex<SeededGenerator>
    private let cuts = Mutex(0)
    private let channel = Mutex<(any Channel)?>(nil)

    /// A proxy to `target` that cuts at each piece of octets with `chance`, drawn from `seed`.
    package init(to target: Int, chance: Double, seed: UInt64) {
        self.target = target
        self.chance = Mutex(chance)
        random = Mutex(SeededGenerator(seed: seed))
    }

    /// How many connections it cut.
    package var count: Int { cuts.withLock(\.self) }

    /// From now on cuts with this chance.
    package func change(chance new: Double) { chance.withLock { $0 = new } }

    /// Begins to listen.
    package func start() async throws {
        let bound = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { [self] near in
                ClientBootstrap(group: near.eventLoop).channelOption(.autoRead, value: false)
                    .connect(host: "127.0.0.1", port: target)
                    .flatMapThrowing { [self] far in
                        try near.pipeline.syncOperations.addHandler(ProxyHandler(proxy: self, other: far))
                        try far.pipeline.syncOperations.addHandler(ProxyHandler(proxy: self, other: near))
                        far.read()
                    }
            }
            .bind(host: "127.0.0.1", port: port).get()
        channel.withLock { $0 = bound }
    }

    /// Stops listening.
    package func stop() async throws {
        let bound = channel.withLock { channel in
            defer { channel = nil }
            return channel
        }
        try await bound?.close()
    }

    func cutsNow() -> Bool {
        let chance = chance.withLock(\.self)
        let isCut = chance > 0 && random.withLock { Double.random(in: 0..<1, using: &$0) } < chance
        if isCut { cuts.withLock { $0 += 1 } }
        return isCut
    }
}

/// Hands what one side says to the other, and reads again once it is written.
final class ProxyHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let proxy: CuttingProxy
    private let other: any Channel

    init(proxy: CuttingProxy, other: any Channel) {
        self.proxy = proxy
        self.other = other
    }

    func channelActive(context: ChannelHandlerContext) { context.read() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if proxy.cutsNow() {
            other.close(promise: nil)
            context.close(promise: nil)
            return
        }
        let channel = context.channel
        other.writeAndFlush(unwrapInboundIn(data)).whenComplete { _ in channel.read() }
    }

    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
