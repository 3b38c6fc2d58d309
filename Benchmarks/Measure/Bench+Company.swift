// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestLab

/// The relay in company: a scanner, and clients that stay and say nothing.
extension Bench {
    /// Relay with ClamAV against what clamd does by itself on the same message, with 500,000 signatures and without its cache: for
    /// messages with an attachment, and for small ones, where the relay's own work (and that of whoever sends) weighs as much as clamd's.
    func scanning() async throws -> [Measurement] {
        let clamd = try Clamd(in: "\(directory)/clamd", signatures: 500_000)
        try await clamd.start()
        let gateway = try gateway("scanning", more: "scanners: {clamav: \"unix:\(clamd.socket)\"}\n")
        try await gateway.start()
        var measured: [Measurement] = []
        do {
            for (kilobytes, count, floor) in [(100, 200, 0.8), (10, 1500, nil)] {
                let ratios = try await scanning(clamd, gateway, octets: kilobytes * 1024, count: count)
                measured.append(
                    Measurement(
                        name: "relay with ClamAV, \(kilobytes) KB",
                        value: Measurement.median(ratios),
                        floor: floor,
                        unit: "times clamd alone"
                    )
                )
            }
        } catch {
            await gateway.stop()
            await clamd.stop()
            throw LabError("\(error)\n\(gateway.tail())")
        }
        await gateway.stop()
        await clamd.stop()
        return measured
    }

    private func scanning(_ clamd: Clamd, _ gateway: Gateway, octets: Int, count: Int) async throws -> [Double] {
        let message = "\(directory)/message"
        try Files.write(
            String(decoding: ClamdLoad.message(octets: octets), as: UTF8.self).replacing("\r\n", with: "\n"),
            to: message
        )
        var ratios: [Double] = []
        for pair in 1...5 {
            let own = try await ClamdLoad.run(socket: clamd.socket, count: count, octets: octets, sessions: 20)
            let relay = try await relayed(through: gateway, count: count, message: message)
            ratios.append(relay / own)
            say(
                "scanning \(octets / 1024) KB, pair \(pair): relay with ClamAV \(Int(relay))/s, clamd alone \(Int(own))/s",
                relay / own
            )
        }
        return ratios
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
