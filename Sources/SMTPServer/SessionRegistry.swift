// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import Synchronization

/// The sessions of a listener that are open: how many there are, from where, and who to tell when the listener stops.
final class SessionRegistry: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        /// By `PeerAddress.client`.
        var perClient: [[UInt8]: Int] = [:]
        var emptied: [CheckedContinuation<Void, Never>] = []

        /// A filter that speaks for others has as many connections as they need.
        mutating func countIn(_ peer: PeerAddress, _ profile: ListenerProfile) -> SMTPReply? {
            let count = perClient[peer.client, default: 0]
            guard count < profile.settings.limits.connectionsPerAddress || profile.maySayXCLIENT(peer) else {
                let words = "\(peer) has \(count) connections to \(profile.settings.hostname) already; try again later"
                return SMTPReply(421, EnhancedStatus(4, 7, 0), words)
            }
            perClient[peer.client] = count + 1
            return nil
        }

        mutating func countOut(_ peer: PeerAddress) {
            let count = perClient[peer.client, default: 1] - 1
            perClient[peer.client] = count > 0 ? count : nil
        }
    }

    private let state = Mutex(State())

    /// Counts a connection in; a reply when there is no room for it, and then it is not counted.
    func admit(_ channel: any Channel, from peer: PeerAddress, _ profile: ListenerProfile) -> SMTPReply? {
        let limits = profile.settings.limits
        let status = EnhancedStatus(4, 7, 0)
        return state.withLock { state in
            guard state.channels.count < limits.connections else {
                return SMTPReply(421, status, "\(profile.settings.hostname) has too many connections; try again later")
            }
            if let reply = state.countIn(peer, profile) { return reply }
            state.channels[ObjectIdentifier(channel)] = channel
            return nil
        }
    }

    /// Counts a connection for another client from now on; a reply when that has enough, and then it is counted as before.
    func move(from old: PeerAddress, to new: PeerAddress, _ profile: ListenerProfile) -> SMTPReply? {
        state.withLock { state in
            if let reply = state.countIn(new, profile) { return reply }
            state.countOut(old)
            return nil
        }
    }

    /// Counts out a connection that was counted in.
    func release(_ channel: any Channel, from peer: PeerAddress) {
        let emptied = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard state.channels.removeValue(forKey: ObjectIdentifier(channel)) != nil else { return [] }
            state.countOut(peer)
            guard state.channels.isEmpty else { return [] }
            defer { state.emptied = [] }
            return state.emptied
        }
        for continuation in emptied { continuation.resume() }
    }

    /// The connections that are open.
    var channels: [any Channel] { state.withLock { Array($0.channels.values) } }

    /// Returns when no session is left.
    func waitUntilEmpty() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                guard !state.channels.isEmpty else { return true }
                state.emptied.append(continuation)
                return false
            }
            if isEmpty { continuation.resume() }
        }
    }
}
