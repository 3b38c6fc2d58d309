// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestLab

/// The relay in company: a scanner, and clients that stay and say nothing.
extension Bench {
    /// Relay with ClamAV against what clamd does by itself on the same message, with 500,000 signatures and without its cache.
    func scanning() async throws -> [Measurement] {
        let clamd = try Clamd(in: "\(directory)/clamd", signatures: 500_000)
        let message = "\(directory)/message"
        try Files.write(
            String(decoding: ClamdLoad.message(octets: 10_240), as: UTF8.self).replacing("\r\n", with: "\n"),
            to: message
        )
        try await clamd.start()
        let gateway = try gateway("scanning", more: "scanners: {clamav: \"unix:\(clamd.socket)\"}\n")
        try await gateway.start()
        var ratios: [Double] = []
        do {
            for pair in 1...5 {
                let own = try await ClamdLoad.run(socket: clamd.socket, count: 1500, octets: 10_240, sessions: 20)
                let relay = try await relayed(through: gateway, count: 1500, message: message)
                ratios.append(relay / own)
                say("scanning, pair \(pair): relay with ClamAV \(Int(relay))/s, clamd alone \(Int(own))/s", relay / own)
            }
        } catch {
            await gateway.stop()
            await clamd.stop()
            throw LabError("\(error)\n\(gateway.tail())")
        }
        await gateway.stop()
        await clamd.stop()
        return [
            Measurement(
                name: "relay with ClamAV",
                value: Measurement.median(ratios),
                floor: 0.8,
                unit: "times clamd alone"
            )
        ]
    }

    /// Relay beside 1,000 idle connections and 200 that send an octet a second, against relay alone.
    func crowd() async throws -> [Measurement] {
        // The crowd comes anew for each pair, from one network: more often in a minute than is taken from anybody.
        let gateway = try gateway("crowd", more: "screening: {rates: {connections: off}}\n")
        try await gateway.start()
        var ratios: [Double] = []
        do {
            for pair in 1...5 {
                let alone = try await relayed(through: gateway, count: 3000)
                let crowd = try Crowd(
                    port: gateway.file.internetPort,
                    idle: 1000,
                    slow: 200,
                    recipient: "ugo@azienda.test"
                )
                let beside = try await relayed(through: gateway, count: 3000)
                let lost = crowd.lost
                await crowd.leave()
                guard lost == 0 else { throw LabError("\(lost) of the crowd's connections were closed") }
                ratios.append(beside / alone)
                say("crowd, pair \(pair): beside it \(Int(beside))/s, alone \(Int(alone))/s", beside / alone)
            }
        } catch {
            await gateway.stop()
            throw LabError("\(error)\n\(gateway.tail())")
        }
        let peak = gateway.memory.peak
        await gateway.stop()
        return [
            Measurement(
                name: "relay beside a crowd",
                value: Measurement.median(ratios),
                floor: 0.9,
                unit: "times alone"
            ),
            Measurement(name: "memory beside a crowd", value: peak, ceiling: 150, unit: "MB"),
        ]
    }

    private func relayed(through gateway: Gateway, count: Int, message: String? = nil) async throws -> Double {
        try await throughput(
            "relay",
            port: gateway.file.internetPort,
            to: exchange,
            from: "mario@fuori.test",
            recipient: "ugo@azienda.test",
            count: count,
            message: message
        )
    }
}
