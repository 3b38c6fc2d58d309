// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import TestLab

extension Bench {
    /// Relay: from the listener for the Internet to Exchange.
    func relay() async throws -> [Measurement] {
        try await pairs("relay", pairs: 5) { gateway in
            let port = gateway?.file.internetPort ?? classic.port
            return try await throughput(
                "relay",
                port: port,
                to: exchange,
                from: "mario@fuori.test",
                recipient: "ugo@azienda.test",
                count: 3000
            )
        }
    }

    /// Certified submission: from the listener for Exchange to a provider in TLS with AUTH.
    func certifiedSubmission() async throws -> [Measurement] {
        try await pairs("certified submission", pairs: 5) { gateway in
            let port = gateway?.file.exchangePort ?? classic.port
            return try await throughput(
                "certified submission",
                port: port,
                to: submission,
                from: Self.account,
                recipient: "ente@pec.fuori.test",
                count: 3000
            )
        }
    }

    private func pairs(
        _ name: String,
        pairs: Int,
        _ measure: (Gateway?) async throws -> Double
    ) async throws -> [Measurement] {
        let gateway = try gateway(name.split(separator: " ").joined())
        try await gateway.start()
        var ratios: [Double] = []
        do {
            for pair in 1...pairs {
                let own = try await measure(gateway)
                let classic = try await measure(nil)
                ratios.append(own / classic)
                say("\(name), pair \(pair): Ceralacca \(Int(own))/s, classic \(Int(classic))/s", own / classic)
            }
        } catch {
            let words = gateway.tail()
            await gateway.stop()
            throw LabError("\(error)\n\(words)")
        }
        await gateway.stop()
        return [Measurement(name: name, value: Measurement.median(ratios), floor: 3, unit: "times the classic stack")]
    }

    /// Retrieval: from a box in TLS to Exchange. The gateway's time begins with the start of its process.
    func retrieval() async throws -> [Measurement] {
        var ratios: [Double] = []
        for pair in 1...2 {
            let count = 1000
            let own = try await fetchByGateway(CertifiedProvider.address(2 * pair), count: count)
            let box = CertifiedProvider.address(2 * pair + 1)
            try fill(box, count: count)
            let before = exchange.now.messages
            let begin = CountingSink.clock
            let result = try classic.fetch(box, pop3s: provider.dovecot.pop3s, authority: provider.authority)
            guard result.code == 0 else { throw LabError("fetchmail: \(result.output)") }
            let last = try await exchange.wait(for: count, after: before, within: .seconds(300), "fetchmail")
            let classic = Double(count) / (last - begin)
            ratios.append(own / classic)
            say("retrieval, pair \(pair): Ceralacca \(Int(own))/s, fetchmail \(Int(classic))/s", own / classic)
        }
        return [Measurement(name: "retrieval", value: Measurement.median(ratios), floor: 20, unit: "times fetchmail")]
    }

    private func fetchByGateway(_ box: String, count: Int, octets: Int = 10_240) async throws -> Double {
        try fill(box, count: count, octets: octets)
        let gateway = try gateway("fetch-\(box)", fetching: box)
        let before = exchange.now.messages
        let begin = CountingSink.clock
        try await gateway.start()
        do {
            let last = try await exchange.wait(for: count, after: before, within: .seconds(120), "retrieval")
            await gateway.stop()
            return Double(count) / (last - begin)
        } catch {
            let words = gateway.tail()
            await gateway.stop()
            throw LabError("\(error)\n\(words)")
        }
    }

    /// Resident memory: idle, and the peak with ten messages of 100 MB on each way.
    func memory() async throws -> [Measurement] {
        let box = CertifiedProvider.address(8)
        let gateway = try gateway("memory", fetching: box)
        try await gateway.start()
        try await Task.sleep(for: .seconds(3))
        var measured = [Measurement(name: "memory idle", value: gateway.memory.now, ceiling: 60, unit: "MB")]
        let large = 100_000_000
        let ways: [(String, () async throws -> Void)] = [
            (
                "to Exchange",
                {
                    _ = try await throughput(
                        "large",
                        port: gateway.file.internetPort,
                        to: exchange,
                        from: "mario@fuori.test",
                        recipient: "ugo@azienda.test",
                        count: 10,
                        octets: large,
                        sessions: 10
                    )
                }
            ),
            (
                "certified submission",
                {
                    _ = try await throughput(
                        "large",
                        port: gateway.file.exchangePort,
                        to: submission,
                        from: Self.account,
                        recipient: "ente@pec.fuori.test",
                        count: 10,
                        octets: large,
                        sessions: 10
                    )
                }
            ),
            (
                "retrieval",
                {
                    let before = exchange.now.messages
                    try fill(box, count: 10, octets: large)
                    _ = try await exchange.wait(for: 10, after: before, within: .seconds(300), "large retrieval")
                }
            ),
        ]
        for (name, carry) in ways {
            gateway.resetPeak()
            let begin = CountingSink.clock
            do { try await carry() } catch { throw LabError("\(error)\n\(gateway.tail())") }
            let peak = gateway.memory.peak
            measured.append(
                Measurement(name: "memory, ten of 100 MB, \(name)", value: peak, ceiling: 150, unit: "MB")
            )
            print(
                "ten of 100 MB, \(name): \(Measurement.text(CountingSink.clock - begin)) s, peak \(Measurement.text(peak)) MB"
            )
        }
        await gateway.stop()
        return measured
    }

    func say(_ text: String, _ ratio: Double) {
        print("\(text): \(Measurement.text(ratio)) times")
        fflush(nil)
    }
}
